-- Purpose: what agents remember of a customer who has agreed to it, until it expires or the customer takes it back.
-- Lock cost: a new table only.

create table customer_memory (
  tenant_id text not null references tenant,
  -- The digest of the customer's id that his conversations begin with.
  customer text not null,
  consent_at timestamptz not null default now(),
  keep_days integer not null check (keep_days between 1 and 730),
  summary text not null default '',
  -- [{id, text, at}], the oldest first.
  facts jsonb not null default '[]',
  expires_at timestamptz not null,
  primary key (tenant_id, customer)
);
create index customer_memory_expiry on customer_memory (tenant_id, expires_at);
alter table customer_memory enable row level security;
alter table customer_memory force row level security;
create policy customer_memory_own on customer_memory for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true))
  with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on customer_memory to troupe_app;
