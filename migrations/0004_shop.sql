-- Purpose: the demo shop's customers and orders, as tenant tables like any other, and what its tools have done.
-- Lock cost: new tables only.

create table shop_customer (
  tenant_id text not null references tenant,
  customer_id text not null,
  email text not null,
  data jsonb not null,
  primary key (tenant_id, customer_id)
);
create unique index shop_customer_email on shop_customer (tenant_id, lower(email));

create table shop_order (
  tenant_id text not null references tenant,
  order_id text not null,
  customer_id text not null,
  data jsonb not null,
  primary key (tenant_id, order_id),
  foreign key (tenant_id, customer_id) references shop_customer
);
create index shop_order_customer on shop_order (tenant_id, customer_id);

-- One row per call of a tool that changes something, written with the change: a repeated key finds its answer.
create table tool_effect (
  tenant_id text not null references tenant,
  idempotency_key text not null,
  tool text not null,
  content text not null,
  at timestamptz not null default now(),
  primary key (tenant_id, idempotency_key)
);

do $$
declare t text;
begin
  foreach t in array array['shop_customer', 'shop_order', 'tool_effect'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
