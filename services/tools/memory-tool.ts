/** The tools by which an agent keeps something about its customer, or forgets it. Whose memory it is says the conversation. */
import type { ParamsOf } from '../../lib/contracts/contract.ts';
import { noteCustomer } from '../../lib/contracts/memory.contracts.ts';
import type { callTool } from '../../lib/contracts/platform.contracts.ts';
import { type Call, call } from '../../lib/moleculer/action.ts';
import { refusal } from './external-tools.ts';

export async function useMemory(
  ctx: Call<ParamsOf<typeof callTool>>,
  forget: boolean,
  given: Readonly<Record<string, unknown>>,
): Promise<{ content: string; failed: boolean }> {
  const { conversationId, idempotencyKey } = ctx.params;
  if (conversationId === undefined)
    return {
      content: refusal('conversation-unknown', 'It is not known whose conversation this is'),
      failed: true,
    };
  const { fact, summary } = given as { fact?: string; summary?: string };
  const { remembered } = await call(ctx, noteCustomer, {
    conversationId,
    idempotencyKey,
    ...(fact === undefined ? {} : { fact }),
    ...(summary === undefined ? {} : { summary }),
    ...(forget ? { forget } : {}),
  });
  if (forget) return { content: JSON.stringify({ ok: true, result: { forgotten: true } }), failed: false };
  if (remembered) return { content: JSON.stringify({ ok: true, result: { remembered } }), failed: false };
  return {
    content: refusal('consent-missing', 'The customer has not agreed that anything is remembered'),
    failed: true,
  };
}
