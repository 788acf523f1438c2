/**
 * No call is waited for without end: past its time (the caller's, the contract's, else the broker's) the caller hears
 * `timeout`, wherever the handler is. In place of Moleculer's own, whose timer and five promises a call cost more than
 * the rest of the chain. A handler finds in `ctx.meta.deadline` by when its answer is wanted, over however many calls and
 * nodes it came; what is late already is not begun. Long times are looked at every tenth of a second, all calls at once; short ones have a timer.
 */
import type { ActionSchema, Context, Middleware, ServiceBroker } from 'moleculer';
import type { Clock, Timer } from '../lib/kernel/clock.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import type { Meta, Next } from '../lib/moleculer/action.ts';

const LOOK_MS = 100;
/** Below it a tenth of a second would be too coarse. */
const SHORT_MS = 1_000;

interface Waiting {
  readonly dueAt: number;
  readonly expire: () => void;
}

type Timed = Context<unknown, Meta> & {
  options: { timeout?: number | null };
  startHrTime: [number, number] | null;
};

export function deadlineMiddleware(clock: Clock): Middleware {
  /** By length of time, each in the order in which they run out. */
  const waiting = new Map<number, Set<Waiting>>();
  let looking = false;

  function look(): void {
    const now = clock.monotonic();
    for (const [ms, calls] of waiting) {
      for (const call of calls) {
        if (call.dueAt > now) break;
        calls.delete(call);
        call.expire();
      }
      if (calls.size === 0) waiting.delete(ms);
    }
    looking = waiting.size > 0;
    if (looking) clock.after(LOOK_MS, look);
  }

  /** Gives what ends the waiting. */
  function wait(ms: number, expire: () => void): () => void {
    if (ms < SHORT_MS) {
      const timer: Timer = clock.after(ms, expire);
      return () => timer.cancel();
    }
    // Lengths are rounded up, so that there are few of them: what is left of a caller's time is any fraction.
    const length = Math.ceil(ms / LOOK_MS) * LOOK_MS;
    const calls = waiting.get(length) ?? new Set();
    if (calls.size === 0) waiting.set(length, calls);
    const call = { dueAt: clock.monotonic() + length, expire };
    calls.add(call);
    if (!looking) {
      looking = true;
      clock.after(LOOK_MS, look);
    }
    return () => calls.delete(call);
  }

  function wrap(this: ServiceBroker, next: Next, action: ActionSchema) {
    const name = action.name ?? '';
    const usual = (action as { timeout?: number }).timeout ?? this.options.requestTimeout ?? 0;
    return function inTime(raw: Context): Promise<unknown> {
      const ctx = raw as Timed;
      ctx.options.timeout ??= usual;
      const { timeout } = ctx.options;
      if (!(timeout > 0)) return next(ctx);
      const { meta } = ctx;
      const now = clock.now();
      const given = meta.deadline;
      const ms = given === undefined ? timeout : Math.min(timeout, given - now);
      const late = () => new TroupeError('timeout', `${name} did not answer within ${Math.round(ms)} ms`);
      if (ms <= 0) return Promise.reject(late());
      ctx.options.timeout = ms;
      meta.deadline = now + ms;
      // Of it Moleculer reckons what is left for calls that this one makes.
      ctx.startHrTime ??= process.hrtime();
      return new Promise((resolve, reject) => {
        const over = wait(ms, () => reject(late()));
        const end = () => {
          over();
          // What a callee is given of its caller's meta comes back to the caller: his deadline is his own.
          if (given === undefined) delete meta.deadline;
          else meta.deadline = given;
        };
        next(ctx).then(
          result => {
            end();
            resolve(result);
          },
          (error: unknown) => {
            end();
            reject(error);
          },
        );
      });
    };
  }
  return { name: 'Deadline', localAction: wrap, remoteAction: wrap } as unknown as Middleware;
}
