-- Purpose: when a platform's request was refused last, account by account, and indexes to tell how each account does.
-- Lock cost: one new table; four indexes on the channels' tables, which block their writers while they are built.

create table channel_refusal (
  tenant_id text not null references tenant,
  account_id text not null,
  at timestamptz not null default now(),
  code text not null,
  primary key (tenant_id, account_id)
);
alter table channel_refusal enable row level security;
alter table channel_refusal force row level security;
create policy channel_refusal_own on channel_refusal for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on channel_refusal to troupe_app;

create index channel_inbox_received on channel_inbox (tenant_id, account_id, received_at);
create index channel_inbox_dead on channel_inbox (tenant_id, account_id) where state = 'dead';
create index channel_outbox_sent on channel_outbox (tenant_id, account_id, taken_at) where state in ('sent', 'delivered', 'read');
create index channel_outbox_lost on channel_outbox (tenant_id, account_id, taken_at) where state in ('unknown', 'refused', 'dead');
