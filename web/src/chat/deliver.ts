/**
 * Brings one message to its answer. A dropped connection or a platform that restarts is no failure: the same
 * request goes out again, under the same id, until the answer or a lasting refusal comes.
 */
import { Refusal, type StreamedEvent } from './api.ts';
import type { ChatAction } from './reducer.ts';
import type { ChatEvent, Outbox } from './types.ts';
import { isTransient } from './wire.ts';

export interface DeliveryPorts {
  readonly send: (outbox: Outbox, signal: AbortSignal) => AsyncIterable<StreamedEvent>;
  readonly dispatch: (action: ChatAction) => void;
  /** Resolves after that time, or sooner when a retry may succeed (the network is back). */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8_000;
/** About ten minutes of waiting; then the page asks whether to go on. */
const ATTEMPT_LIMIT = 80;

/** Exponential with half of it random, so that the pages of one platform do not return all at once. */
export function waitBefore(attempt: number, random: number, retryAfterSeconds: number | null): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return Math.max(full / 2 + (full / 2) * random, (retryAfterSeconds ?? 0) * 1_000);
}

/** Ends when the message has been dealt with, or quietly when `signal` says so. */
export async function deliver(outbox: Outbox, ports: DeliveryPorts, signal: AbortSignal): Promise<void> {
  const { dispatch, send, wait, random } = ports;
  for (let attempt = 0; attempt < ATTEMPT_LIMIT; attempt++) {
    let retryAfter: number | null = null;
    let lost = true;
    try {
      for await (const { event } of send(outbox, signal)) {
        if (signal.aborted) return;
        if (event.type === 'error' && !event.lasting && isTransient(event.problem)) {
          retryAfter = event.problem.retryAfter;
          // A long answer is no lost connection: the platform only asks to be asked again.
          lost = event.problem.code !== 'timeout';
          break;
        }
        dispatch({ type: 'connection', connection: 'ok' });
        dispatch({ type: 'event', event });
        if (isEnd(event)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal) {
        const { problem } = error;
        if (!isTransient(problem)) {
          dispatch({ type: 'connection', connection: 'ok' });
          dispatch({ type: 'failed', failure: problem });
          return;
        }
        retryAfter = problem.retryAfter;
      }
      // Else the connection failed: browsers name that differently, so whatever is no refusal counts as it.
    }
    if (lost) dispatch({ type: 'connection', connection: 'lost' });
    await wait(waitBefore(attempt, random(), retryAfter), signal);
    if (signal.aborted) return;
  }
  dispatch({ type: 'connection', connection: 'ok' });
  dispatch({ type: 'failed', failure: { code: 'unreachable', title: '' } });
}

/** Whether nothing more is to be waited for: the rest, if any, comes to whoever watches the conversation. */
function isEnd(event: ChatEvent): boolean {
  switch (event.type) {
    case 'message':
      return event.message.role !== 'person';
    case 'status':
      return event.status === 'with-person' || event.status === 'paused';
    case 'interrupted':
      return event.final;
    default:
      return event.type === 'error';
  }
}
