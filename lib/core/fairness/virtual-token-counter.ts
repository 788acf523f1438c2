/**
 * Fair scheduling of model calls across tenants by virtual token counters (Sheng et al., "Fairness in Serving
 * Large Language Models", OSDI 2024), weighted by plan. Deterministic: no clock, no randomness inside.
 *
 * Invariants
 * 1. The next call is of the queued tenant with the least counter.
 * 2. A counter grows by (inputWeight * input + outputWeight * output) / plan weight: input at dispatch, output
 *    as it streams. It never shrinks, so a cancelled call stays paid.
 * 3. A tenant that returns is lifted to the least counter of those queued, or, where none is, to the counter
 *    that the queue was left with: idling saves nothing.
 * 4. Work-conserving: `next` gives a call whenever a slot is free and any tenant may run.
 * Two tenants that stay backlogged differ in weighted service by at most 2 * max(w_p * L_in, w_q * M), M being
 * the tokens that the running calls can hold.
 */
import { invariant } from '../../kernel/errors.ts';
import { IndexedHeap } from './indexed-heap.ts';

export interface FairQueueOptions {
  /** Calls that may run at once. */
  readonly slots: number;
  /** Price of a token read and of a token written, in service units. */
  readonly inputWeight: number;
  readonly outputWeight: number;
  /** Calls that may wait, per tenant. */
  readonly maxQueued: number;
  /** Calls that one tenant may run at once unless its plan says otherwise; the rest waits though slots are free. */
  readonly maxRunning: number;
  /** Tenants remembered; beyond it the idle ones who would be lifted anyway are forgotten. */
  readonly maxTenants: number;
}

export const FAIR_QUEUE: FairQueueOptions = {
  slots: 64,
  inputWeight: 1,
  outputWeight: 2,
  maxQueued: 1_000,
  maxRunning: Number.POSITIVE_INFINITY,
  maxTenants: 100_000,
};

export interface QueuedCall<T> {
  readonly id: string;
  readonly tenant: string;
  readonly inputTokens: number;
  readonly enqueuedAtMs: number;
  /** Dropped, not run, when it is still queued at this time. */
  readonly deadlineMs: number;
  readonly payload: T;
}

interface Tenant<T> {
  readonly key: string;
  weight: number;
  maxRunning: number;
  counter: number;
  running: number;
  readonly waiting: QueuedCall<T>[];
  /** Calls before this position of `waiting` have left. */
  head: number;
}

export interface TenantView {
  readonly counter: number;
  readonly queued: number;
  readonly running: number;
}

export class FairQueue<T> {
  private readonly options: FairQueueOptions;
  private readonly tenants = new Map<string, Tenant<T>>();
  /** Tenants with a call waiting that may run, by counter. */
  private readonly ready = new IndexedHeap<Tenant<T>>();
  private readonly withdrawn = new Set<string>();
  private runningTotal = 0;
  private queuedTotal = 0;
  /** Who left the queue empty. */
  private last: Tenant<T> | null = null;
  private readonly expired: (call: QueuedCall<T>) => void;

  /** `expired` hears of each call dropped at its deadline. */
  constructor(options: Partial<FairQueueOptions> = {}, expired: (call: QueuedCall<T>) => void = () => {}) {
    this.expired = expired;
    this.options = { ...FAIR_QUEUE, ...options };
    invariant(this.options.slots > 0, 'a fair queue needs a slot');
  }

  get queued(): number {
    return this.queuedTotal;
  }

  get running(): number {
    return this.runningTotal;
  }

  /**
   * False: the tenant's queue is full, the call is refused. `weight` is the plan's share, > 0; `maxRunning` what it may
   * run at once.
   */
  enqueue(call: QueuedCall<T>, weight = 1, maxRunning = this.options.maxRunning): boolean {
    invariant(weight > 0, 'a plan weight is positive');
    const tenant = this.tenantOf(call.tenant);
    if (this.queuedOf(tenant) >= this.options.maxQueued) return false;
    tenant.weight = weight;
    tenant.maxRunning = maxRunning;
    if (this.queuedOf(tenant) === 0) this.lift(tenant);
    tenant.waiting.push(call);
    this.queuedTotal++;
    this.refresh(tenant);
    return true;
  }

  /** The next call to run, charged for its input; null when no slot is free or nothing may run. */
  next(nowMs: number): QueuedCall<T> | null {
    while (this.runningTotal < this.options.slots) {
      const tenant = this.ready.peek();
      if (!tenant) return null;
      const call = tenant.waiting[tenant.head++]!;
      if (!this.withdrawn.delete(call.id)) {
        this.queuedTotal--;
        if (call.deadlineMs > nowMs) {
          tenant.running++;
          this.runningTotal++;
          this.charge(tenant, this.options.inputWeight * call.inputTokens);
          return call;
        }
        this.expired(call);
      }
      this.compact(tenant);
      this.refresh(tenant);
    }
    return null;
  }

  /** Output tokens that streamed to a running call of the tenant. */
  streamed(tenantKey: string, outputTokens: number): void {
    const tenant = this.tenants.get(tenantKey);
    if (tenant) this.charge(tenant, this.options.outputWeight * outputTokens);
  }

  /** A running call of the tenant ended, however it ended. */
  finished(tenantKey: string): void {
    const tenant = this.tenants.get(tenantKey);
    invariant(tenant && tenant.running > 0, 'only a running call can finish');
    tenant.running--;
    this.runningTotal--;
    this.refresh(tenant);
  }

  /** Takes a waiting call out (its caller went away). The caller says so once, and only of a waiting call. */
  withdraw(call: QueuedCall<T>): void {
    if (this.withdrawn.has(call.id)) return;
    this.withdrawn.add(call.id);
    this.queuedTotal--;
  }

  view(tenantKey: string): TenantView | null {
    const tenant = this.tenants.get(tenantKey);
    if (!tenant) return null;
    return { counter: tenant.counter, queued: this.queuedOf(tenant), running: tenant.running };
  }

  private charge(tenant: Tenant<T>, service: number): void {
    tenant.counter += service / tenant.weight;
    this.compact(tenant);
    this.refresh(tenant);
  }

  private lift(tenant: Tenant<T>): void {
    tenant.counter = Math.max(tenant.counter, this.ready.peekPriority() ?? this.last?.counter ?? 0);
  }

  /** Puts the tenant where it belongs among the ready, or takes it out. */
  private refresh(tenant: Tenant<T>): void {
    if (this.queuedOf(tenant) > 0 && tenant.running < tenant.maxRunning)
      this.ready.set(tenant, tenant.counter);
    else if (this.ready.remove(tenant.key) && this.ready.size === 0) this.last = tenant;
  }

  private compact(tenant: Tenant<T>): void {
    if (tenant.head < 64 || tenant.head * 2 < tenant.waiting.length) return;
    tenant.waiting.splice(0, tenant.head);
    tenant.head = 0;
  }

  private queuedOf(tenant: Tenant<T>): number {
    return tenant.waiting.length - tenant.head;
  }

  private tenantOf(key: string): Tenant<T> {
    const known = this.tenants.get(key);
    if (known) return known;
    if (this.tenants.size >= this.options.maxTenants) this.forgetIdle();
    const fresh: Tenant<T> = {
      key,
      weight: 1,
      maxRunning: this.options.maxRunning,
      counter: 0,
      running: 0,
      waiting: [],
      head: 0,
    };
    this.tenants.set(key, fresh);
    return fresh;
  }

  /** Forgets idle tenants whose counter is no higher than what a newcomer would be lifted to: nothing is lost. */
  private forgetIdle(): void {
    const floor = this.ready.peekPriority() ?? this.last?.counter ?? 0;
    for (const [key, tenant] of this.tenants)
      if (tenant.running === 0 && this.queuedOf(tenant) === 0 && tenant.counter <= floor)
        this.tenants.delete(key);
  }
}
