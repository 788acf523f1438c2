/** The chat as the page's components use it: the reducer, joined to the network and to what outlives a reload. */
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { aloneInBrowser, ChatApi, Refusal } from './api.ts';
import { deliver, waitBefore } from './deliver.ts';
import { readHistory } from './history.ts';
import { rate } from './rate.ts';
import { initialState, reduce } from './reducer.ts';
import { recall, remember } from './storage.ts';
import type { AnswerEntry, ChatState, Session, Thumb } from './types.ts';
import { useVisible } from './use-visible.ts';
import { useWatch } from './use-watch.ts';
import { waitOrOnline } from './wait.ts';

export type Opening =
  | { readonly step: 'loading' | 'unreachable' | 'no-tenant' }
  | { readonly step: 'ready'; readonly session: Session };

export interface Chat {
  readonly opening: Opening;
  readonly state: ChatState;
  readonly send: (text: string) => void;
  readonly rate: (entry: AnswerEntry, thumb: Thumb) => void;
  readonly retry: () => void;
  readonly stop: () => void;
  readonly beginAnew: () => void;
}

/** Times that the page asks the platform to stop an answer. */
const STOP_LIMIT = 5;

const api = new ChatApi((input, init) => fetch(input, init), {
  store: localStorage,
  alone: aloneInBrowser,
});

export function useChat(): Chat {
  const [state, dispatch] = useReducer(reduce, initialState);
  const [opening, setOpening] = useState<Opening>({ step: 'loading' });
  const current = useRef(state);
  current.current = state;
  const visible = useVisible();

  useEffect(() => {
    const stop = new AbortController();
    void open(setOpening, dispatch, stop.signal);
    return () => stop.abort();
  }, []);

  // Stands before the effect that sends: a message is remembered before it leaves.
  const { ready, conversationId, outbox, usage, ratings } = state;
  useEffect(() => {
    if (ready) remember(localStorage, { conversationId, outbox, usage, ratings });
  }, [ready, conversationId, outbox, usage, ratings]);

  const sending = ready && outbox && !outbox.failure ? outbox.messageId : null;
  useEffect(() => {
    const message = current.current.outbox;
    if (sending === null || message === null) return;
    const stop = new AbortController();
    const ports = {
      send: api.send.bind(api),
      dispatch,
      wait: waitOrOnline,
      random: Math.random,
    };
    void deliver(message, ports, stop.signal);
    return () => stop.abort();
  }, [sending]);

  useWatch(api, state, ready && visible && sending === null, dispatch);

  // A message that the platform has not accepted yet cannot be stopped: the wish waits for it.
  const accepted = outbox === null || outbox.acceptedAs !== null || state.live !== null;
  const stopOf = state.stopping && accepted ? conversationId : null;
  useEffect(() => {
    if (stopOf === null) return;
    const done = new AbortController();
    void askToStop(stopOf, done.signal);
    return () => done.abort();
  }, [stopOf]);

  const send = useCallback((text: string) => {
    if (text.trim() !== '')
      dispatch({ type: 'submitted', messageId: crypto.randomUUID(), text: text.trim() });
  }, []);
  const rateAnswer = useCallback((entry: AnswerEntry, thumb: Thumb) => {
    const { conversationId: of } = current.current;
    if (of) void rate(api, of, entry, thumb, dispatch);
  }, []);
  const retry = useCallback(() => dispatch({ type: 'retried', messageId: crypto.randomUUID() }), []);
  const stop = useCallback(() => dispatch({ type: 'stopRequested' }), []);
  const beginAnew = useCallback(() => dispatch({ type: 'begunAnew' }), []);
  return { opening, state, send, rate: rateAnswer, retry, stop, beginAnew };
}

async function open(
  setOpening: (opening: Opening) => void,
  dispatch: (action: Parameters<typeof reduce>[1]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const session = await api.session(signal);
      const kept = recall(localStorage);
      dispatch({ type: 'restored', ...kept });
      if (
        kept.conversationId !== null &&
        (await readHistory(api, kept.conversationId, 0, dispatch, signal)) === null
      ) {
        // The platform has other data than when this page was last open: only the unsent words are still true.
        dispatch({ type: 'begunAnew' });
        if (kept.outbox)
          dispatch({ type: 'submitted', messageId: crypto.randomUUID(), text: kept.outbox.text });
      }
      if (signal.aborted) return;
      dispatch({ type: 'opened' });
      setOpening({ step: 'ready', session });
      return;
    } catch (error) {
      if (signal.aborted) return;
      const absent = error instanceof Refusal && error.problem.status === 404;
      setOpening({ step: absent ? 'no-tenant' : 'unreachable' });
      if (absent) return;
    }
    await waitOrOnline(waitBefore(attempt, Math.random(), null), signal);
  }
}

async function askToStop(conversationId: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < STOP_LIMIT && !signal.aborted; attempt++) {
    try {
      await api.cancel(conversationId);
      return;
    } catch (error) {
      // A refusal means that there is nothing to stop any more.
      if (error instanceof Refusal && error.problem.status < 500) return;
    }
    await waitOrOnline(waitBefore(attempt, Math.random(), null), signal);
  }
}
