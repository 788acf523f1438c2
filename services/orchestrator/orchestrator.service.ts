/**
 * Owns workflow documents and their versions, the list of runs, schedules, events on their way to runs, and what people
 * are asked. Runs themselves are actors: `services/workflow`.
 */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/orchestrator.contracts.ts';
import { awaitRun, beginRun } from '../../lib/contracts/workflow.contracts.ts';
import { mermaid } from '../../lib/core/workflow/diagram.ts';
import { graphOf } from '../../lib/core/workflow/graph.ts';
import type { Database } from '../../lib/io/database.ts';
import { insertTask, listTasks } from '../../lib/io/sql/human-tasks.ts';
import { EVENT_DAYS, forgetEvents, insertEvent, insertListener } from '../../lib/io/sql/workflow-events.ts';
import { documentVersions, listRuns, newestDocuments } from '../../lib/io/sql/workflows.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { action, type Call } from '../../lib/moleculer/action.ts';
import type { Following } from '../../lib/moleculer/following.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { documentOf, putDocument } from './documents.ts';
import { Due } from './due.ts';
import { aboutStep, decide, told } from './human-tasks.ts';

export interface OrchestratorPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly following: Following;
}

const DEFAULT_LIMIT = 50;
const TASKS_LIMIT = 100;
const PERSIST_MS = 8_000;

const time = (at: number) => new Date(at).toISOString();
const timeOrNull = (at: number | null) => (at === null ? null : time(at));
const caller = ({ meta }: Call<unknown>) => meta.keyId ?? 'operator';

export function orchestratorService({ database, clock, log, following }: OrchestratorPorts): ServiceSchema {
  let due: Due | undefined;
  return {
    name: 'orchestrator',
    async started(this: { broker: ConstructorParameters<typeof Due>[0]['broker'] }) {
      await following.started();
      due = new Due({ broker: this.broker, database, clock, log });
      due.start();
    },
    async stopped() {
      await due?.stop();
      await following.stopped();
    },
    actions: {
      put: action(contracts.putWorkflow, ctx =>
        putDocument(database, ctx.meta.tenantId!, ctx.params.source, caller(ctx), clock.now()),
      ),
      list: action(contracts.listWorkflows, async ctx => {
        const rows = await database.withTenant(ctx.meta.tenantId!, newestDocuments);
        return {
          workflows: rows.map(({ createdAt, schedule, ...row }) => ({
            ...row,
            createdAt: time(createdAt),
            schedule: schedule ?? null,
          })),
        };
      }),
      workflow: action(contracts.getWorkflow, async ctx => {
        const { name, version } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const row = await documentOf(database, tenantId, name, version);
        const versions = await database.withTenant(tenantId, tx => documentVersions(tx, name));
        const { source, definition, digest, createdAt } = row;
        return {
          name,
          version: row.version,
          digest,
          source,
          definition,
          graph: graphOf(definition),
          diagram: mermaid(definition),
          versions,
          createdAt: time(createdAt),
        };
      }),
      start: action(contracts.startRun, async ctx => {
        const { name, version, input = {}, runId = newId('run'), wait = 0 } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const { digest, definition, version: pinned } = await documentOf(database, tenantId, name, version);
        const meta = { meta: { tenantId } };
        const begin = { runId, definition, digest, input };
        const { phase, duplicate } = await persistentCall(ctx, beginRun, begin, meta, clock, PERSIST_MS);
        const answer = { id: runId, workflow: name, version: pinned, duplicate };
        if (wait === 0) return { ...answer, phase, output: null, error: null };
        const ask = { runId, waitMs: wait };
        const end = await persistentCall(ctx, awaitRun, ask, meta, clock, PERSIST_MS);
        return { ...answer, phase: end.phase, output: end.output ?? null, error: end.error };
      }),
      runs: action(contracts.listRuns, async ctx => {
        const { cursor, workflow, phase, limit = DEFAULT_LIMIT } = ctx.params;
        const after = cursor === undefined ? undefined : placeOf(cursor);
        const found = await database.withTenant(ctx.meta.tenantId!, tx =>
          listRuns(tx, { after, workflow, phase, limit: limit + 1 }),
        );
        const page = found.slice(0, limit);
        const last = page.at(-1);
        return {
          runs: page.map(row => ({
            ...row,
            startedAt: time(row.startedAt),
            endedAt: timeOrNull(row.endedAt),
          })),
          next: last && found.length > limit ? `${last.startedAt}.${last.id}` : null,
        };
      }),
      publish: action(contracts.publishEvent, async ctx => {
        const { id, source, type, attributes = {}, ...rest } = ctx.params;
        const event = { ...attributes, specversion: '1.0', id, source, type, ...rest };
        const tenantId = ctx.meta.tenantId!;
        const targets = await database.withTenant(tenantId, async tx => {
          await forgetEvents(tx, EVENT_DAYS);
          return await insertEvent(tx, tenantId, {
            key: `${source} ${id}`,
            type,
            event: JSON.stringify(event),
          });
        });
        if (targets?.length) due?.nudge();
        return { accepted: targets !== undefined, listeners: targets?.length ?? 0 };
      }),
      listen: action(contracts.registerListener, async ctx => {
        const { runId, key, types, since, question } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const offered = await database.withTenant(tenantId, async tx => {
          if (question) {
            const { details, ...asked } = question;
            const id = newId('humanTask');
            const task = {
              ...asked,
              id,
              runId,
              key,
              kind: 'approval',
              details: JSON.stringify(details),
            } as const;
            await insertTask(tx, tenantId, task);
          }
          return await insertListener(tx, tenantId, { runId, key, types, since });
        });
        if (offered > 0) due?.nudge();
        return { offered };
      }),
      ask: action(contracts.askAboutStep, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        return {
          id: await database.withTenant(tenantId, tx => insertTask(tx, tenantId, aboutStep(ctx.params))),
        };
      }),
      tasks: action(contracts.listTasks, async ctx => {
        const { state = 'open', assignee, runId, limit = TASKS_LIMIT } = ctx.params;
        const tasks = await database.withTenant(ctx.meta.tenantId!, tx =>
          listTasks(tx, { state, assignee, runId, limit }),
        );
        return { tasks: tasks.map(told) };
      }),
      approve: action(contracts.decideTask, async ctx => {
        const decided = await decide(ctx, database, caller(ctx), clock);
        due?.nudge();
        return decided;
      }),
    },
  };
}

function placeOf(cursor: string): { at: number; id: string } {
  const dot = cursor.indexOf('.');
  const at = Number(cursor.slice(0, dot));
  if (dot < 1 || !Number.isSafeInteger(at))
    throw new TroupeError('validation-failed', 'That is no cursor of this list');
  return { at, id: cursor.slice(dot + 1) };
}
