/** What a person has begun to write in each conversation: it waits there, in this tab, until it is sent. */
import { attempt } from '../chat/storage.ts';
import { parseJson } from '../chat/wire.ts';
import type { Writing } from './types.ts';

export interface Drafts {
  readonly words: Readonly<Record<Writing, string>>;
  /** What went out last and was not heard to arrive: sent again unchanged, it goes under the same id. */
  readonly tried: { readonly key: string; readonly id: string } | null;
}

type Store = Pick<Storage, 'getItem' | 'setItem'>;

export const DRAFTS = 'troupe.drafts';
/** Conversations; the longest ago leaves first. */
const LIMIT = 50;
export const NO_DRAFTS: Drafts = { words: { reply: '', note: '', whisper: '' }, tried: null };

function all(store: Store): [string, Drafts][] {
  const kept = parseJson(attempt(() => store.getItem(DRAFTS), null) ?? '[]');
  return Array.isArray(kept) ? (kept as [string, Drafts][]) : [];
}

export function draftsOf(store: Store, conversationId: string): Drafts {
  return all(store).find(([id]) => id === conversationId)?.[1] ?? NO_DRAFTS;
}

export function keepDrafts(store: Store, conversationId: string, drafts: Drafts): void {
  const others = all(store).filter(([id]) => id !== conversationId);
  const empty = drafts.tried === null && Object.values(drafts.words).every(text => text === '');
  const now: [string, Drafts][] = empty ? others : [...others, [conversationId, drafts]];
  // Without storage a draft lasts as long as its conversation is open.
  attempt(() => store.setItem(DRAFTS, JSON.stringify(now.slice(-LIMIT))), undefined);
}
