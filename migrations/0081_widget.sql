-- Purpose: what a tenant's widget says and the public key by which pages name it; files that belong to messages.
-- Lock cost: new tables only.

create table widget (
  tenant_id text primary key references tenant,
  public_key text not null,
  settings jsonb not null,
  updated_at timestamptz not null default now()
);

-- Not unique: what must be unique among tenants tells one of another. It is 128 random bits and never chosen.
create index widget_public_key on widget (public_key);

create table attachment (
  tenant_id text not null references tenant,
  attachment_id text not null,
  -- Who gave it: a customer's id, a key's or a user's.
  owner text not null,
  -- Null until a message names it; what none has named is swept after a day.
  conversation_id text,
  name text not null,
  media_type text not null,
  bytes int not null check (bytes between 1 and 8388608),
  content bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, attachment_id)
);
create index attachment_conversation on attachment (tenant_id, conversation_id);
create index attachment_unnamed on attachment (tenant_id, created_at) where conversation_id is null;

do $$
declare t text;
begin
  foreach t in array array['widget', 'attachment'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))', t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;

-- A page names its tenant by the public key alone.
create policy widget_identity on widget for select to troupe_identity using (true);
grant select on widget to troupe_identity;
