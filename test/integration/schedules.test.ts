// Protects: a workflow that starts after the end of its last run starts again, also when that run was over at once.
import { expect } from 'chai';
import type { ServiceBroker } from 'moleculer';
import type { RunChange } from '../../lib/core/workflow/run-list.ts';
import { lockSchedule, putSchedule } from '../../lib/io/sql/workflow-schedules.ts';
import { mergeRuns } from '../../lib/io/sql/workflows.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { Due } from '../../services/orchestrator/due.ts';
import { until } from '../e2e/client.ts';
import { pgliteInMemory, type TestDatabase } from '../suites/databases.ts';

const TENANT = `ten_${'a'.repeat(26)}`;

describe('a schedule that counts from the end of the last run', () => {
  let opened: TestDatabase;
  before(async () => {
    opened = await pgliteInMemory();
  });
  after(() => opened.close());

  it('goes on when the run has ended, and its end is known, before its start is noted', async () => {
    const { database } = opened;
    const started: string[] = [];
    const ended = (runId: string): RunChange => ({
      runId,
      workflow: 'again',
      namespace: 'default',
      version: '1.0.0',
      phase: 'completed',
      steps: 1,
      error: null,
      startedAt: Date.now(),
      endedAt: Date.now(),
      seq: 1,
      notices: [],
    });
    // In place of the orchestrator's nodes: the run is over by the time that its start is answered.
    const broker = {
      async call(_: string, { runId }: { runId: string }) {
        started.push(runId);
        await database.withTenant(TENANT, tx => mergeRuns(tx, TENANT, [ended(runId)]));
        return { runId };
      },
    } as unknown as ServiceBroker;
    await database.asOwner(tx => tx.query('insert into tenant (tenant_id, name) values ($1, $1)', [TENANT]));
    await database.withTenant(TENANT, tx =>
      putSchedule(tx, TENANT, {
        name: 'again',
        version: '1.0.0',
        schedule: { after: 'PT0.01S' },
        types: null,
        nextAt: Date.now(),
      }),
    );
    const due = new Due({ broker, database, clock: systemClock, log: silentLog });
    due.start();
    await until(
      async () => {
        due.nudge();
        return started.length;
      },
      count => count >= 3,
    );
    await due.stop();
    expect(new Set(started).size, 'each start once').to.equal(started.length);
    const row = await database.withTenant(TENANT, tx => lockSchedule(tx, 'again'));
    expect(row!.lastRun).to.equal(started.at(-1));
  });
});
