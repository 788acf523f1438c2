/** A thumb for an answer: shown at once, and taken back when the platform did not get it. */
import type { ChatApi } from './api.ts';
import type { ChatAction } from './reducer.ts';
import type { AnswerEntry, Thumb } from './types.ts';

export async function rate(
  api: Pick<ChatApi, 'rate'>,
  conversationId: string,
  { id, turn }: AnswerEntry,
  thumb: Thumb,
  dispatch: (action: ChatAction) => void,
): Promise<void> {
  dispatch({ type: 'rated', id, rating: thumb });
  try {
    await api.rate(conversationId, turn, thumb);
  } catch {
    // Whatever the reason, the customer may press again: the same thumb twice changes nothing.
    dispatch({ type: 'rated', id, rating: 'failed' });
  }
}

/** Whole answers of the assistant are rated; what a person writes, or was broken off, is not. */
export function isRateable({ kind, partial, turn }: AnswerEntry): boolean {
  return kind === 'assistant' && !partial && turn > 0;
}
