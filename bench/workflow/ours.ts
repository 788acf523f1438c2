/**
 * Ten durable steps on our runtime, as one JSON line. `PG_URL` names an empty database. Runs are begun and awaited by
 * contract through the broker; each step's result is committed before the next begins. The steps are the workload's
 * stub in place of calls.
 */
import type { EffectHandler } from '../../actors/runtime/actor-type.ts';
import type { WorkflowRunCommand, WorkflowRunEffect } from '../../actors/workflow-run/state.ts';
import { awaitRun, beginRun } from '../../lib/contracts/workflow.contracts.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startNode } from '../../moleculer.config.ts';
import { drive, STEPS, step } from './peers/drive.mjs';

const TENANT = 'ten_00000000000000000000000001';
const url = process.env.PG_URL!;
const owner = openPostgres({ url });
await migrate(owner);

const CallFunction: EffectHandler<
  Extract<WorkflowRunEffect, { type: 'CallFunction' }>,
  WorkflowRunCommand
> = async ({ key, with: given }) => ({
  type: 'EffectSucceeded',
  key,
  output: { n: await step((given as { n: number }).n) },
  now: Date.now(),
});
const node = await startNode(
  readConfig({
    TROUPE_MODE: 'cluster',
    TROUPE_DATABASE_URL: url,
    TROUPE_NATS_URL: 'nats://127.0.0.1:1',
    TROUPE_REDIS_URL: 'redis://127.0.0.1:1',
    TROUPE_LOG_LEVEL: 'fatal',
    TROUPE_UNITS: 'workflow',
  }),
  { effects: { CallFunction }, transporter: false },
);
const definition = {
  document: { dsl: '1.0.3', namespace: 'bench', name: 'ten', version: '1.0.0' },
  do: Array.from({ length: STEPS }, (_, i) => ({
    [`step${i + 1}`]: { call: 'step', with: { n: '${ .n }' } },
  })),
};
const meta = { meta: { tenantId: TENANT } };
await drive(
  'Troupe workflow runs, in process',
  'PostgreSQL fsync=on: input, each step and the outcome committed',
  async (runId: string) => {
    await call(node.broker, beginRun, { runId, definition, digest: 'bench', input: { n: 0 } }, meta);
    const { output } = await call(node.broker, awaitRun, { runId, waitMs: 20_000 }, meta);
    return (output as { n: number }).n;
  },
);
await node.stop();
await owner.close();
