/** Turns what a conversation of a channel answers into parts of the outbound ledger, in the transaction that counts the event. */
import { planOutbound } from '../../lib/core/channels/outbound.ts';
import { type ChannelAnswer, channelAnswersProjection } from '../../lib/core/outbox/channel-answers.ts';
import type { Keeper } from '../../lib/io/consumer.ts';
import { type PlannedPart, planAnswers } from '../../lib/io/sql/channel-outbox.ts';
import type { ThreadRow } from '../../lib/io/sql/channels.ts';

/** Turns answers into the ledger's rows, in the transaction that counts them. */
export const channelAnswerKeeper: Keeper<ChannelAnswer> = {
  projection: channelAnswersProjection,
  write: (tx, tenantId, answers) => planAnswers(tx, tenantId, answers, plan),
  // What was sent was sent: a rebuild plans again, and finds each part there already.
  clear: async () => {},
};

function plan(thread: ThreadRow, answer: ChannelAnswer): readonly PlannedPart[] {
  const { channel, customerId, threadId, conversationId, accountId } = thread;
  const planned = (correlation: string) =>
    planOutbound(
      { channel, accountId: thread.externalId ?? '', customerId, threadId },
      { text: answer.text, ...(channel === 'email' ? replyTo(thread) : {}) },
      {
        nowMs: answer.at,
        lastInboundAtMs: thread.lastInboundMs,
        sentInWindow: thread.sentSince,
        byPerson: answer.byPerson,
        correlation,
      },
    );
  // Each part comes back in echoes and statuses by a name of its own.
  const nameOf = (part: number) => `${answer.messageId}.${part}`;
  const row = (part: number) => ({
    messageId: answer.messageId,
    part,
    conversationId,
    accountId,
    correlation: nameOf(part),
  });
  const whole = planned(nameOf(0));
  if (!whole.ok) return [{ ...row(0), request: '{}', state: 'refused', code: whole.reason }];
  return whole.requests.map(({ part }) => {
    const named = planned(nameOf(part));
    return {
      ...row(part),
      request: JSON.stringify(named.ok ? named.requests[part] : {}),
      state: 'waiting',
      code: null,
    };
  });
}

/** A mail answers a mail: its subject, and the mail that it replies to. */
function replyTo({ subject, lastMessageId }: ThreadRow): { subject: string; replyToId?: string } {
  const words = subject ?? '';
  return {
    subject: /^(re|trả lời)\s*:/i.test(words) ? words : `Re: ${words}`.trim(),
    ...(lastMessageId ? { replyToId: lastMessageId } : {}),
  };
}
