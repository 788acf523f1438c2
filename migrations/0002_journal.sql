-- Purpose: the journal of the actors, their snapshots, and the leases of the nodes that run them.
-- Lock cost: new tables only.

-- One row per commit of an actor. The primary key is the lock: of two activations that append the same
-- sequence number one loses. `events` is text, not jsonb: a customer may send what jsonb refuses (U+0000),
-- and one such row must not fail the batch of others.
create table journal (
  tenant_id text not null,
  actor text not null,
  seq bigint not null check (seq > 0),
  epoch bigint not null,
  unfinished boolean not null,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now(),
  command_id text,
  events text not null,
  primary key (tenant_id, actor, seq)
);
-- A command is accepted once, however often it is sent and however long ago.
create unique index journal_command on journal (tenant_id, actor, command_id) where command_id is not null;
-- Commit order for the relay, and the low-water mark for recovery. Sequence numbers are not commit order;
-- "xid below the oldest running transaction" is.
create index journal_xid on journal (xid);
alter table journal set (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);

create table snapshot (
  tenant_id text not null,
  actor text not null,
  seq bigint not null,
  version integer not null,
  at timestamptz not null default now(),
  state text not null,
  primary key (tenant_id, actor)
) with (fillfactor = 80);

-- A lease names one life of a node. `low_water`: no unfinished actor of this node was last written before it.
create table node_lease (
  epoch bigint generated always as identity primary key,
  node_id text not null,
  state text not null default 'alive' check (state in ('alive', 'lost', 'ended', 'recovered')),
  started_at timestamptz not null default now(),
  renewed_at timestamptz not null default now(),
  expires_at timestamptz not null,
  low_water xid8 not null default pg_current_xact_id()
);

alter table journal enable row level security;
alter table journal force row level security;
alter table snapshot enable row level security;
alter table snapshot force row level security;

create policy journal_own on journal for select to troupe_app using (tenant_id = current_setting('app.tenant_id', true));
-- The runtime commits for many tenants at once: it names them first and can touch no other's rows.
create policy journal_runtime on journal for all to troupe_runtime
  using (tenant_id = any (string_to_array(current_setting('app.tenant_ids', true), ',')))
  with check (tenant_id = any (string_to_array(current_setting('app.tenant_ids', true), ',')));
create policy journal_relay on journal for select to troupe_relay using (true);
create policy snapshot_runtime on snapshot for all to troupe_runtime
  using (tenant_id = any (string_to_array(current_setting('app.tenant_ids', true), ',')))
  with check (tenant_id = any (string_to_array(current_setting('app.tenant_ids', true), ',')));
grant select on journal to troupe_app, troupe_relay;
grant select, insert on journal to troupe_runtime;
grant select, insert, update on snapshot to troupe_runtime;
grant select, insert, update on node_lease to troupe_runtime;
grant select, update on node_lease to troupe_relay;

-- Group commit. Appends all rows that win their sequence number and whose writer still holds its lease;
-- returns how many, and the transaction, so that the caller need look closer only when one lost.
create function journal_append(
  p_scope text, p_epoch bigint, p_tenants text[], p_actors text[], p_seqs bigint[],
  p_unfinished boolean[], p_commands text[], p_events text[],
  out appended integer, out xid text
) language plpgsql as $$
begin
  -- The fence's lock: who declares this lease lost waits for appends under way, so none commits after it.
  perform pg_advisory_xact_lock_shared(7411, p_epoch::integer);
  perform set_config('app.tenant_ids', p_scope, true);
  insert into journal (tenant_id, actor, seq, epoch, unfinished, command_id, events)
  select r.tenant_id, r.actor, r.seq, p_epoch, r.unfinished, r.command_id, r.events
  from unnest(p_tenants, p_actors, p_seqs, p_unfinished, p_commands, p_events)
    as r(tenant_id, actor, seq, unfinished, command_id, events)
  where exists (select from node_lease where epoch = p_epoch and state = 'alive')
  on conflict do nothing;
  get diagnostics appended = row_count;
  xid := pg_current_xact_id()::text;
end $$;

-- Which of these rows stand in the journal as written by this epoch: after a loss or an unknown outcome.
-- The content is compared too: a late commit of an abandoned attempt may hold the same sequence number.
create function journal_written(
  p_scope text, p_epoch bigint, p_tenants text[], p_actors text[], p_seqs bigint[], p_commands text[], p_events text[]
) returns table (ord bigint) language plpgsql as $$
begin
  perform set_config('app.tenant_ids', p_scope, true);
  return query
    select k.ord from unnest(p_tenants, p_actors, p_seqs, p_commands, p_events) with ordinality
      as k(tenant_id, actor, seq, command_id, events, ord)
    cross join lateral (
      select from journal j where j.tenant_id = k.tenant_id and j.actor = k.actor and j.seq = k.seq and j.epoch = p_epoch
        and j.command_id is not distinct from k.command_id and j.events = k.events limit 1
    ) j;
end $$;

-- What activations need: the snapshot (is_snapshot) and the rows after it, in order, for many actors at once.
-- Lateral with a limit, so that each actor is one descent of the primary key whatever the statistics say: joined
-- freely, the planner may take the row-level policy for the better condition and read the whole journal.
create function actor_load(p_scope text, p_tenants text[], p_actors text[])
returns table (ord bigint, is_snapshot boolean, seq bigint, version integer, epoch bigint, unfinished boolean, command_id text, body text)
language plpgsql as $$
begin
  perform set_config('app.tenant_ids', p_scope, true);
  return query
    with k as materialized (
      select k.tenant_id, k.actor, k.ord, s.seq as snapshot_seq, s.version, s.state
      from unnest(p_tenants, p_actors) with ordinality as k(tenant_id, actor, ord)
      left join lateral (
        select s.seq, s.version, s.state from snapshot s where s.tenant_id = k.tenant_id and s.actor = k.actor limit 1
      ) s on true
    )
    select k.ord, true, k.snapshot_seq, k.version, 0::bigint, false, null::text, k.state from k where k.snapshot_seq is not null
    union all
    select k.ord, false, j.seq, 0, j.epoch, j.unfinished, j.command_id, j.events
    from k cross join lateral (
      select j.seq, j.epoch, j.unfinished, j.command_id, j.events from journal j
      where j.tenant_id = k.tenant_id and j.actor = k.actor and j.seq >= coalesce(k.snapshot_seq, 1)
      order by j.seq limit 1000000
    ) j;
end $$;

create function snapshot_save(p_scope text, p_tenants text[], p_actors text[], p_seqs bigint[], p_versions bigint[], p_states text[])
returns void language plpgsql as $$
begin
  perform set_config('app.tenant_ids', p_scope, true);
  insert into snapshot (tenant_id, actor, seq, version, state)
  select r.tenant_id, r.actor, r.seq, r.version, r.state
  from unnest(p_tenants, p_actors, p_seqs, p_versions, p_states) as r(tenant_id, actor, seq, version, state)
  on conflict (tenant_id, actor) do update
    set seq = excluded.seq, version = excluded.version, state = excluded.state, at = now()
    where snapshot.seq < excluded.seq;
end $$;

-- Declares leases lost: those that have run out and those of the named nodes, or (p_all_but > 0) all but one.
-- Each is taken under the fence's lock and looked at again, for it may have been renewed meanwhile.
create function lease_declare_lost(p_nodes text[], p_all_but bigint) returns void language plpgsql as $$
declare lost bigint;
begin
  for lost in
    select epoch from node_lease where state = 'alive'
      and (expires_at <= clock_timestamp() or node_id = any (p_nodes) or (p_all_but > 0 and epoch <> p_all_but))
    order by epoch
  loop
    perform pg_advisory_xact_lock(7411, lost::integer);
    update node_lease set state = 'lost' where epoch = lost and state = 'alive'
      and (expires_at <= clock_timestamp() or node_id = any (p_nodes) or (p_all_but > 0 and epoch <> p_all_but));
  end loop;
end $$;

-- Ends a life in good order, under the fence's lock too: an append under way comes before it or is refused.
create function lease_end(p_epoch bigint, p_state text) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7411, p_epoch::integer);
  update node_lease set state = p_state where epoch = p_epoch and state = 'alive';
end $$;
