/** One line for each conversation, without a word of what was said. Each part remembers which row it is from. */
import { TroupeError } from '../../kernel/errors.ts';
import { type Occurred, type Projection, timeOf } from './projection.ts';

export type ListedStatus = 'open' | 'with-person' | 'paused';

export interface ConversationChange {
  readonly conversationId: string;
  readonly status: ListedStatus;
  /** Whose it is: whoever has it or was asked to take it; null for nobody in particular. */
  readonly assignee: string | null;
  readonly assigneeSeq: number;
  /** Since when the customer has had no answer, milliseconds since the epoch; null while nothing is owed. */
  readonly unansweredSince: number | null;
  readonly unansweredSeq: number;
  /** Row of an answer: what was owed before it is not owed any more. */
  readonly answeredSeq: number;
  readonly statusSeq: number;
  readonly wantsPerson: boolean;
  /** Since when a person is wanted, milliseconds since the epoch; null while none is. */
  readonly waitingSince: number | null;
  /** Row that ended a wait: what was waited for before it is over. */
  readonly waitEndedSeq: number;
  readonly personSeq: number;
  readonly turns: number;
  /** Milliseconds since the epoch; of the first event while nothing has been said. */
  readonly lastMessageAt: number;
  readonly lastMessageLength: number;
  readonly messageSeq: number;
}

const PREFIX = 'conversation/';

export const conversationListProjection: Projection<ConversationChange> = {
  name: 'conversations',
  fold(changes, occurred) {
    if (!occurred.actor.startsWith(PREFIX)) return;
    const conversationId = occurred.actor.slice(PREFIX.length);
    const before = changes.get(conversationId) ?? {
      conversationId,
      status: 'open',
      assignee: null,
      assigneeSeq: 0,
      unansweredSince: null,
      unansweredSeq: 0,
      answeredSeq: 0,
      statusSeq: 0,
      wantsPerson: false,
      waitingSince: null,
      waitEndedSeq: 0,
      personSeq: 0,
      turns: 0,
      lastMessageAt: timeOf(occurred),
      lastMessageLength: 0,
      messageSeq: 0,
    };
    const change = changeOf(occurred);
    // Asked for twice, a person has been waited for since the first time.
    const waitingSince = change.wantsPerson ? (before.waitingSince ?? change.waitingSince) : undefined;
    changes.set(conversationId, {
      ...before,
      ...change,
      ...(waitingSince === undefined ? {} : { waitingSince }),
      // The first message that has had no answer is the one that counts.
      ...(change.unansweredSince
        ? { unansweredSince: before.unansweredSince ?? change.unansweredSince }
        : {}),
    });
  },
};

function changeOf(occurred: Occurred): Partial<ConversationChange> {
  const { event, seq } = occurred;
  const status = (to: ListedStatus) => ({ status: to, statusSeq: seq });
  const assignee = (name: unknown) => ({
    assignee: typeof name === 'string' ? name.slice(0, 200) : null,
    assigneeSeq: seq,
  });
  const answered = { unansweredSince: null, unansweredSeq: seq, answeredSeq: seq };
  const person = (wantsPerson: boolean) => ({
    wantsPerson,
    waitingSince: wantsPerson ? timeOf(occurred) : null,
    personSeq: seq,
  });
  const said = (text: unknown) => {
    if (typeof text !== 'string')
      throw new TroupeError('validation-failed', 'A message in the journal has no text');
    return { lastMessageAt: timeOf(occurred), lastMessageLength: text.length, messageSeq: seq };
  };
  switch (event.type) {
    case 'MessageReceived':
      return { ...said(event.text), unansweredSince: timeOf(occurred), unansweredSeq: seq };
    case 'PersonReplied':
      return { ...said(event.text), ...answered };
    case 'Notified':
      return said(event.text);
    case 'TurnCompleted':
      return { ...said((event.message as { text?: unknown } | undefined)?.text), ...answered };
    case 'TurnStarted':
      if (!Number.isSafeInteger(event.turn))
        throw new TroupeError('validation-failed', 'A turn in the journal has no number');
      return { turns: event.turn as number };
    case 'PersonWanted':
      return person(true);
    case 'TakenOver':
      return { ...status('with-person'), ...assignee(event.by) };
    case 'Assigned':
      return assignee(event.to);
    case 'HandedBack':
      return { ...status('open'), ...assignee(null), ...person(false), waitEndedSeq: seq };
    case 'Paused':
      return status('paused');
    case 'Resumed':
      return status('open');
    case 'Forked': {
      const state = (event.state ?? {}) as { turns?: unknown; wantsPerson?: unknown };
      return {
        turns: Number.isSafeInteger(state.turns) ? (state.turns as number) : 0,
        ...person(typeof state.wantsPerson === 'string'),
      };
    }
    default:
      return {};
  }
}

/** Which conversations of which tenants a batch of journal rows tells of: a hint for lists that are being looked at. */
export function conversationChanges(
  rows: readonly { readonly tenantId: string; readonly actor: string }[],
): readonly { readonly tenantId: string; readonly conversationIds: readonly string[] }[] {
  const byTenant = new Map<string, Set<string>>();
  for (const { tenantId, actor } of rows) {
    if (!actor.startsWith(PREFIX)) continue;
    const ids = byTenant.get(tenantId) ?? new Set();
    byTenant.set(tenantId, ids.add(actor.slice(PREFIX.length)));
  }
  return Array.from(byTenant, ([tenantId, ids]) => ({ tenantId, conversationIds: [...ids] }));
}
