-- Purpose: budgets of single customers, alerts that budgets have reached a share of their limit, and endpoints of models
-- that tenants bring themselves.
-- Lock cost: new tables; `budget` is locked for the moment that its small table takes to check.

alter table budget drop constraint budget_scope_check;
alter table budget add constraint budget_scope_check
  check (scope in ('tenant', 'agent', 'customer', 'conversation'));

-- Once for each share of each account: an account is of one period.
create table budget_alert (
  tenant_id text not null,
  account text not null,
  share double precision not null,
  spent_micro_usd bigint not null,
  at timestamptz not null default now(),
  primary key (tenant_id, account, share)
);
create index budget_alert_at on budget_alert (tenant_id, at);

-- The key is sealed with the tenant's data key.
create table model_endpoint (
  tenant_id text not null,
  name text not null,
  definition jsonb not null,
  sealed_key text,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, name)
);

do $$
declare t text;
begin
  foreach t in array array['budget_alert', 'model_endpoint'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
  end loop;
end $$;
create policy budget_alert_metering on budget_alert for all to troupe_metering using (true) with check (true);
grant select on budget_alert to troupe_app;
grant select, insert on budget_alert to troupe_metering;
grant select, insert, update, delete on model_endpoint to troupe_app;
