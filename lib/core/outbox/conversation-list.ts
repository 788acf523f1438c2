/** One line for each conversation, without a word of what was said. Each part remembers which row it is from. */
import { TroupeError } from '../../kernel/errors.ts';
import { type Occurred, type Projection, timeOf } from './projection.ts';

export type ListedStatus = 'open' | 'with-person' | 'paused';

export interface ConversationChange {
  readonly conversationId: string;
  readonly status: ListedStatus;
  readonly statusSeq: number;
  readonly wantsPerson: boolean;
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
      statusSeq: 0,
      wantsPerson: false,
      personSeq: 0,
      turns: 0,
      lastMessageAt: timeOf(occurred),
      lastMessageLength: 0,
      messageSeq: 0,
    };
    changes.set(conversationId, { ...before, ...changeOf(occurred) });
  },
};

function changeOf(occurred: Occurred): Partial<ConversationChange> {
  const { event, seq } = occurred;
  const status = (to: ListedStatus) => ({ status: to, statusSeq: seq });
  const person = (wantsPerson: boolean) => ({ wantsPerson, personSeq: seq });
  const said = (text: unknown) => {
    if (typeof text !== 'string')
      throw new TroupeError('validation-failed', 'A message in the journal has no text');
    return { lastMessageAt: timeOf(occurred), lastMessageLength: text.length, messageSeq: seq };
  };
  switch (event.type) {
    case 'MessageReceived':
    case 'PersonReplied':
      return said(event.text);
    case 'TurnCompleted':
      return said((event.message as { text?: unknown } | undefined)?.text);
    case 'TurnStarted':
      if (!Number.isSafeInteger(event.turn))
        throw new TroupeError('validation-failed', 'A turn in the journal has no number');
      return { turns: event.turn as number };
    case 'PersonWanted':
      return person(true);
    case 'TakenOver':
      return status('with-person');
    case 'HandedBack':
      return { ...status('open'), ...person(false) };
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
