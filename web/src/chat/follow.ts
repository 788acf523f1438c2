/** Follows a conversation's event stream, across lost connections, until told to stop. */
import { type ChatApi, Refusal } from './api.ts';
import { waitBefore } from './deliver.ts';
import { readHistory } from './history.ts';
import type { ChatAction } from './reducer.ts';
import { waitOrOnline } from './wait.ts';

export async function follow(
  api: ChatApi,
  conversationId: string,
  known: () => number,
  dispatch: (action: ChatAction) => void,
  signal: AbortSignal,
): Promise<void> {
  // Bounded by the page's life: it ends when the page hides, sends, or moves to another conversation.
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const seq = await readHistory(api, conversationId, known(), dispatch, signal);
      if (seq === null || signal.aborted) return;
      dispatch({ type: 'connection', connection: 'ok' });
      for await (const { event } of api.watch(conversationId, { seq }, signal)) {
        if (signal.aborted) return;
        attempt = 0;
        dispatch({ type: 'event', event });
        // What was said elsewhere, and what was kept of a broken-off answer, stands in the history.
        if (event.type !== 'delta' && event.type !== 'tool')
          await readHistory(api, conversationId, known(), dispatch, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      // A platform that refuses to be watched still answers; only a lost connection is worth telling.
      if (error instanceof Refusal && error.problem.status < 500 && error.problem.status !== 429) return;
      dispatch({ type: 'connection', connection: 'lost' });
    }
    await waitOrOnline(waitBefore(attempt, Math.random(), null), signal);
  }
}
