/**
 * Hosts the workflow runs of this node. Calls are placed by run; a run that is at work on another node is called there.
 */
import { randomBytes } from 'node:crypto';
import type { ServiceSchema } from 'moleculer';
import type { Address } from '../../actors/runtime/actor-type.ts';
import type { ActorHost } from '../../actors/runtime/host.ts';
import type { WorkflowRunCommand, WorkflowRunState } from '../../actors/workflow-run/state.ts';
import type { JournalStore } from '../../lib/contracts/journal.ts';
import * as contracts from '../../lib/contracts/workflow.contracts.ts';
import type { Json, JsonObject } from '../../lib/core/workflow/jq/value.ts';
import { lifecycleEvents } from '../../lib/core/workflow/lifecycle.ts';
import type { CloudEvent } from '../../lib/core/workflow/messages.ts';
import { forkedState } from '../../lib/core/workflow/run-view.ts';
import { redact } from '../../lib/core/workflow/sealed.ts';
import { finished, type RunState } from '../../lib/core/workflow/state.ts';
import { type Clock, fullJitter } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action, type Call, call } from '../../lib/moleculer/action.ts';
import { limitsOf } from './limits.ts';
import { followRun, isRunEvent, readRun } from './read-run.ts';
import { availableSecrets } from './secrets.ts';

export interface RunPorts {
  readonly host: ActorHost;
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly config: Config;
}

/** Lifecycle events told at once. */
const EVENTS_PAGE = 10_000;

export function workflowService({ host, store, clock, config }: RunPorts): ServiceSchema {
  type Placed = Call<{ readonly runId: string }>;
  const addressOf = (ctx: Placed): Address => ({
    tenantId: ctx.meta.tenantId!,
    type: 'workflow-run',
    key: ctx.params.runId,
  });
  const chance = () => ({ now: clock.now(), random: fullJitter(0, 1, 1) });

  async function existing(ctx: Placed): Promise<{ address: Address; run: RunState; seq: number }> {
    const address = addressOf(ctx);
    const { state, seq } = await host.inspect(address);
    if (seq === 0) throw new TroupeError('not-found', 'There is no run of that id');
    return { address, run: (state as WorkflowRunState).run, seq };
  }

  async function command(ctx: Placed, given: WorkflowRunCommand, commandId: string | null = null) {
    const { address } = await existing(ctx);
    const { state, seq } = await host.submit(address, commandId, given);
    return { id: ctx.params.runId, phase: (state as WorkflowRunState).run.phase, seq };
  }

  /** Until the run is as wanted, or the time is up. */
  async function waitFor(
    address: Address,
    waitMs: number,
    wanted: (state: WorkflowRunState, seq: number) => boolean,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watch = await host.watch(address, note => {
      if (note.kind === 'committed' && wanted(note.state as WorkflowRunState, note.seq)) resolve();
      else if (note.kind === 'ended') reject(note.error);
    });
    const timer = clock.after(waitMs, resolve);
    try {
      if (!wanted(watch.state as WorkflowRunState, watch.seq)) await promise;
    } finally {
      timer.cancel();
      watch.stop();
    }
  }

  return {
    name: 'workflow',
    actions: {
      begin: action(contracts.beginRun, async ctx => {
        const { runId, definition, digest, input } = ctx.params;
        const started: WorkflowRunCommand = {
          type: 'StartRun',
          runId,
          definition: definition as JsonObject,
          digest,
          input: input as never,
          limits: limitsOf(definition as JsonObject, config),
          secretNames: await availableSecrets(
            { broker: ctx.broker, clock },
            ctx.meta.tenantId!,
            definition as Json,
          ),
          nonce: randomBytes(16).toString('hex'),
          ...chance(),
        };
        const { seq, duplicate, state } = await host.submit(addressOf(ctx), `start:${runId}`, started);
        return { id: runId, phase: (state as WorkflowRunState).run.phase, seq, duplicate };
      }),

      await: action(contracts.awaitRun, async ctx => {
        const { address } = await existing(ctx);
        await waitFor(address, ctx.params.waitMs, ({ run }) => finished(run));
        const { run } = await existing(ctx);
        return {
          id: ctx.params.runId,
          phase: run.phase,
          ended: finished(run),
          output: redact(run.output ?? null, run.nonce),
          error: run.error ? redact({ ...run.error }, run.nonce) : null,
        };
      }),

      deliver: action(contracts.deliverEvent, async ctx => {
        const { address } = await existing(ctx);
        const event = ctx.params.event as unknown as CloudEvent;
        const given = { type: 'EventReceived', event, retain: ctx.params.retain, ...chance() } as const;
        const { state, seq } = await host.submit(address, null, given);
        const { pending } = (state as WorkflowRunState).run;
        return { listening: Object.values(pending).some(({ role }) => role === 'listen'), seq };
      }),

      get: action(contracts.getRun, async ctx => {
        const { address, run, seq } = await existing(ctx);
        const { after = 0, wait = 0 } = ctx.params;
        if (wait > 0 && seq <= after && !finished(run)) await waitFor(address, wait, (_, at) => at > after);
        return await readRun(store, address);
      }),

      events: action(contracts.runEvents, async ctx => {
        const { address, seq: newest } = await existing(ctx);
        const after = ctx.params.after ?? 0;
        const events: CloudEvent[] = [];
        let seq = after;
        await followRun(store, address, told => {
          if (told.seq > seq && events.length >= EVENTS_PAGE) return true;
          seq = Math.max(seq, told.seq);
          if (told.seq > after && isRunEvent(told.event))
            events.push(...lifecycleEvents(told.event, told.before, told.after));
          return undefined;
        });
        return { events, seq, more: seq < newest };
      }),

      signal: action(contracts.signalRun, ctx => {
        const { name, data, id = newId('event') } = ctx.params;
        return command(
          ctx,
          { type: 'Signal', id, name, data: (data ?? null) as never, ...chance() },
          `signal:${id}`,
        );
      }),
      cancel: action(contracts.cancelRun, ctx => {
        const { reason } = ctx.params;
        return command(ctx, { type: 'Cancel', ...(reason ? { reason } : {}), ...chance() });
      }),
      suspend: action(contracts.suspendRun, ctx => command(ctx, { type: 'Suspend', ...chance() })),
      resume: action(contracts.resumeRun, ctx => command(ctx, { type: 'Resume', ...chance() })),
      decideCompensation: action(contracts.decideCompensation, async ctx => {
        const { key, decision, by } = ctx.params;
        const { run } = await existing(ctx);
        if (!run.pending[key]) throw new TroupeError('conflict', 'The run no longer asks that');
        return await command(ctx, { type: 'DecideCompensation', key, decision, by, ...chance() });
      }),

      fork: action(contracts.forkRun, async ctx => {
        const { address } = await existing(ctx);
        const { step, newRunId: id = newId('run') } = ctx.params;
        let at: RunState | undefined;
        await followRun(store, address, ({ event, before }) => {
          if (event.type !== 'TaskStarted' || event.id !== step) return undefined;
          at = before;
          return true;
        });
        if (!at) throw new TroupeError('not-found', 'The run has no step of that id');
        if (at.phase === 'compensating')
          throw new TroupeError('conflict', 'A step that undoes another is no place to begin from');
        const params = { runId: id, from: ctx.params.runId, state: forkedState(at, id) };
        await call(ctx, contracts.seedRun, params);
        return { id, from: ctx.params.runId, step };
      }),
      seed: action(contracts.seedRun, async ctx => {
        const { runId, from, state } = ctx.params;
        const given: WorkflowRunCommand = { type: 'Fork', state: state as RunState, from, now: clock.now() };
        const { seq, state: after } = await host.submit(addressOf(ctx), `fork:${runId}`, given);
        return { id: runId, phase: (after as WorkflowRunState).run.phase, seq };
      }),

      wake: action(contracts.wakeRun, async ctx => ({ seq: (await host.wake(addressOf(ctx))).seq })),
    },
  };
}
