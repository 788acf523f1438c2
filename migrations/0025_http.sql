-- Purpose: answers to requests that carry an Idempotency-Key, and the web origins from which a tenant's pages may call.
-- Lock cost: new tables only.

-- The key itself is not kept: only its SHA-256. `status` is null while the request is worked on, until `locked_until`.
create table idempotency_record (
  tenant_id text not null references tenant,
  subject text not null,
  route text not null,
  key_hash bytea not null check (length(key_hash) = 32),
  -- SHA-256 of what was asked: another request with the same key is refused.
  digest bytea not null check (length(digest) = 32),
  holder text not null,
  locked_until timestamptz not null,
  status int,
  body text,
  expires_at timestamptz not null,
  primary key (tenant_id, subject, route, key_hash)
);
create index idempotency_record_expiry on idempotency_record (tenant_id, expires_at);

create table allowed_origin (
  tenant_id text not null references tenant,
  origin text not null check (origin = lower(origin) and length(origin) <= 300),
  primary key (tenant_id, origin)
);
create index allowed_origin_by_origin on allowed_origin (origin);

do $$
declare t text;
begin
  foreach t in array array['idempotency_record', 'allowed_origin'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;

-- A browser asks whether it may call before it says for whom.
create policy allowed_origin_identity on allowed_origin for select to troupe_identity using (true);
grant select on allowed_origin to troupe_identity;
