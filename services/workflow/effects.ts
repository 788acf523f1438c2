/**
 * How the effects of workflow runs are carried out. Each outcome goes back as a command; a refusal or failure becomes a
 * problem that the document can catch. What calls others carries the effect's key, the same after a crash.
 */
import type { AnyEffectHandler, EffectContext, EffectHandler } from '../../actors/runtime/actor-type.ts';
import type { WorkflowRunCommand, WorkflowRunEffect } from '../../actors/workflow-run/state.ts';
import {
  askAboutStep,
  publishEvent,
  registerListener,
  startRun,
} from '../../lib/contracts/orchestrator.contracts.ts';
import { awaitRun } from '../../lib/contracts/workflow.contracts.ts';
import type { Json } from '../../lib/core/workflow/jq/value.ts';
import { Fault, type Problem, problem } from '../../lib/core/workflow/problem.ts';
import { fullJitter, sleep } from '../../lib/kernel/clock.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { callFunction } from './call-function.ts';
import { callHttp, callOpenapi, fetchResource } from './call-http.ts';
import type { WorkflowPorts } from './ports.ts';
import { runProcess } from './run-process.ts';
import { withSecrets } from './secrets.ts';
import { shortHash } from './short-hash.ts';

type Of<T extends WorkflowRunEffect['type']> = Extract<WorkflowRunEffect, { type: T }>;
type Handler<T extends WorkflowRunEffect['type']> = EffectHandler<Of<T>, WorkflowRunCommand>;

/** How long the platform's own parts are asked again before the step fails. */
const PERSIST_MS = 60_000;
const AWAIT_MS = 20_000;

export function workflowEffects(ports: WorkflowPorts): Readonly<Record<string, AnyEffectHandler>> {
  const { broker, clock } = ports;

  /** A step whose result is what `work` gives, and whose failure is a problem. */
  const step =
    <T extends Exclude<WorkflowRunEffect['type'], 'Listen' | 'AskDecision'>>(
      work: (effect: Of<T>, context: EffectContext) => Promise<Json>,
    ): Handler<T> =>
    async (effect, context) => {
      const { key, marks }: WorkflowRunEffect = effect;
      let strike = (answer: Json) => answer;
      try {
        const secrets = await withSecrets(ports, effect, marks, context);
        strike = secrets.strike;
        const output = strike(await work(secrets.opened, context));
        return { type: 'EffectSucceeded', key, output, ...chance() };
      } catch (error) {
        const told = strike({ ...problemOf(error) }) as unknown as Problem;
        return { type: 'EffectFailed', key, error: told, ...chance() };
      }
    };
  const chance = () => ({ now: clock.now(), random: fullJitter(0, 1, 1) });
  const registered = (key: string): WorkflowRunCommand => ({ type: 'Registered', key, now: clock.now() });
  const tenant = ({ address }: EffectContext) => ({ meta: { tenantId: address.tenantId } });

  const Listen: Handler<'Listen'> = async (effect, context) => {
    const { key, types, since, approval, input, task, workflow } = effect;
    const question = approval && {
      title: approval.title,
      assignee: approval.assignee,
      escalateTo: approval.escalateTo ?? null,
      deadlineMs: approval.deadlineMs ?? null,
      workflow,
      task,
      details: input,
    };
    const params = { runId: context.address.key, key, types, since, question: question ?? null };
    await forever(context, () =>
      persistentCall(broker, registerListener, params, tenant(context), clock, PERSIST_MS, context.signal),
    );
    return registered(key);
  };

  const AskDecision: Handler<'AskDecision'> = async (effect, context) => {
    const { key, task, error, workflow, output } = effect;
    const title = `A step could not be undone: ${error.detail ?? error.title ?? error.type}`.slice(0, 500);
    const details = { error: { ...error }, output };
    const params = { runId: context.address.key, key, workflow, task, title, details };
    await forever(context, () =>
      persistentCall(broker, askAboutStep, params, tenant(context), clock, PERSIST_MS, context.signal),
    );
    return registered(key);
  };

  /** A wait that is not written down would never end: it is tried until it is, or owed no longer. */
  async function forever(context: EffectContext, work: () => Promise<unknown>): Promise<void> {
    while (!context.signal.aborted) {
      try {
        await work();
        return;
      } catch {
        await sleep(1_000, context.signal);
      }
    }
  }

  const StartTimer: Handler<'StartTimer'> = async ({ key, dueAt }, { signal }) => {
    await sleep(Math.max(0, dueAt - clock.now()), signal);
    return { type: 'TimerFired', key, ...chance(), now: Math.max(dueAt, clock.now()) };
  };

  const RunWorkflow = step<'RunWorkflow'>(async (effect, context) => {
    const { name, version, input, await: waits } = effect;
    const child = `run_${shortHash(context.idempotencyKey)}`;
    const params = { name, input, runId: child, ...(version === 'latest' ? {} : { version }) };
    const { signal } = context;
    await persistentCall(broker, startRun, params, tenant(context), clock, PERSIST_MS, signal);
    if (!waits) return { id: child };
    for (;;) {
      const ask = { runId: child, waitMs: AWAIT_MS };
      const end = await persistentCall(broker, awaitRun, ask, tenant(context), clock, PERSIST_MS, signal);
      if (end.ended && end.phase === 'completed') return end.output as Json;
      if (end.ended)
        throw new Fault(
          (end.error as Problem | null) ?? problem('runtime', `The workflow "${name}" was cancelled`),
        );
    }
  });

  const Emit = step<'Emit'>(async ({ event }, context) => {
    const { id, source, type, subject, time, data, specversion: _, ...rest } = event;
    const attributes = Object.fromEntries(
      Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    );
    const params = {
      id,
      source,
      type,
      ...(subject === undefined ? {} : { subject }),
      ...(time === undefined ? {} : { time }),
      ...(data === undefined ? {} : { data }),
      attributes,
    };
    await persistentCall(broker, publishEvent, params, tenant(context), clock, PERSIST_MS, context.signal);
    return event as unknown as Json;
  });

  const refused = step<'CallMcp' | 'CallA2a'>(effect =>
    Promise.reject(
      new Fault(
        problem('runtime', `${effect.type} is not offered here: register its tools and call them`, {
          status: 501,
        }),
      ),
    ),
  );

  return {
    CallHttp: step<'CallHttp'>((effect, context) => callHttp(ports, effect, context)),
    CallOpenapi: step<'CallOpenapi'>((effect, context) => callOpenapi(ports, effect, context)),
    FetchResource: step<'FetchResource'>((effect, context) => fetchResource(ports, effect, context)),
    CallFunction: step<'CallFunction'>((effect, context) => callFunction(ports, effect, context)),
    CallMcp: refused,
    CallA2a: refused,
    Emit,
    StartTimer,
    Listen,
    AskDecision,
    RunWorkflow,
    RunProcess: step<'RunProcess'>((effect, context) => runProcess(ports, effect, context)),
    Continue: (async () => ({ type: 'Advance', ...chance() })) as Handler<'Continue'>,
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Fault) return error.problem;
  const { code, status, message } = toTroupeError(error);
  const more = { status, title: code };
  if (code === 'timeout') return problem('timeout', message, { title: code });
  if (code === 'forbidden' || code === 'outbound-refused')
    return problem('authorization', message, { title: code });
  if (code === 'validation-failed' || code === 'workflow-invalid')
    return problem('validation', message, more);
  return problem(status >= 500 ? 'communication' : 'runtime', message, more);
}
