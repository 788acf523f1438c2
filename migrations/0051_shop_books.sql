-- Purpose: the demo shop's books: payments, stock and shipments as entries that are only ever added, each under the key
-- of the call that made it. What balances is a sum.
-- Lock cost: a new table only.

create table shop_entry (
  tenant_id text not null,
  entry_key text not null,
  book text not null check (book in ('payment', 'stock', 'shipment')),
  reference text not null,
  account text not null,
  amount bigint not null,
  result text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, entry_key)
);
create index shop_entry_reference on shop_entry (tenant_id, book, reference);
create index shop_entry_account on shop_entry (tenant_id, book, account);
alter table shop_entry enable row level security;
alter table shop_entry force row level security;
create policy shop_entry_own on shop_entry for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert on shop_entry to troupe_app;
