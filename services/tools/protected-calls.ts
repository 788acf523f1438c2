/**
 * Calls of what is outside, protected per tenant and source: so many at once and no queue, a circuit breaker, and
 * retries with full jitter only where repeating is safe. One layer retries: the caller of the tool does not.
 */
import type { EffectClass } from '../../lib/contracts/chat.ts';
import { type Breaker, CLOSED, enter, leave } from '../../lib/core/tools/breaker.ts';
import { type Clock, fullJitter, sleep } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

export type Protect = <T>(
  key: string,
  call: { readonly effect: EffectClass; readonly timeoutMs: number },
  attempt: (timeoutMs: number) => Promise<T>,
) => Promise<T>;

const AT_ONCE = 8;
const ATTEMPTS: Readonly<Record<EffectClass, number>> = { read: 3, idempotent: 3, once: 1 };
/** For all attempts together: a little less than the limit of `tools.call`. */
const TOTAL_MS = 27_000;
const MOST_KEYS = 10_000;

export function protectCalls(clock: Clock): Protect {
  const breakers = new Map<string, Breaker>();
  const running = new Map<string, number>();

  function settle(key: string, ok: boolean): void {
    const next = leave(breakers.get(key) ?? CLOSED, ok, clock.monotonic());
    if (next === CLOSED) breakers.delete(key);
    else {
      if (breakers.size >= MOST_KEYS) breakers.delete(breakers.keys().next().value!);
      breakers.set(key, next);
    }
  }

  async function once<T>(
    key: string,
    timeoutMs: number,
    attempt: (timeoutMs: number) => Promise<T>,
  ): Promise<T> {
    const entered = enter(breakers.get(key) ?? CLOSED, clock.monotonic());
    if (typeof entered === 'number')
      throw new TroupeError(
        'unavailable',
        'This tool has failed several times in a row and rests for a while',
        {
          retryAfter: Math.ceil(entered / 1_000),
          data: { begun: false },
        },
      );
    if (entered !== CLOSED) breakers.set(key, entered);
    try {
      const result = await attempt(timeoutMs);
      settle(key, true);
      return result;
    } catch (error) {
      // A refusal is an answer: the tool works.
      settle(key, error instanceof TroupeError && !error.retryable);
      throw error;
    }
  }

  return async (key, { effect, timeoutMs }, attempt) => {
    const now = running.get(key) ?? 0;
    if (now >= AT_ONCE)
      throw new TroupeError('overloaded', `${AT_ONCE} calls of this source are under way`, {
        retryAfter: 1,
        data: { begun: false },
      });
    running.set(key, now + 1);
    const end = clock.monotonic() + TOTAL_MS;
    try {
      for (let tried = 1; ; tried++) {
        try {
          return await once(key, Math.min(timeoutMs, end - clock.monotonic()), attempt);
        } catch (error) {
          const wait = fullJitter(tried, 100, 2_000);
          const again = error instanceof TroupeError && error.retryable && error.data.begun !== false;
          if (!again || tried >= ATTEMPTS[effect] || clock.monotonic() + wait + 100 > end) throw error;
          await sleep(wait);
        }
      }
    } finally {
      const left = running.get(key)! - 1;
      if (left === 0) running.delete(key);
      else running.set(key, left);
    }
  };
}
