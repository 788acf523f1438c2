/** Brings the page to what the platform has of a conversation. */
import { type ChatApi, Refusal } from './api.ts';
import type { ChatAction } from './reducer.ts';

/** Pages of history that are read at once; a longer conversation is read on from there by the next refresh. */
const PAGE_LIMIT = 50;

/** Reads on from a journal position. Gives the new position, or null when there is no such conversation (any more). */
export async function readHistory(
  api: ChatApi,
  conversationId: string,
  after: number,
  dispatch: (action: ChatAction) => void,
  signal: AbortSignal,
): Promise<number | null> {
  let seq = after;
  for (let page = 0; page < PAGE_LIMIT; page++) {
    const view = await api.conversation(conversationId, seq, signal).catch((error: unknown) => {
      if (error instanceof Refusal && error.problem.status === 404) return null;
      throw error;
    });
    if (view === null) return null;
    if (signal.aborted) return seq;
    dispatch({ type: 'history', view });
    const advanced = view.seq > seq;
    seq = Math.max(seq, view.seq);
    if (!view.more || !advanced) break;
  }
  return seq;
}
