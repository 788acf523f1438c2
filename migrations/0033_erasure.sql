-- Purpose: the way in which a tenant leaves: all of its rows by the catalogue's own list of tables, after a time in which it can be undone, with a report; and how long a tenant keeps conversations.
-- Lock cost: new tables, a function and a role; a policy on each tenant table (each locked for a moment).

do $$
begin
  begin
    create role troupe_erasure nologin nosuperuser nobypassrls;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the whole server
  end;
  begin
    grant troupe_erasure to current_user;
  exception when unique_violation or object_in_use then
    null; -- a rival migration is granting it
  end;
end $$;
grant usage on schema public to troupe_erasure;

-- Outlives its tenant, and holds nothing but the tenant's id and counts.
create table tenant_erasure (
  tenant_id text primary key,
  requested_at timestamptz not null default now(),
  requested_by text not null,
  erase_at timestamptz not null,
  erased_at timestamptz,
  -- What was erased where, and that nothing is left.
  report jsonb
);
alter table tenant_erasure enable row level security;
alter table tenant_erasure force row level security;
create policy tenant_erasure_own on tenant_erasure for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
create policy tenant_erasure_control on tenant_erasure for all to troupe_control using (true) with check (true);
grant select, insert, update, delete on tenant_erasure to troupe_app;
grant select, update on tenant_erasure to troupe_control;

create table tenant_retention (
  tenant_id text primary key references tenant,
  conversation_days int not null check (conversation_days between 1 and 36500),
  changed_at timestamptz not null default now()
);
alter table tenant_retention enable row level security;
alter table tenant_retention force row level security;
create policy tenant_retention_own on tenant_retention for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
create policy tenant_retention_control on tenant_retention for select to troupe_control using (true);
grant select, insert, update, delete on tenant_retention to troupe_app;
grant select on tenant_retention to troupe_control;

-- Every table with a tenant_id, but for the reports of erasures. Run after each migration: a new table cannot be forgotten.
create function open_to_erasure() returns void language plpgsql as $$
declare t text;
begin
  for t in
    select c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'tenant_erasure'
      and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = c.relname || '_erasure')
  loop
    execute format('create policy %I on %I for all to troupe_erasure using (tenant_id = current_setting(''app.tenant_id'', true))', t || '_erasure', t);
    execute format('grant select, delete on %I to troupe_erasure', t);
  end loop;
end $$;
revoke execute on function open_to_erasure() from public;
