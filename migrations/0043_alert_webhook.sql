-- Purpose: where a tenant wants its budget alerts sent, and which of them were.
-- Lock cost: a new table; columns with constant defaults and an index on budget_alert: milliseconds, its rows are few.

create table alert_webhook (
  tenant_id text primary key,
  url text not null,
  -- Signs what is sent; sealed with the tenant's data key.
  sealed_secret text not null,
  created_at timestamptz not null default now()
);
alter table alert_webhook enable row level security;
alter table alert_webhook force row level security;
create policy alert_webhook_own on alert_webhook for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
create policy alert_webhook_metering on alert_webhook for all to troupe_metering using (true) with check (true);
grant select, insert, update, delete on alert_webhook to troupe_app;
grant select, delete on alert_webhook to troupe_metering;

-- Alerts of before the webhook was set are not sent: only those that are newer than it are looked for.
alter table budget_alert
  add column attempts integer not null default 0,
  add column due_at timestamptz not null default now(),
  add column delivered_at timestamptz;
create index budget_alert_due on budget_alert (due_at) where delivered_at is null;
grant update (attempts, due_at, delivered_at) on budget_alert to troupe_metering;
