/**
 * Undoes a tool call of a cancelled turn by the tool's declared compensation. A result that is not known is asked for
 * by the call's own key: what can be repeated is repeated, what cannot is looked up. Tried a few times, then a person
 * is told.
 */
import type { ServiceBroker } from 'moleculer';
import {
  type ConversationCommand,
  type ConversationEffect,
  UNDO_SUFFIX,
  type UndoneCall,
  type UndoOutcome,
} from '../../actors/conversation/state.ts';
import type { EffectContext, EffectHandler } from '../../actors/runtime/actor-type.ts';
import type { Contract } from '../../lib/contracts/contract.ts';
import { callTool, listTools, lookUpTool } from '../../lib/contracts/platform.contracts.ts';
import { compensationArguments } from '../../lib/core/tools/compensation.ts';
import { withinFence } from '../../lib/core/tools/quarantine.ts';
import { type Clock, fullJitter, sleep } from '../../lib/kernel/clock.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';

type Undo = Extract<ConversationEffect, { type: 'UndoTool' }>;

const ATTEMPTS = 4;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 5_000;

export function undoTool(broker: ServiceBroker, clock: Clock): EffectHandler<Undo, ConversationCommand> {
  return async ({ call }, context) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await undo(broker, clock, call, context).catch((): UndoOutcome => 'failed');
      if (outcome !== 'failed' || attempt === ATTEMPTS)
        return { type: 'ReportUndo', key: call.key, outcome, at: clock.now() };
      await sleep(fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS), context.signal);
    }
  };
}

async function undo(
  broker: ServiceBroker,
  clock: Clock,
  call: UndoneCall,
  { address, idempotencyKey, signal }: EffectContext,
): Promise<UndoOutcome> {
  const { name } = call;
  const meta = { tenantId: address.tenantId };
  const persist = <P, R>(contract: Contract<P, R>, given: P) =>
    persistentCall(broker, contract, given, { meta }, clock, contract.policy.timeoutMs, signal);
  const { tools } = await persist(listTools, { agent: null });
  const compensation = tools.find(tool => tool.name === name)?.compensation;
  const undoing = tools.find(tool => tool.name === compensation);
  if (compensation === undefined) return 'nothing';
  if (!undoing) return 'failed';
  let { content } = call;
  if (content === null) {
    const own = { name, idempotencyKey: idempotencyKey.slice(0, -UNDO_SUFFIX.length) };
    if (call.effect === 'once') {
      const earlier = await persist(lookUpTool, own);
      if (earlier.outcome === 'absent') return 'nothing';
      if (earlier.outcome === 'unknown') return 'failed';
      content = earlier.content;
    } else {
      const again = await persist(callTool, { ...own, arguments: call.arguments });
      if (again.failed) return 'nothing';
      content = again.content;
    }
  }
  const given = compensationArguments(
    undoing.parameters,
    parsed(call.arguments) as Record<string, unknown>,
    parsed(withinFence(content)),
  );
  const done = await persist(callTool, {
    name: compensation,
    arguments: JSON.stringify(given),
    idempotencyKey,
  });
  return done.failed ? 'failed' : 'undone';
}

/** What is no JSON has no fields to take. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text || '{}') ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
