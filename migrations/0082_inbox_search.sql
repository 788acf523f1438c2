-- Purpose: what the people of a tenant look for and go by in their list: words that were said, whose a conversation is
-- apart from whether they have taken it over, and since when a customer has had no answer.
-- Lock cost: a new table; columns without a volatile default, so that the list is locked for a moment and not rewritten.

alter table conversation_list
  add column assignee_seq bigint not null default 0,
  add column unanswered_since timestamptz,
  add column unanswered_seq bigint not null default 0,
  add column answered_seq bigint not null default 0;

-- Rows and not a text search vector: equality and order of text may be used by an index under row-level security, the
-- operators of text search may not. `C`, so that a beginning of a word is a range of the index.
create table conversation_term (
  tenant_id text not null,
  term text collate "C" not null,
  conversation_id text not null,
  primary key (tenant_id, term, conversation_id)
);
create index conversation_term_conversation on conversation_term (tenant_id, conversation_id);

-- Answers that people of a tenant keep to hand, and within what time customers are to have one.
create table canned_reply (
  tenant_id text not null references tenant,
  reply_id text not null,
  shortcut text not null,
  body text not null,
  version int not null,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (tenant_id, reply_id),
  unique (tenant_id, shortcut)
);
create table desk_policy (
  tenant_id text primary key references tenant,
  first_reply_minutes int not null check (first_reply_minutes between 1 and 10080),
  next_reply_minutes int not null check (next_reply_minutes between 1 and 10080),
  changed_at timestamptz not null default now()
);

do $$
declare t text;
begin
  foreach t in array array['conversation_term', 'canned_reply', 'desk_policy'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))', t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
