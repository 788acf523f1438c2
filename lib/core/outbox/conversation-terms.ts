/** The words that were said in conversations, for finding them again: by anybody, of whichever side, notes too. */
import type { Projection } from './projection.ts';

export interface SaidTerms {
  readonly conversationId: string;
  readonly terms: readonly string[];
}

/** Different words of one text that are kept, and letters of each. */
const MOST_TERMS = 400;
const LONGEST_TERM = 40;
/** Words that a search may have: each narrows it down. */
const MOST_SOUGHT = 6;

const PREFIX = 'conversation/';

export const conversationTermsProjection: Projection<SaidTerms> = {
  name: 'conversation-terms',
  fold(changes, { actor, event }) {
    if (!actor.startsWith(PREFIX)) return;
    const text = saidIn(event);
    if (text === undefined) return;
    const conversationId = actor.slice(PREFIX.length);
    const before = changes.get(conversationId)?.terms ?? [];
    changes.set(conversationId, { conversationId, terms: [...new Set([...before, ...termsOf(text)])] });
  },
};

function saidIn(event: Readonly<Record<string, unknown>>): string | undefined {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  switch (event.type) {
    case 'MessageReceived':
    case 'PersonReplied':
    case 'Notified':
    case 'Noted':
      return text(event.text);
    case 'TurnCompleted':
      return text((event.message as { text?: unknown } | undefined)?.text);
    default:
      return undefined;
  }
}

/** Words without case and accents, so that "hoan tien" finds "Hoàn tiền"; numbers and codes as they are written. */
export function termsOf(text: string): string[] {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('đ', 'd');
  const words = plain.match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? [];
  const parts = words.flatMap(word => (word.includes('-') ? [word, ...word.split('-')] : [word]));
  return [...new Set(parts.map(word => word.slice(0, LONGEST_TERM)))].slice(0, MOST_TERMS);
}

/** What a search looks for: every word, of which each may be the beginning of one. */
export function soughtTerms(query: string): readonly string[] {
  const words = query.split(/\s+/).flatMap(part => termsOf(part)[0] ?? []);
  return [...new Set(words)].slice(0, MOST_SOUGHT);
}
