/** The model and the tools of the crash test by contract: the conversation's own effect handlers call them. */
import type { ServiceSchema } from 'moleculer';
import type { ChatItem, ModelReply } from '../../lib/contracts/chat.ts';
import { callTool, completeModel, listTools, lookUpTool } from '../../lib/contracts/platform.contracts.ts';
import { sleep } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { answerTo, type LedgerArguments, readPlan, TOOLS, type ToolName } from './plan.ts';

interface LookedUp {
  readonly outcome: 'done' | 'absent';
  readonly content: string;
}
const UNKNOWN = { outcome: 'unknown', content: '' } as const;
const USAGE = { tier: 'STUB', model: 'stub', inputTokens: 1, outputTokens: 1, costMicroUsd: 0 };

/** The next step of the plan that the newest message carries. */
function nextStep(context: readonly ChatItem[]): { reply: ModelReply; thinkMs: number } {
  const from = context.findLastIndex(item => item.role === 'user');
  const last = context[from];
  if (last?.role !== 'user') throw new TroupeError('model-refused', 'No message to answer');
  const plan = readPlan(last.text);
  const round = context.slice(from).filter(item => item.role === 'assistant').length;
  const calls = plan.rounds[round] ?? [];
  const toolCalls = calls.map(({ tool, ms }, index) => {
    const { conversation, message } = plan;
    const ordinal = `${round}.${index}`;
    const args: LedgerArguments = { conversation, message, ordinal, ms };
    return { id: `${message}-${ordinal}`, name: tool, arguments: JSON.stringify(args) };
  });
  const text = toolCalls.length > 0 ? '' : answerTo(plan);
  return { reply: { text, toolCalls, citations: [], usage: USAGE }, thinkMs: plan.thinkMs };
}

export function stubModel(): ServiceSchema {
  return {
    name: 'model',
    actions: {
      complete: action(completeModel, async ctx => {
        const { reply, thinkMs } = nextStep(ctx.params.context);
        await sleep(thinkMs);
        return { reply, effects: TOOLS };
      }),
    },
  };
}

export function stubTools(ledgerUrl: string): ServiceSchema {
  async function ask<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(`${ledgerUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as T;
  }
  return {
    name: 'tools',
    actions: {
      list: action(listTools, async () => ({
        tools: (Object.keys(TOOLS) as ToolName[]).map(name => ({
          name,
          description: 'Writes to the ledger',
          effect: TOOLS[name],
          parameters: {},
        })),
      })),
      call: action(callTool, async ctx => {
        const { name, idempotencyKey } = ctx.params;
        const args = JSON.parse(ctx.params.arguments) as LedgerArguments;
        const request = { ...args, tool: name, key: idempotencyKey };
        return { ...(await ask<{ content: string }>('/execute', request)), failed: false };
      }),
      lookUp: action(lookUpTool, async ctx => {
        const { name, idempotencyKey } = ctx.params;
        if (name === 'ledger_once_silent') return UNKNOWN;
        const found = await ask<LookedUp>('/look-up', { key: idempotencyKey });
        // No trace of it is certain only where a call that is still on its way would be found to repeat this one.
        return name === 'ledger_once_told' && found.outcome === 'absent' ? UNKNOWN : found;
      }),
    },
  };
}
