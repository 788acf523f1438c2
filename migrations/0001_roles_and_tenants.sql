-- Purpose: the roles that own nothing, the tenants, and their API keys.
-- Lock cost: new tables only.

do $$
declare role_name text;
begin
  foreach role_name in array array['troupe_app', 'troupe_identity', 'troupe_runtime', 'troupe_relay', 'troupe_control'] loop
    begin
      execute format('create role %I nologin nosuperuser nobypassrls', role_name);
    exception when duplicate_object or unique_violation then
      null; -- roles belong to the whole server: another database of it has made them
    end;
    begin
      execute format('grant %I to current_user', role_name);
    exception when unique_violation or object_in_use then
      null; -- a rival migration on the same server is granting it
    end;
  end loop;
end $$;

grant usage on schema public to troupe_app, troupe_identity, troupe_runtime, troupe_relay, troupe_control;

create table tenant (
  tenant_id text primary key check (tenant_id ~ '^ten_[0-9a-z]{26}$'),
  name text not null check (length(name) between 1 and 200),
  plan text not null default 'free',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);
alter table tenant enable row level security;
alter table tenant force row level security;
create policy tenant_own on tenant for select to troupe_app using (tenant_id = current_setting('app.tenant_id', true));
create policy tenant_identity on tenant for select to troupe_identity using (true);
create policy tenant_control on tenant for all to troupe_control using (true) with check (true);
grant select on tenant to troupe_app, troupe_identity;
grant select, insert, update on tenant to troupe_control;

-- The key itself is shown once and never stored: only its SHA-256.
create table api_key (
  tenant_id text not null references tenant,
  key_id text not null,
  key_hash bytea not null unique check (length(key_hash) = 32),
  name text not null,
  scopes text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, key_id)
);
alter table api_key enable row level security;
alter table api_key force row level security;
create policy api_key_own on api_key for select to troupe_app using (tenant_id = current_setting('app.tenant_id', true));
-- Identity turns a key's hash into its tenant, before a tenant is known; it can read no more than these two tables.
create policy api_key_identity on api_key for select to troupe_identity using (true);
create policy api_key_control on api_key for all to troupe_control using (true) with check (true);
grant select on api_key to troupe_app, troupe_identity;
grant select, insert, update on api_key to troupe_control;
