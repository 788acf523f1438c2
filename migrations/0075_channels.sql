-- Purpose: the channels that tenants connect, what came in over them, whom their conversations are with, and every part
-- of every answer that went out.
-- Lock cost: new tables and one role only.

do $$
begin
  begin
    create role troupe_channels nologin nosuperuser nobypassrls;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the whole server
  end;
  begin
    grant troupe_channels to current_user;
  exception when unique_violation or object_in_use then
    null; -- a rival migration is granting it
  end;
end $$;
grant usage on schema public to troupe_channels;

-- An account of a platform: a page, a number, a bot. `signing` and `credentials` are sealed.
create table channel_account (
  tenant_id text not null references tenant,
  account_id text not null,
  channel text not null,
  -- How the platform names it; null where webhooks do not say (Telegram): then the address does.
  external_id text,
  name text not null,
  agent text,
  signing text not null,
  credentials text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, account_id)
);
create unique index channel_account_address on channel_account (account_id);
create index channel_account_external on channel_account (channel, external_id);

-- What came in, accepted before it is answered to the platform: each event of the platform once.
create table channel_inbox (
  tenant_id text not null,
  account_id text not null,
  dedupe_key text not null,
  received_at timestamptz not null default now(),
  thread text not null,
  event text not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  code text,
  position bigint generated always as identity,
  primary key (tenant_id, account_id, dedupe_key)
);
create index channel_inbox_due on channel_inbox (due_at, position) where state = 'waiting';
create index channel_inbox_thread on channel_inbox (tenant_id, account_id, thread, position) where state = 'waiting';

-- Whom a conversation is with.
create table channel_thread (
  tenant_id text not null,
  conversation_id text not null,
  account_id text not null,
  customer_id text not null,
  thread_id text,
  last_inbound_at timestamptz,
  sent_since integer not null default 0,
  primary key (tenant_id, conversation_id)
);

-- The outbound ledger: one row for each request by which an answer reaches a customer. `unknown`: it was sent and no
-- answer came; it is never sent again by itself.
create table channel_outbox (
  tenant_id text not null,
  message_id text not null,
  part integer not null,
  conversation_id text not null,
  account_id text not null,
  request text not null,
  state text not null check (state in ('waiting', 'sending', 'sent', 'delivered', 'read', 'unknown', 'refused', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  taken_at timestamptz,
  correlation text not null,
  platform_id text,
  code text,
  position bigint generated always as identity,
  primary key (tenant_id, message_id, part)
);
create index channel_outbox_due on channel_outbox (due_at, position) where state in ('waiting', 'sending');
create index channel_outbox_open on channel_outbox (tenant_id, conversation_id, position) where state in ('waiting', 'sending');
create index channel_outbox_platform on channel_outbox (tenant_id, account_id, platform_id) where platform_id is not null;
create index channel_outbox_correlation on channel_outbox (tenant_id, account_id, correlation);

do $$
declare t text;
begin
  foreach t in array array['channel_account', 'channel_inbox', 'channel_thread', 'channel_outbox'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
-- Whose webhook it is is known only from the account; the workers take what is due of any tenant, and nothing else.
create policy channel_account_find on channel_account for select to troupe_channels using (true);
create policy channel_inbox_take on channel_inbox for all to troupe_channels using (true) with check (true);
create policy channel_outbox_take on channel_outbox for all to troupe_channels using (true) with check (true);
grant select on channel_account to troupe_channels;
grant select, update on channel_inbox, channel_outbox to troupe_channels;
