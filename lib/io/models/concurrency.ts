/**
 * How many calls of a tenant run at once over all nodes: each holds a token of the coordination port for as long as it
 * runs. Tokens are leases that this node prolongs, so those of a node that dies are free again by themselves.
 */
import { type Clock, fullJitter, sleep } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { Coordination } from '../coordination.ts';

export interface ClusterTokensOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly log: Log;
  /** After it the token of a dead node is free. Milliseconds, default 15,000. */
  readonly ttlMs?: number;
}

const TTL_MS = 15_000;
const LOOK_BASE_MS = 50;
const LOOK_CAP_MS = 400;

export class ClusterTokens {
  readonly #options: ClusterTokensOptions;
  readonly #ttlMs: number;
  /** Keys by holder. */
  readonly #held = new Map<string, string>();
  #renewing = false;

  constructor(options: ClusterTokensOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? TTL_MS;
  }

  /** Resolves with what gives the token back. Rejects with `rate-limited` when none was free in time, or the signal's reason. */
  async take(tenantId: string, most: number, timeMs: number, signal: AbortSignal): Promise<() => void> {
    const { coordination, clock } = this.#options;
    const key = `models:running:${tenantId}`;
    const holder = newId('request');
    const until = clock.monotonic() + timeMs;
    for (let look = 0; !(await coordination.acquire(key, holder, most, this.#ttlMs)); look++) {
      if (clock.monotonic() >= until)
        throw new TroupeError('rate-limited', `${most} model calls of this tenant run already`, {
          retryAfter: 1,
        });
      await sleep(LOOK_BASE_MS + fullJitter(look, LOOK_BASE_MS, LOOK_CAP_MS), signal);
    }
    this.#held.set(holder, key);
    if (!this.#renewing) this.#renewLater();
    if (signal.aborted) {
      this.#give(holder);
      throw signal.reason;
    }
    return () => this.#give(holder);
  }

  #give(holder: string): void {
    const key = this.#held.get(holder);
    if (key === undefined) return;
    this.#held.delete(holder);
    this.#options.coordination.release(key, holder).catch(this.#failed);
  }

  #renewLater(): void {
    this.#renewing = true;
    this.#options.clock.after(this.#ttlMs / 3, () => {
      this.#renewing = this.#held.size > 0;
      if (!this.#renewing) return;
      for (const [holder, key] of this.#held)
        this.#options.coordination.renew(key, holder, this.#ttlMs).catch(this.#failed);
      this.#renewLater();
    });
  }

  readonly #failed = (error: unknown) => this.#options.log.warn('models.token-failed', describeError(error));
}
