-- Purpose: the relay's place in the journal, what each consumer has processed, what none could, the first two
-- projections, and the reminders of sleeping actors.
-- Lock cost: new tables and one new function only.

-- One row per reader of the journal in commit order. The relay holds its row by a lease: one relay at a time.
-- `stream_id` names the stream, so that another database's stream is never taken for this one's.
create table relay_cursor (
  name text primary key,
  stream_id text not null default replace(gen_random_uuid()::text, '-', ''),
  holder text,
  epoch bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  xid xid8 not null default '0',
  -- Where in that transaction: a place in the order of rows, not a tenant's row.
  at_tenant text not null default '',
  actor text not null default '',
  seq bigint not null default 0,
  moved_at timestamptz not null default now()
);
grant select, insert, update on relay_cursor to troupe_relay;

-- How far a consumer has come with each actor: written in the transaction of its effect, so each event counts once.
create table consumer_position (
  tenant_id text not null,
  consumer text not null,
  actor text not null,
  seq bigint not null,
  primary key (tenant_id, consumer, actor)
) with (fillfactor = 80);

-- Names the event and keeps no copy of it: what was said stands in the journal only, and is read there again.
create table dead_letter (
  tenant_id text not null,
  dead_letter_id text not null,
  consumer text not null,
  actor text not null,
  seq bigint not null,
  event_index integer not null,
  event_type text not null,
  code text not null,
  attempts integer not null,
  at timestamptz not null default now(),
  primary key (tenant_id, dead_letter_id),
  unique (tenant_id, consumer, actor, seq, event_index)
);

create table usage_daily (
  tenant_id text not null,
  day date not null,
  model text not null,
  turns bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cost_micro_usd bigint not null,
  primary key (tenant_id, day, model)
);

-- No text of anyone: what a list of conversations needs. The columns `*_seq` say which row of the journal each part
-- is from, so that an event that comes late never overrules a newer one.
create table conversation_list (
  tenant_id text not null,
  conversation_id text not null,
  status text not null,
  status_seq bigint not null,
  wants_person boolean not null,
  person_seq bigint not null,
  turns bigint not null,
  last_message_at timestamptz not null,
  last_message_length integer not null,
  message_seq bigint not null,
  primary key (tenant_id, conversation_id)
) with (fillfactor = 80);
create index conversation_list_newest on conversation_list (tenant_id, last_message_at desc, conversation_id desc);

do $$
declare t text;
begin
  foreach t in array array['consumer_position', 'dead_letter', 'usage_daily', 'conversation_list'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;

-- When an actor next wants to be woken: written with the row of its journal that says so. `try_at` moves on when
-- it is taken, so a reminder that nobody consumed comes again.
create table reminder (
  tenant_id text not null,
  actor text not null,
  seq bigint not null,
  due_at timestamptz not null,
  try_at timestamptz not null,
  attempts integer not null default 0,
  primary key (tenant_id, actor)
) with (fillfactor = 80);
create index reminder_due on reminder (try_at);
alter table reminder enable row level security;
alter table reminder force row level security;
create policy reminder_runtime on reminder for all to troupe_runtime
  using (tenant_id = any (string_to_array(current_setting('app.tenant_ids', true), ',')))
  with check (tenant_id = any (string_to_array(current_setting('app.tenant_ids', true), ',')));
create policy reminder_relay_read on reminder for select to troupe_relay using (true);
create policy reminder_relay_take on reminder for update to troupe_relay using (true) with check (true);
grant select, insert, update, delete on reminder to troupe_runtime;
grant select, update (try_at, attempts) on reminder to troupe_relay;

-- As journal_append, for batches in which an actor's wish to be woken changes. `p_wakes`: milliseconds since 1970,
-- 0 to be woken no longer, null where nothing changes. Only rows that win their place are heard.
create function journal_append_timed(
  p_scope text, p_epoch bigint, p_tenants text[], p_actors text[], p_seqs bigint[],
  p_unfinished boolean[], p_commands text[], p_events text[], p_wakes bigint[],
  out appended integer, out xid text
) language plpgsql as $$
begin
  perform set_config('app.tenant_ids', p_scope, true);
  with r as (
    select * from unnest(p_tenants, p_actors, p_seqs, p_unfinished, p_commands, p_events, p_wakes)
      as r(tenant_id, actor, seq, unfinished, command_id, events, wake)
  ), won as (
    insert into journal (tenant_id, actor, seq, epoch, unfinished, command_id, events)
    select r.tenant_id, r.actor, r.seq, p_epoch, r.unfinished, r.command_id, r.events from r
    where exists (select from node_lease where epoch = p_epoch and state = 'alive')
    on conflict do nothing
    returning tenant_id, actor, seq
  ), woken as (
    select w.tenant_id, w.actor, w.seq, r.wake from won w join r using (tenant_id, actor, seq) where r.wake is not null
  ), kept as (
    insert into reminder (tenant_id, actor, seq, due_at, try_at)
    select tenant_id, actor, seq, to_timestamp(wake / 1000.0), to_timestamp(wake / 1000.0) from woken where wake > 0
    on conflict (tenant_id, actor) do update
      set seq = excluded.seq, due_at = excluded.due_at, try_at = excluded.try_at, attempts = 0
  ), gone as (
    delete from reminder d using woken w where w.wake = 0 and d.tenant_id = w.tenant_id and d.actor = w.actor
  )
  select count(*) into appended from won;
  xid := pg_current_xact_id()::text;
end $$;
