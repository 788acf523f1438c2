-- Purpose: calls of tools outside that must not run twice, written before each is made: what became of it is known after a crash, or known to be unknown.
-- Lock cost: a new table only.

create table tool_call (
  tenant_id text not null references tenant,
  idempotency_key text not null,
  tool text not null,
  started_at timestamptz not null default now(),
  -- What it answered; null while that is not known.
  content text,
  failed boolean,
  primary key (tenant_id, idempotency_key)
);
alter table tool_call enable row level security;
alter table tool_call force row level security;
create policy tool_call_own on tool_call for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true))
  with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on tool_call to troupe_app;
