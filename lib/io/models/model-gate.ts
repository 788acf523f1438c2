/**
 * The gate before the models of a node: lets calls in (plan's rate, fair turn among tenants, budget), picks where each
 * is asked, and settles what it cost. In process and without I/O while allotments last.
 */

import type { DegradationLevel } from '../../core/fairness/degradation.ts';
import { FairQueue, type QueuedCall } from '../../core/fairness/virtual-token-counter.ts';
import { type Candidate, type Catalog, type CatalogModel, candidatesFor } from '../../core/models/catalog.ts';
import { EndpointPool } from '../../core/models/endpoint-pool.ts';
import { HEDGE, HedgeClock } from '../../core/models/hedging.ts';
import { RetryBudget } from '../../core/models/patience.ts';
import { notOffered, refuseForeign } from '../../core/models/residency.ts';
import { type Plan, planOf } from '../../core/pricing/plans.ts';
import { worstCostOf } from '../../core/pricing/price-list.ts';
import { SAFE_OUTPUT_TOKENS } from '../../core/pricing/safe-mode.ts';
import { TIERS } from '../../core/routing/early-exit.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { AdmittedCall, type CallRequest } from './admitted-call.ts';
import type { ClusterTokens } from './concurrency.ts';
import { LoadWatch } from './load-watch.ts';
import { limited, PlanLimits } from './plan-limits.ts';
import type { Spending } from './spending.ts';
import { NO_CATALOG, ownCandidates, type TenantEndpoints } from './tenant-endpoints.ts';

export interface ModelGateOptions {
  readonly catalog: Catalog;
  readonly spending: Spending;
  readonly clock: Clock;
  /** Calls of models that run at once on this node. */
  readonly slots: number;
  /** Longest wait for the first byte of one attempt, milliseconds. */
  readonly attemptMs: number;
  /** Second calls beside slow ones that each call earns; 0 makes none. */
  readonly hedgeShare: number;
  readonly log: Log;
  readonly endpoints: TenantEndpoints;
  /** What bounds the running calls of a tenant over all nodes; undefined where this is the only one. */
  readonly tokens: ClusterTokens | undefined;
  /** Where this node and its stores are; undefined where nothing says so. */
  readonly region?: string | undefined;
  /** Hears of each call that was to leave its region and may not. */
  readonly regionRefused: (tenantId: string, refusal: TroupeError) => void;
}

interface Waiting {
  begun: boolean;
  wake: (() => void) | undefined;
}

const SHED_SECONDS = 5;
const DAY_MS = 86_400_000;

export class ModelGate {
  readonly pool = new EndpointPool();
  readonly retries = new RetryBudget();
  readonly #options: ModelGateOptions;
  readonly #queue: FairQueue<Waiting>;
  readonly #limits: PlanLimits;
  /** When each waiting call began to wait, the longest first. */
  readonly #waitingSince = new Set<{ readonly ms: number }>();
  readonly #watch: LoadWatch;
  #pricedOn = 0;
  readonly #candidates = new Map<string, readonly Candidate[]>();
  readonly #hedges = new Map<string, HedgeClock>();

  constructor(options: ModelGateOptions) {
    this.#options = options;
    const { clock, log, slots } = options;
    this.#limits = new PlanLimits(clock);
    this.#watch = new LoadWatch({
      clock,
      log,
      load: () => {
        const [longest] = this.#waitingSince;
        return {
          slotsBusy: this.#queue.running / slots,
          waitMs: longest ? clock.monotonic() - longest.ms : 0,
        };
      },
    });
    this.#queue = new FairQueue<Waiting>({ slots: options.slots }, ({ payload }) => run(payload));
  }

  get attemptMs(): number {
    return this.#options.attemptMs;
  }

  /** What is given up under the present load. */
  get level(): DegradationLevel {
    return this.#watch.level;
  }

  close(): void {
    this.#watch.close();
  }

  get running(): number {
    return this.#queue.running;
  }

  get queued(): number {
    return this.#queue.queued;
  }

  /**
   * Rejects with `model-unknown`, `rate-limited`, `budget-exhausted`, `overloaded` (it would wait too long) or the
   * signal's reason. What is admitted must be ended.
   */
  async admit(request: CallRequest): Promise<AdmittedCall> {
    const { clock, spending, endpoints, tokens } = this.#options;
    const { tenantId, inputTokens } = request;
    const own = request.only ?? endpoints.now(tenantId) ?? (await endpoints.of(tenantId));
    const safe = (spending.safeNow(tenantId) ?? { by: await spending.safeMode(request) }).by;
    const asked = safe && request.capability === 'chat' ? this.#smallest(request, own) : request;
    const candidates = this.withinRegion(tenantId, () => {
      refuseForeign(this.#options.region, request.region);
      return this.#candidatesOf(asked, own);
    });
    const plan = planOf(request.plan);
    let output = Number.POSITIVE_INFINITY;
    for (const { model } of candidates)
      output = Math.min(
        output,
        safe ? SAFE_OUTPUT_TOKENS : output,
        request.outputTokens ?? this.#defaultOutput(model),
        model.mostOutputTokens,
      );
    this.#limits.take(tenantId, plan, inputTokens + output);
    let worst = 0;
    for (const { price } of candidates) worst = Math.max(worst, worstCostOf(price, inputTokens, output));
    const { agent: agentId, conversationId, customerId } = request;
    const subject = { tenantId, agentId, conversationId, customerId, plan: request.plan };
    const reserved = spending.reserveNow(subject, worst) ?? (await spending.reserve(subject, worst));
    let giveToken: (() => void) | undefined;
    try {
      if (tokens) giveToken = await tokens.take(tenantId, plan.mostRunning, request.timeMs, request.signal);
      const turn = this.#turn(request, plan);
      if (turn) await turn;
    } catch (error) {
      giveToken?.();
      reserved.settle(0);
      throw error;
    }
    return new AdmittedCall({
      request,
      candidates,
      outputTokens: output,
      safeModeBy: safe?.account,
      reserved,
      spending,
      clock,
      pool: this.pool,
      streamed: tokens => this.#queue.streamed(tenantId, tokens),
      leave: () => {
        giveToken?.();
        this.#queue.finished(tenantId);
        this.#pump();
      },
    });
  }

  /** The same call for the smallest tier that may answer it, whatever model it names. */
  #smallest(request: CallRequest, own: Catalog): CallRequest {
    const now = this.#options.clock.now();
    for (const tier of TIERS) {
      const wanted = { tier };
      const { capability, region } = request;
      const catalog = request.only ? NO_CATALOG : this.#options.catalog;
      if (
        ownCandidates(own, wanted, capability, region, now).length > 0 ||
        candidatesFor(catalog, wanted, capability, region, now).length > 0
      )
        return { ...request, wanted };
    }
    return request;
  }

  #defaultOutput({ defaultOutputTokens }: CatalogModel): number {
    return this.level.shortAnswers ? Math.ceil(defaultOutputTokens / 2) : defaultOutputTokens;
  }

  /** What `decide` gives; its refusal to leave a region is told before it is thrown. */
  withinRegion<T>(tenantId: string, decide: () => T): T {
    try {
      return decide();
    } catch (error) {
      if (error instanceof TroupeError && error.code === 'region-refused')
        this.#options.regionRefused(tenantId, error);
      throw error;
    }
  }

  /** Throws `model-unknown`, or `region-refused` where it is offered in other regions only. */
  #candidatesOf({ wanted, capability, region, only }: CallRequest, own: Catalog): readonly Candidate[] {
    const now = this.#options.clock.now();
    const brought = ownCandidates(own, wanted, capability, region, now);
    if (brought.length > 0) return brought;
    const { model, tier } = wanted;
    const what = `${capability} model ${model ?? `of tier ${tier}`}`;
    if (only) throw notOffered(region ?? 'its region', `The tenant's own ${what}`);
    const key = `${capability} ${region ?? ''} ${tier ?? ''} ${model ?? ''}`;
    const day = Math.floor(now / DAY_MS);
    if (day !== this.#pricedOn) this.#candidates.clear(); // prices change with the day
    this.#pricedOn = day;
    const known = this.#candidates.get(key);
    if (known) return known;
    const { catalog } = this.#options;
    const candidates = candidatesFor(catalog, wanted, capability, region, now);
    if (candidates.length === 0 && region !== null)
      if (
        [
          ...candidatesFor(catalog, wanted, capability, null, now),
          ...ownCandidates(own, wanted, capability, null, now),
        ].length > 0
      )
        throw notOffered(region, `A ${what}`);
    if (candidates.length === 0) throw new TroupeError('model-unknown', `No ${what} is offered here`);
    this.#candidates.set(key, candidates); // as many as the catalogue and the regions have
    return candidates;
  }

  hedgeOf(route: string): HedgeClock {
    let clock = this.#hedges.get(route);
    if (!clock) {
      clock = new HedgeClock({ ...HEDGE, budget: this.#options.hedgeShare });
      this.#hedges.set(route, clock);
    }
    return clock;
  }

  /** Undefined when it is the call's turn already; else resolves then. */
  #turn({ tenantId, inputTokens, timeMs, signal }: CallRequest, plan: Plan): Promise<void> | undefined {
    const now = this.#options.clock.monotonic();
    const payload: Waiting = { begun: false, wake: undefined };
    const call = {
      id: newId('request'),
      tenant: tenantId,
      inputTokens,
      enqueuedAtMs: now,
      deadlineMs: now + timeMs,
      payload,
    };
    if (this.level.refusesNew && this.#queue.queued > 0)
      throw new TroupeError('overloaded', 'The models are at their limit', { retryAfter: SHED_SECONDS });
    const waiting = this.#queue.view(tenantId)?.queued ?? 0;
    if (waiting >= plan.mostQueued || !this.#queue.enqueue(call, plan.weight, plan.mostRunning))
      throw limited(`${waiting} model calls of this tenant wait already`, 1_000);
    this.#pump();
    return payload.begun ? undefined : this.#wait(call, timeMs, signal);
  }

  async #wait(call: QueuedCall<Waiting>, timeMs: number, signal: AbortSignal): Promise<void> {
    const { payload } = call;
    const since = { ms: call.enqueuedAtMs };
    this.#waitingSince.add(since);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    payload.wake = resolve;
    const leave = () => {
      if (payload.begun) return;
      this.#queue.withdraw(call);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    const late = this.#options.clock.after(timeMs, () => {
      if (payload.begun) return;
      this.#queue.withdraw(call);
      reject(
        new TroupeError('overloaded', 'The models had no room for this call in time', { retryAfter: 2 }),
      );
    });
    try {
      await promise;
    } finally {
      late.cancel();
      this.#waitingSince.delete(since);
      signal.removeEventListener('abort', leave);
    }
  }

  #pump(): void {
    const now = this.#options.clock.monotonic();
    for (let call = this.#queue.next(now); call; call = this.#queue.next(now)) run(call.payload);
  }
}

function run(call: Waiting): void {
  call.begun = true;
  call.wake?.();
}
