-- What the people of a tenant see in their list of conversations: who has one, and since when a customer waits for a
-- person. Columns without a volatile default: the lock on the table is held for a moment and no row is rewritten.
alter table conversation_list
  add column assignee text,
  add column waiting_since timestamptz,
  add column wait_ended_seq bigint not null default 0;
