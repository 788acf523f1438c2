/** Follows a conversation while nothing is being sent: answers begun elsewhere, and what a person writes. */
import { type Dispatch, useEffect, useRef } from 'react';
import type { ChatApi } from './api.ts';
import { follow } from './follow.ts';
import type { ChatAction } from './reducer.ts';
import type { ChatState } from './types.ts';

export function useWatch(
  api: ChatApi,
  state: ChatState,
  active: boolean,
  dispatch: Dispatch<ChatAction>,
): void {
  const { conversationId } = state;
  const seq = useRef(state.seq);
  seq.current = state.seq;

  useEffect(() => {
    if (!active || !conversationId) return;
    const stop = new AbortController();
    void follow(api, conversationId, () => seq.current, dispatch, stop.signal);
    return () => stop.abort();
  }, [api, active, conversationId, dispatch]);
}
