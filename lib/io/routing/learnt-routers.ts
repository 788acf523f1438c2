/**
 * What the routers of tenants have learnt, as a node knows it: read once, then from memory, looked at again in the
 * background while it is used. Words seen here are added to those that all nodes have seen.
 */
import {
  type LearntRouter,
  type RoutePolicy,
  type RunningCanary,
  routerFromPrior,
} from '../../core/routing/learnt-router.ts';
import { emptySketch, type NoveltySketch, noveltyOf, remember } from '../../core/routing/request-features.ts';
import { ROUTER_PRIOR } from '../../core/routing/weights-router-prior.ts';
import type { Clock } from '../../kernel/clock.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { Database } from '../database.ts';
import { mergeVocabulary, readPolicy, readRouter, readVocabulary } from '../sql/routing.ts';

export interface KnownRouter {
  readonly router: LearntRouter;
  readonly inForce: RoutePolicy;
  readonly canary: RunningCanary | null;
}

interface Entry {
  known: KnownRouter;
  words: NoveltySketch;
  unsaid: boolean;
  freshUntilMs: number;
  loading: Promise<void> | undefined;
}

const FRESH_MS = 5_000;
const MOST_TENANTS = 2_000;

export const UNTAUGHT: LearntRouter = routerFromPrior(ROUTER_PRIOR);

export class LearntRouters {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();

  constructor(ports: { database: Database; clock: Clock; log: Log }) {
    this.#database = ports.database;
    this.#clock = ports.clock;
    this.#log = ports.log;
  }

  /** Waits only the first time a tenant is met, or where that failed. */
  async of(tenantId: string): Promise<KnownRouter> {
    const entry = this.#entry(tenantId);
    if (entry.freshUntilMs === Number.NEGATIVE_INFINITY) await this.#load(tenantId, entry);
    else this.#refresh(tenantId, entry);
    return entry.known;
  }

  /** At once: what is known now, the shared prior for a tenant not met before. */
  peek(tenantId: string): KnownRouter {
    const entry = this.#entry(tenantId);
    this.#refresh(tenantId, entry);
    return entry.known;
  }

  /** Share of the text's words that the tenant's requests have not had; from then on they have. */
  noveltyOf(tenantId: string, text: string): number {
    const entry = this.#entry(tenantId);
    const novelty = noveltyOf(entry.words, text);
    if (novelty > 0) {
      entry.words = remember(entry.words, text);
      entry.unsaid = true;
    }
    return novelty;
  }

  /** The next look waits for what the database says. */
  expire(tenantId: string): void {
    const entry = this.#entries.get(tenantId);
    if (entry) entry.freshUntilMs = Number.NEGATIVE_INFINITY;
  }

  #entry(tenantId: string): Entry {
    let entry = this.#entries.get(tenantId);
    if (!entry) {
      if (this.#entries.size >= MOST_TENANTS) this.#entries.delete(this.#entries.keys().next().value!);
      entry = {
        known: { router: UNTAUGHT, inForce: {}, canary: null },
        words: emptySketch(),
        unsaid: false,
        freshUntilMs: Number.NEGATIVE_INFINITY,
        loading: undefined,
      };
      this.#entries.set(tenantId, entry);
    }
    return entry;
  }

  #refresh(tenantId: string, entry: Entry): void {
    if (entry.freshUntilMs > this.#clock.monotonic()) return;
    this.#load(tenantId, entry).catch((error: unknown) =>
      this.#log.warn('router.refresh-failed', { tenantId, ...describeError(error) }),
    );
  }

  #load(tenantId: string, entry: Entry): Promise<void> {
    entry.loading ??= this.#read(tenantId, entry).finally(() => {
      entry.loading = undefined;
    });
    return entry.loading;
  }

  async #read(tenantId: string, entry: Entry): Promise<void> {
    const { version } = entry.known.router;
    const said = entry.unsaid ? entry.words.bits : undefined;
    entry.unsaid = false;
    try {
      const read = await this.#database.withTenant(tenantId, async tx => ({
        router: await readRouter(tx, version),
        policy: await readPolicy(tx),
        bits: said ? await mergeVocabulary(tx, tenantId, said) : await readVocabulary(tx),
      }));
      const { running } = read.policy;
      entry.known = {
        router: read.router ?? entry.known.router,
        inForce: read.policy.inForce,
        canary: running ? { id: running.canaryId, share: running.share, candidate: running.candidate } : null,
      };
      const { bits } = read;
      if (bits) entry.words = { bits: entry.words.bits.map((byte, i) => byte | (bits[i] ?? 0)) };
      entry.freshUntilMs = this.#clock.monotonic() + FRESH_MS;
    } catch (error) {
      entry.unsaid ||= said !== undefined;
      throw error;
    }
  }
}
