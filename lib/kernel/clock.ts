/**
 * Time and randomness. Everything else takes a `Clock` and `Random`, so that tests and the simulation
 * can drive them; only this file reads the machine's.
 */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a clock that never goes back. For durations and leases. */
  monotonic(): number;
  /** Runs `task` once after `ms`. The timer never keeps the process alive by itself. */
  after(ms: number, task: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const handle = setTimeout(task, ms);
    handle.unref?.();
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * Milliseconds until all who look at something every `ms` look together: a process that wakes once for several does
 * them with warm caches, at a third of the cost. Processes keep different time, so nodes do not look in step.
 */
export function untilLook(clock: Pick<Clock, 'monotonic'>, ms: number): number {
  return ms - (clock.monotonic() % ms);
}

/** A number in [0, 1). */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();

/** Seeded generator (mulberry32): the same seed gives the same numbers. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Full-jitter exponential backoff: uniform in [0, min(cap, base * 2^attempt)) (Brooker 2015). Milliseconds. */
export function fullJitter(
  attempt: number,
  baseMs: number,
  capMs: number,
  random: Random = systemRandom,
): number {
  return random() * Math.min(capMs, baseMs * 2 ** attempt);
}
