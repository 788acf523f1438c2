/** Faults put into the platform on purpose: the checker must find what they do. */
import pg from 'pg';

export const MUTATIONS = {
  /**
   * The fence is gone: any row is written, whatever stands at its sequence number and whoever holds the lease. Every
   * append reports success, so a node that was paused goes on where it had stopped.
   */
  'no-fence': `
    alter table journal drop constraint journal_pkey;
    drop index journal_command;
    create index journal_key on journal (tenant_id, actor, seq);
    create or replace function journal_append(
      p_scope text, p_epoch bigint, p_tenants text[], p_actors text[], p_seqs bigint[],
      p_unfinished boolean[], p_commands text[], p_events text[],
      out appended integer, out xid text
    ) language plpgsql as $$
    begin
      perform set_config('app.tenant_ids', p_scope, true);
      insert into journal (tenant_id, actor, seq, epoch, unfinished, command_id, events)
      select r.tenant_id, r.actor, r.seq, p_epoch, r.unfinished, r.command_id, r.events
      from unnest(p_tenants, p_actors, p_seqs, p_unfinished, p_commands, p_events)
        as r(tenant_id, actor, seq, unfinished, command_id, events);
      get diagnostics appended = row_count;
      xid := pg_current_xact_id()::text;
    end $$;
    create or replace function journal_append_new(
      p_scope text, p_epoch bigint, p_tenants text[], p_actors text[], p_seqs bigint[],
      p_unfinished boolean[], p_commands text[], p_events text[],
      out appended integer, out xid text
    ) language sql as $$
      select * from journal_append(
        p_scope, p_epoch, p_tenants, p_actors, p_seqs, p_unfinished, p_commands, p_events)
    $$;`,
} as const;
export type Mutation = keyof typeof MUTATIONS;

export async function mutate(databaseUrl: string, mutation: Mutation): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(MUTATIONS[mutation]);
  await client.end();
}
