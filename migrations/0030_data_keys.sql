-- Purpose: the data keys that seal fields, one or more per tenant, themselves wrapped by a key that is not in the database.
-- Lock cost: a new table only.

create table data_key (
  tenant_id text not null,
  key_id text not null,
  -- The key-encryption key that wrapped it: after that one is rotated, rows of the old one are wrapped anew.
  wrapped_by text not null,
  wrapped text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, key_id)
);
alter table data_key enable row level security;
alter table data_key force row level security;
create policy data_key_own on data_key for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on data_key to troupe_app;
-- Rotation of the key-encryption key goes over all tenants; the wrapped keys are of no use without it.
create policy data_key_control on data_key for all to troupe_control using (true) with check (true);
grant select, update on data_key to troupe_control;
