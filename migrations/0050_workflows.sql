-- Purpose: workflow documents by version, the list of runs, events on their way to runs that listen, schedules, and
-- what people are asked.
-- Lock cost: new tables only.

-- A version never changes once it stands: the application may add and read, not update.
create table workflow_document (
  tenant_id text not null,
  name text not null,
  version text not null,
  digest text not null,
  source text not null,
  title text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  primary key (tenant_id, name, version)
);

create table workflow_run (
  tenant_id text not null,
  run_id text not null,
  workflow text not null,
  version text not null,
  phase text not null,
  steps bigint not null,
  error text,
  started_at timestamptz not null,
  ended_at timestamptz,
  seq bigint not null,
  primary key (tenant_id, run_id)
) with (fillfactor = 80);
create index workflow_run_newest on workflow_run (tenant_id, started_at desc, run_id desc);

-- Events that runs emitted or the outside sent. `event_key` is source and id: an event that comes twice stands once.
create table workflow_event (
  tenant_id text not null,
  seq bigint generated always as identity,
  event_key text not null,
  type text not null,
  event text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, seq),
  unique (tenant_id, event_key)
);
create index workflow_event_at on workflow_event (tenant_id, at);

-- Which runs wait for which types of events; null: every type.
create table workflow_listener (
  tenant_id text not null,
  run_id text not null,
  wait_key text not null,
  types text[],
  primary key (tenant_id, run_id, wait_key)
);

-- An event on its way to a run: gone when the run has it.
create table workflow_delivery (
  tenant_id text not null,
  seq bigint not null,
  target text not null,
  try_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  primary key (tenant_id, seq, target)
) with (fillfactor = 80);
create index workflow_delivery_due on workflow_delivery (try_at);

create table workflow_schedule (
  tenant_id text not null,
  name text not null,
  version text not null,
  schedule jsonb not null,
  types text[],
  gathered jsonb not null default 'null',
  next_at timestamptz,
  last_start_at timestamptz,
  last_run text,
  attempts integer not null default 0,
  primary key (tenant_id, name)
);
create index workflow_schedule_due on workflow_schedule (next_at) where next_at is not null;

-- A question to a person: an approval, or what to do about a step that could not be undone.
create table human_task (
  tenant_id text not null,
  task_id text not null,
  run_id text not null,
  wait_key text not null,
  kind text not null check (kind in ('approval', 'compensation')),
  workflow text not null,
  task text not null,
  title text not null,
  details text not null,
  assignee text not null,
  escalate_to text,
  deadline_at timestamptz,
  escalated_at timestamptz,
  state text not null default 'open' check (state in ('open', 'decided', 'withdrawn')),
  decision text,
  comment text,
  decided_by text,
  created_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  primary key (tenant_id, task_id),
  unique (tenant_id, run_id, wait_key)
);
create index human_task_open on human_task (tenant_id, state, created_at);
create index human_task_due on human_task (deadline_at) where state = 'open' and escalated_at is null;

do $$
declare t text;
begin
  foreach t in array array['workflow_document', 'workflow_run', 'workflow_event', 'workflow_listener',
    'workflow_delivery', 'workflow_schedule', 'human_task'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, delete on %I to troupe_app', t);
    if t <> 'workflow_document' then
      execute format('grant update on %I to troupe_app', t);
    end if;
  end loop;
end $$;

-- Whoever looks for what is due across tenants learns that it is due, and moves the time of the next look.
create policy workflow_delivery_due on workflow_delivery for select to troupe_relay using (true);
create policy workflow_delivery_take on workflow_delivery for update to troupe_relay using (true) with check (true);
grant select (tenant_id, seq, target, try_at, attempts), update (try_at, attempts) on workflow_delivery to troupe_relay;
create policy workflow_schedule_due on workflow_schedule for select to troupe_relay using (true);
create policy workflow_schedule_take on workflow_schedule for update to troupe_relay using (true) with check (true);
grant select (tenant_id, name, next_at, attempts), update (next_at, attempts) on workflow_schedule to troupe_relay;
create policy human_task_due on human_task for select to troupe_relay using (true);
create policy human_task_escalate on human_task for update to troupe_relay using (true) with check (true);
grant select (tenant_id, task_id, state, deadline_at, escalate_to, escalated_at), update (assignee, escalated_at) on human_task to troupe_relay;
