/**
 * Calls an action that is safe to repeat until it is answered: nodes that die, stop or hand over in the middle are
 * asked again elsewhere. The attempts are limited by time and spaced with full jitter.
 */
import type { CallingOptions } from 'moleculer';
import type { Contract } from '../contracts/contract.ts';
import { type Clock, fullJitter, sleep } from '../kernel/clock.ts';
import type { TroupeError } from '../kernel/errors.ts';
import { call } from './action.ts';
import { toTroupeError } from './errors.ts';

const AGAIN: ReadonlySet<string> = new Set(['unavailable', 'activation-stale', 'activation-elsewhere']);

interface Caller {
  call(name: string, params: unknown, options?: CallingOptions): Promise<unknown>;
}

/** Rejects with the last error when `limitMs` has passed or `signal` says so, at once when asking again is useless. */
export async function persistentCall<P, R>(
  caller: Caller,
  contract: Contract<P, R>,
  params: P,
  options: CallingOptions,
  clock: Clock,
  limitMs: number,
  signal?: AbortSignal,
): Promise<R> {
  const end = clock.monotonic() + limitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call(caller, contract, params, options);
    } catch (raw) {
      const error: TroupeError = toTroupeError(raw);
      const pauseMs = 20 + fullJitter(attempt, 50, 1_000);
      if (!AGAIN.has(error.code) || signal?.aborted || clock.monotonic() + pauseMs > end) throw error;
      await sleep(pauseMs);
    }
  }
}
