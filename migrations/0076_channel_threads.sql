-- Purpose: what the next answer of a thread replies to, for channels whose answers name it (mail), and how far each side
-- of a conversation has read.
-- Also files that customers sent, and which identities of several channels are one person.
-- Lock cost: two nullable columns without default (no rewrite) and an index on channel_thread; new tables.

alter table channel_thread add column last_message_id text;
alter table channel_thread add column subject text;

create table conversation_read (
  tenant_id text not null references tenant,
  conversation_id text not null,
  reader text not null check (reader in ('customer', 'person')),
  seq bigint not null,
  at timestamptz not null default now(),
  primary key (tenant_id, conversation_id, reader)
);
alter table conversation_read enable row level security;
alter table conversation_read force row level security;
create policy conversation_read_own on conversation_read for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on conversation_read to troupe_app;

-- Files that customers sent: named when the message came, fetched from the platform afterwards.
create table channel_media (
  tenant_id text not null references tenant,
  media_id text not null,
  conversation_id text not null,
  account_id text not null,
  -- How the platform names it: an attachment as JSON, emptied once it is here.
  source text not null,
  type text not null,
  filename text,
  mime_type text,
  size_bytes integer,
  state text not null default 'waiting' check (state in ('waiting', 'stored', 'refused', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  code text,
  received_at timestamptz not null default now(),
  content bytea check (length(content) <= 20971520),
  primary key (tenant_id, media_id)
);
create index channel_media_due on channel_media (due_at) where state = 'waiting';
create index channel_media_conversation on channel_media (tenant_id, conversation_id, received_at);

-- One customer on several channels: who said so with a code from the one on the other. `history`: and let what was
-- said go along.
create table channel_identity (
  tenant_id text not null references tenant,
  account_id text not null,
  customer_id text not null,
  person_id text not null,
  history boolean not null default false,
  linked_at timestamptz not null default now(),
  primary key (tenant_id, account_id, customer_id)
);
create index channel_identity_person on channel_identity (tenant_id, person_id);

create table channel_link_code (
  tenant_id text not null references tenant,
  code_hash bytea not null check (length(code_hash) = 32),
  account_id text not null,
  customer_id text not null,
  expires_at timestamptz not null,
  primary key (tenant_id, code_hash)
);
create index channel_thread_customer on channel_thread (tenant_id, account_id, customer_id);

do $$
declare t text;
begin
  foreach t in array array['channel_media', 'channel_identity', 'channel_link_code'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
create policy channel_media_take on channel_media for all to troupe_channels using (true) with check (true);
grant select, update on channel_media to troupe_channels;
