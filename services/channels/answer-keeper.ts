/** Turns what a conversation of a channel answers into parts of the outbound ledger, in the transaction that counts the event. */
import { planAnswer } from '../../lib/core/channels/answer-plan.ts';
import { type ChannelAnswer, channelAnswersProjection } from '../../lib/core/outbox/channel-answers.ts';
import type { Keeper } from '../../lib/io/consumer.ts';
import { type PlannedPart, planAnswers } from '../../lib/io/sql/channel-outbox.ts';
import type { ThreadRow } from '../../lib/io/sql/channels.ts';

/** A person may still send it, from the list of what was not delivered. */
const OPTED_OUT = { state: 'refused', code: 'opted-out' } as const;

/** Turns answers into the ledger's rows, in the transaction that counts them. */
export const channelAnswerKeeper: Keeper<ChannelAnswer> = {
  projection: channelAnswersProjection,
  write: (tx, tenantId, answers) => planAnswers(tx, tenantId, answers, partsOf),
  // What was sent was sent: a rebuild plans again, and finds each part there already.
  clear: async () => {},
};

/** The parts of the ledger that an answer becomes. */
export function partsOf(thread: ThreadRow, answer: ChannelAnswer): readonly PlannedPart[] {
  const { channel, customerId, threadId, conversationId, accountId, template } = thread;
  const { messageId, files } = answer;
  const nameOf = (part: number) => `${messageId}.${part}`;
  return planAnswer(
    { channel, accountId: thread.externalId ?? '', customerId, threadId },
    { text: answer.text, files, ...(channel === 'email' ? replyTo(thread) : {}) },
    {
      nowMs: answer.at,
      lastInboundAtMs: thread.lastInboundMs,
      sentInWindow: thread.sentSince,
      byPerson: answer.byPerson,
    },
    { template, invited: thread.parked > 0 },
    nameOf,
  ).map(({ part, request, state, code }) => ({
    ...{ messageId, part, conversationId, accountId, state, code },
    ...(thread.unaskedRefused && answer.unasked ? OPTED_OUT : {}),
    correlation: nameOf(part),
    request: JSON.stringify(request ?? {}),
  }));
}

/** A mail answers a mail: its subject, and the mail that it replies to. */
function replyTo({ subject, lastMessageId }: ThreadRow): { subject: string; replyToId?: string } {
  const words = subject ?? '';
  return {
    subject: /^(re|trả lời)\s*:/i.test(words) ? words : `Re: ${words}`.trim(),
    ...(lastMessageId ? { replyToId: lastMessageId } : {}),
  };
}
