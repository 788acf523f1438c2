-- Purpose: the audit log: who changed what, one chain of hashes per tenant, which can be added to and never edited.
-- Lock cost: new tables only.

create table audit_entry (
  tenant_id text not null,
  seq bigint not null check (seq > 0),
  -- Text as it was hashed, to the millisecond.
  at text not null,
  actor text not null,
  action text not null,
  target text not null,
  -- Canonical JSON as text: jsonb would not give back the bytes that were hashed.
  detail text not null,
  previous text not null,
  hash text not null,
  primary key (tenant_id, seq)
);

-- The newest entry of each chain: its row is the lock under which the next one is added, and cut-off ends show.
create table audit_head (
  tenant_id text primary key,
  seq bigint not null,
  hash text not null,
  -- Sequence and hash sealed with the tenant's key, so that who can only write the database cannot make a head.
  seal text
);

do $$
declare t text;
begin
  foreach t in array array['audit_entry', 'audit_head'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
  end loop;
end $$;
grant select, insert on audit_entry to troupe_app;
grant select, insert, update on audit_head to troupe_app;

-- Also for the owner of the schema: an entry goes only with its whole tenant.
create function audit_entry_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('app.erasing', true) = old.tenant_id then
    return old;
  end if;
  raise exception 'audit entries are never changed' using errcode = 'restrict_violation';
end $$;
create trigger audit_entry_stays before update or delete on audit_entry for each row execute function audit_entry_stays();
create trigger audit_entry_stays_whole before truncate on audit_entry for each statement execute function audit_entry_stays();
