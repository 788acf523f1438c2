-- What the people of a tenant see in their list of conversations: who has one, and since when a customer waits for a
-- person. Columns without a volatile default: the lock on the table is held for a moment and no row is rewritten.
alter table conversation_list
  add column assignee text,
  add column waiting_since timestamptz,
  add column wait_ended_seq bigint not null default 0;
-- The few in which a person is waited for. Building it holds writes to the list for as long as reading it takes once.
create index conversation_list_waiting on conversation_list (tenant_id, last_message_at desc, conversation_id desc)
  where wants_person;
