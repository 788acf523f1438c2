-- Purpose: group commit for rows that are all new, which is nearly always: a plain insert spares each row the look for
-- rivals, the speculative insertion and its record in the log. A conflict fails the statement as a whole (23505), and
-- the caller appends the same rows by `journal_append`, which tells winners from losers.
-- Lock cost: a new function only.

create function journal_append_new(
  p_scope text, p_epoch bigint, p_tenants text[], p_actors text[], p_seqs bigint[],
  p_unfinished boolean[], p_commands text[], p_events text[],
  out appended integer, out xid text
) language plpgsql as $$
begin
  -- The fence's lock, as in journal_append: who declares this lease lost waits for appends under way.
  perform pg_advisory_xact_lock_shared(7411, p_epoch::integer);
  perform set_config('app.tenant_ids', p_scope, true);
  insert into journal (tenant_id, actor, seq, epoch, unfinished, command_id, events)
  select r.tenant_id, r.actor, r.seq, p_epoch, r.unfinished, r.command_id, r.events
  from unnest(p_tenants, p_actors, p_seqs, p_unfinished, p_commands, p_events)
    as r(tenant_id, actor, seq, unfinished, command_id, events)
  where exists (select from node_lease where epoch = p_epoch and state = 'alive');
  get diagnostics appended = row_count;
  xid := pg_current_xact_id()::text;
end $$;
