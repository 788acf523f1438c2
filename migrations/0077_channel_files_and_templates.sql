-- Purpose: what an account sends when the platform's window has closed (`template`), answers that wait for their
-- customer to write (`parked`), the text of files that agents read, and what customers consented to and took back.
-- Lock cost: a nullable column (no rewrite); the check of channel_outbox is replaced without looking at its rows, and
-- looked at afterwards under a lock that lets others write; new tables.

alter table channel_account add column template jsonb;

alter table channel_outbox drop constraint channel_outbox_state_check;
alter table channel_outbox add constraint channel_outbox_state_check check (state in
  ('waiting', 'sending', 'sent', 'delivered', 'read', 'unknown', 'refused', 'dead', 'parked')) not valid;
alter table channel_outbox validate constraint channel_outbox_state_check;
create index channel_outbox_parked on channel_outbox (tenant_id, conversation_id) where state = 'parked';

-- What is read in a file, cut to what a model is given; null with the reason why nothing can be.
create table attachment_text (
  tenant_id text not null references tenant,
  attachment_id text not null,
  conversation_id text not null,
  said text,
  code text,
  created_at timestamptz not null default now(),
  primary key (tenant_id, attachment_id)
);
create index attachment_text_conversation on attachment_text (tenant_id, conversation_id);

-- Each consent to link two chats, and each time one was taken back: by whom, with which words, when.
create table channel_consent (
  tenant_id text not null references tenant,
  consent_id text not null,
  account_id text not null,
  customer_id text not null,
  person_id text,
  -- link: this is me; history: and what was said may go along; unlink: no more; code: asked for a code.
  what text not null check (what in ('code', 'link', 'history', 'unlink')),
  -- Who: the customer by these words, or a person of the tenant.
  by_customer boolean not null,
  words text,
  at timestamptz not null default now(),
  primary key (tenant_id, consent_id)
);
create index channel_consent_customer on channel_consent (tenant_id, account_id, customer_id, at);

do $$
declare t text;
begin
  foreach t in array array['attachment_text', 'channel_consent'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
