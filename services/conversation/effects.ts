/** How the effects of a conversation are carried out: calls of the model and of tools, by contract. */
import type { ServiceBroker } from 'moleculer';
import type { ConversationCommand, ConversationEffect } from '../../actors/conversation/state.ts';
import type { EffectHandler } from '../../actors/runtime/actor-type.ts';
import type { Contract } from '../../lib/contracts/contract.ts';
import { callTool, completeModel, lookUpTool } from '../../lib/contracts/platform.contracts.ts';
import { type CutReason, lastWords } from '../../lib/core/agents/loop-guard.ts';
import type { Database } from '../../lib/io/database.ts';
import { type Clock, sleep } from '../../lib/kernel/clock.ts';
import type { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { call } from '../../lib/moleculer/action.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import type { StreamRegistry } from '../../lib/moleculer/streams.ts';
import { withNamedFiles } from './files.ts';
import { undoTool } from './undo-tool.ts';

type Handler<T extends ConversationEffect['type']> = EffectHandler<
  Extract<ConversationEffect, { type: T }>,
  ConversationCommand
>;

export interface Delta {
  readonly turn: number;
  readonly text: string;
  readonly offset: number;
}

/** Longest result of a tool that a conversation keeps, characters. */
const RESULT_LIMIT = 50_000;
/** Calls of a `once` tool that is certain not to have acted, before a person is asked. */
const ONCE_ATTEMPTS = 3;
const UNKNOWN = { outcome: 'unknown', content: '' } as const;

/** What is counted of the loops of agents. */
export interface LoopCounters {
  cut(reason: CutReason): void;
  progress(): void;
}

export function conversationEffects(
  broker: ServiceBroker,
  streams: StreamRegistry,
  clock: Clock,
  counters: LoopCounters,
  database: Database,
) {
  const AskModel: Handler<'AskModel'> = async (effect, { address, signal, progress }) => {
    if (effect.cut) counters.cut(effect.cut.reason);
    if (effect.fresh) counters.progress();
    const callId = newId('request');
    const streamId = newId('stream');
    let partial = '';
    const close = streams.open(streamId, items => {
      for (const { text, offset } of items as readonly { text: string; offset: number }[]) {
        partial = partial.slice(0, offset) + text;
        const { turn } = effect;
        progress({ turn, text, offset } satisfies Delta, partial, { turn, text: partial, offset: 0 });
      }
      return !signal.aborted;
    });
    const onAbort = () => {
      close();
      void broker.broadcast('model.cancelled', { callId });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // The model's node may die or stop in the middle: that is no failure of the turn, another node is asked.
      const { reply, effects, pin } = await persistentCall(
        broker,
        completeModel,
        {
          callId,
          conversationId: address.key,
          agent: effect.agent,
          ...(effect.version === undefined ? {} : { version: effect.version }),
          ...(effect.cut ? { last: lastWords(effect.cut) } : {}),
          context: effect.context,
          stream: { nodeId: broker.nodeID, streamId },
        },
        { meta: { tenantId: address.tenantId } },
        clock,
        completeModel.policy.timeoutMs,
        signal,
      );
      const { tenantId, key } = address;
      const { text, attachments } = await withNamedFiles(database, tenantId, reply.text, key);
      return {
        type: 'ReportModelReply',
        key: effect.key,
        reply: { ...reply, text },
        effects,
        ...(pin ? { pin } : {}),
        ...(attachments.length > 0 ? { attachments } : {}),
        messageId: newId('message'),
        at: clock.now(),
      };
    } catch (error) {
      return {
        type: 'ReportModelFailure',
        key: effect.key,
        code: toTroupeError(error).code,
        at: clock.now(),
      };
    } finally {
      signal.removeEventListener('abort', onAbort);
      close();
    }
  };

  const CallTool: Handler<'CallTool'> = async (effect, { address, idempotencyKey, recovered, signal }) => {
    const { key, name } = effect;
    const meta = { tenantId: address.tenantId };
    const report = (content: string, failed: boolean): ConversationCommand => ({
      type: 'ReportToolResult',
      key,
      content: content.slice(0, RESULT_LIMIT),
      failed,
      at: clock.now(),
    });
    const refused = ({ code, message }: TroupeError) =>
      report(JSON.stringify({ ok: false, code, message }), true);
    const params = {
      name,
      arguments: effect.arguments,
      idempotencyKey,
      conversationId: address.key,
      ...(effect.pin ? { agent: effect.pin.name, version: effect.pin.version } : {}),
    };
    const persist = <P, R>(contract: Contract<P, R>, given: P) =>
      persistentCall(broker, contract, given, { meta }, clock, contract.policy.timeoutMs, signal);
    if (effect.effect !== 'once')
      return await persist(callTool, params).then(
        ({ content, failed }) => report(content, failed),
        error => refused(toTroupeError(error)),
      );
    // Before a crash, or when the call broke off, it may have acted: it is run again only where the tool says for
    // certain that it has not. Where it cannot tell, a person decides.
    let failure: TroupeError | undefined;
    for (let attempt = 0; attempt < ONCE_ATTEMPTS; attempt++) {
      if (recovered || failure) {
        const earlier = await persist(lookUpTool, { name, idempotencyKey }).catch(() => UNKNOWN);
        if (earlier.outcome === 'done') return report(earlier.content, false);
        if (earlier.outcome === 'unknown') break;
        if (failure && !failure.retryable) return refused(failure);
      }
      try {
        const { content, failed } = await call(broker, callTool, params, { meta });
        return report(content, failed);
      } catch (error) {
        failure = toTroupeError(error);
        if (failure.code === 'tool-unknown') return refused(failure);
      }
    }
    return { type: 'ParkTool', key, at: clock.now() };
  };

  const AwaitWindow: Handler<'AwaitWindow'> = async (effect, { signal }) => {
    await sleep(Math.max(0, effect.until - clock.now()), signal);
    return { type: 'CloseWindow', key: effect.key, at: clock.now() };
  };

  return { AskModel, CallTool, AwaitWindow, UndoTool: undoTool(broker, clock) };
}
