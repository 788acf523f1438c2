-- Purpose: what each tenant's router has decided and learnt, its canaries, its intents, and reports of drift.
-- Lock cost: new tables and a role only.

do $$
begin
  begin
    create role troupe_routing nologin nosuperuser nobypassrls;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the whole server
  end;
  begin
    grant troupe_routing to current_user;
  exception when unique_violation or object_in_use then
    null; -- a rival migration is granting it
  end;
end $$;
grant usage on schema public to troupe_routing;

-- A decision with all that it was made of: the router of that version, this basis and this seed give it again.
create table router_decision (
  tenant_id text not null,
  decision_id text not null,
  at timestamptz not null default now(),
  conversation_id text,
  agent text,
  canary_id text,
  arm text check (arm in ('control', 'candidate')),
  router_version bigint not null,
  seed bigint not null,
  basis jsonb not null,
  decision jsonb not null,
  primary key (tenant_id, decision_id)
);
create index router_decision_at on router_decision (at);

-- What came of decisions, in the order in which the router learnt it. A source tells of a decision once.
create table router_outcome (
  tenant_id text not null,
  version bigint not null,
  decision_id text not null,
  source text not null,
  at timestamptz not null default now(),
  quality double precision not null check (quality between 0 and 1),
  escalated boolean not null,
  cost_micro_usd bigint not null,
  latency_ms integer not null,
  misrouted text,
  cost_ratio double precision,
  latency_ratio double precision,
  primary key (tenant_id, version),
  unique (tenant_id, decision_id, source)
);
create index router_outcome_at on router_outcome (at);

create table router_state (
  tenant_id text primary key,
  version bigint not null,
  state jsonb not null
);

-- The router as it was now and then: replay goes on from the one before.
create table router_snapshot (
  tenant_id text not null,
  version bigint not null,
  state jsonb not null,
  primary key (tenant_id, version)
);

create table router_vocabulary (
  tenant_id text primary key,
  bits bytea not null check (length(bits) <= 65536)
);

create table router_canary (
  tenant_id text not null,
  canary_id text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  candidate jsonb not null,
  share double precision not null check (share between 0.05 and 0.1),
  status text not null check (status in ('running', 'rolled-back', 'promoted')),
  state jsonb not null,
  primary key (tenant_id, canary_id)
);
create unique index router_canary_running on router_canary (tenant_id) where status = 'running';

create table intent_model (
  tenant_id text not null,
  agent text not null,
  trained_at timestamptz not null default now(),
  version bigint not null,
  examples integer not null,
  labels text[] not null,
  model bytea not null,
  primary key (tenant_id, agent)
);

create table router_drift (
  tenant_id text not null,
  day date not null,
  at timestamptz not null default now(),
  drifted boolean not null,
  report jsonb not null,
  primary key (tenant_id, day)
);

do $$
declare t text;
begin
  foreach t in array array['router_decision', 'router_outcome', 'router_state', 'router_snapshot', 'router_vocabulary',
    'router_canary', 'intent_model', 'router_drift'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
  end loop;
  -- Across tenants: writes decisions of many at once, finds who had outcomes, and clears what is old.
  foreach t in array array['router_decision', 'router_outcome', 'router_drift'] loop
    execute format('create policy %I on %I for all to troupe_routing using (true) with check (true)', t || '_routing', t);
  end loop;
end $$;
grant select on router_decision to troupe_app;
grant select, insert on router_outcome, router_snapshot to troupe_app;
grant select, insert, update on router_state, router_vocabulary, router_canary, intent_model, router_drift to troupe_app;
grant select, insert, delete on router_decision to troupe_routing;
grant select on router_outcome, router_drift to troupe_routing;
