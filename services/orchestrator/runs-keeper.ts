/**
 * Keeps the list of runs, and tells their lifecycle as CloudEvents to the runs and schedules that wait for them. An
 * event that nobody waits for is not kept: it can be read off the run (`GET /orchestrator/runs/:id/events`).
 */
import { type RunChange, runListProjection } from '../../lib/core/workflow/run-list.ts';
import type { Keeper } from '../../lib/io/consumer.ts';
import type { Transaction } from '../../lib/io/database.ts';
import { EVENT_DAYS, insertEvent, nowMs, wantedTypes } from '../../lib/io/sql/workflow-events.ts';
import { clearRuns, mergeRuns, runReferences } from '../../lib/io/sql/workflows.ts';

const DAY_MS = 86_400_000;

export const runsKeeper: Keeper<RunChange> = {
  projection: runListProjection,
  async write(tx, tenantId, changes) {
    await mergeRuns(tx, tenantId, changes);
    await tellLifecycle(tx, tenantId, changes);
  },
  clear: clearRuns,
};

async function tellLifecycle(
  tx: Transaction,
  tenantId: string,
  changes: readonly RunChange[],
): Promise<void> {
  const types = new Set(changes.flatMap(({ notices }) => notices.map(({ type }) => type)));
  if (types.size === 0) return;
  const wanted = new Set(await wantedTypes(tx, [...types]));
  const told = changes.filter(({ notices }) => notices.some(({ type }) => wanted.has(type)));
  if (told.length === 0) return;
  const references = await runReferences(
    tx,
    told.map(({ runId }) => runId),
  );
  const oldest = (await nowMs(tx)) - EVENT_DAYS * DAY_MS;
  for (const { runId, notices } of told) {
    const { id: _, ...definition } = references.find(({ id }) => id === runId)!;
    const name = `${definition.name}-${runId}.${definition.namespace}`;
    const source = `/workflows/${definition.namespace}/${definition.name}`;
    for (const { type, place, at, data } of notices) {
      // A list that is made anew from old journals tells nothing a second time.
      if (!wanted.has(type) || at < oldest) continue;
      const id = `${runId}/${place}`;
      const event = {
        specversion: '1.0',
        id,
        source,
        type,
        subject: runId,
        time: new Date(at).toISOString(),
        datacontenttype: 'application/json',
        data: { name, definition, ...data },
      };
      const row = { key: `${source} ${id}`, type, event: JSON.stringify(event), except: definition.name };
      await insertEvent(tx, tenantId, row);
    }
  }
}
