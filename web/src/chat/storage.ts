/** What outlives a reload: which conversation, the message that has no answer, the draft. */
import type { Outbox, Rating, Usage } from './types.ts';
import { parseJson } from './wire.ts';

export interface Remembered {
  readonly conversationId: string | null;
  readonly outbox: Outbox | null;
  readonly usage: Readonly<Record<string, Usage>>;
  readonly ratings: Readonly<Record<string, Rating>>;
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export const CHAT = 'troupe.chat';
const DRAFT = 'troupe.draft';
const NOTHING: Remembered = { conversationId: null, outbox: null, usage: {}, ratings: {} };

/** A browser may refuse storage (private windows, full disk): the chat then works until the reload. */
export function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

export function recall(store: Store): Remembered {
  const kept = attempt(() => store.getItem(CHAT), null);
  const value = kept === null ? null : parseJson(kept);
  if (typeof value !== 'object' || value === null) return NOTHING;
  const { conversationId, outbox, usage, ratings } = value as Partial<Remembered>;
  const whole = typeof outbox?.messageId === 'string' && typeof outbox.text === 'string';
  return {
    conversationId: typeof conversationId === 'string' ? conversationId : null,
    outbox: whole
      ? {
          messageId: outbox.messageId,
          text: outbox.text,
          ...(Array.isArray(outbox.attachments) ? { attachments: outbox.attachments } : {}),
          conversationId: outbox.conversationId ?? null,
          acceptedAs: outbox.acceptedAs ?? null,
          failure: outbox.failure ?? null,
        }
      : null,
    usage: typeof usage === 'object' && usage !== null ? usage : {},
    ratings: typeof ratings === 'object' && ratings !== null ? ratings : {},
  };
}

export function remember(store: Store, { conversationId, outbox, usage, ratings }: Remembered): void {
  attempt(() => store.setItem(CHAT, JSON.stringify({ conversationId, outbox, usage, ratings })), undefined);
}

export function recallDraft(store: Store): string {
  return attempt(() => store.getItem(DRAFT), null) ?? '';
}

export function rememberDraft(store: Store, draft: string): void {
  attempt(() => (draft === '' ? store.removeItem(DRAFT) : store.setItem(DRAFT, draft)), undefined);
}
