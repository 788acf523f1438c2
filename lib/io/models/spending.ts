/**
 * Money and the ledger on one node: reserves before a call on all of its budgets, settles after it, writes what calls
 * cost, in groups. Reserving asks the database only when this node's allotment of a budget is used up.
 *
 * Invariants:
 * 1. What is spent and what is reserved, over all nodes, never exceeds a budget's limit; a call that cost more than
 *    was reserved for it is the only exception, and it is counted whole.
 * 2. What a dead node had reserved is free again once its allotments expire.
 * 3. A refusal reserves nothing, on no account.
 */
import { Allotments } from '../../core/pricing/allotments.ts';
import { periodOfKey } from '../../core/pricing/budget-period.ts';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { hasCode, TroupeError } from '../../kernel/errors.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { Database } from '../database.ts';
import { addAlerts, type BudgetAlert } from '../sql/model-endpoints.ts';
import {
  type AccountChange,
  insertCalls,
  type ModelCallRow,
  type SafeModeRow,
  settleAllotments,
  takeAllotment,
} from '../sql/spending.ts';
import { BudgetRules, type Limit, type SafeModeChange, type SpendingSubject } from './budget-rules.ts';

export interface SpendingOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** This life of this node. */
  readonly holder: string;
  /** The platform's own cap for a day, micro-units; 0 is none. */
  readonly dailyCapMicroUsd: number;
  readonly alert: (alert: BudgetAlert) => void;
  readonly onSafeMode?: (change: SafeModeChange) => void;
  /** So long after it was last heard of, what a node holds is free for others. Milliseconds, default 10,000. */
  readonly allotmentTtlMs?: number;
}

export interface Reserved {
  readonly micro: number;
  /** A budget applies. */
  readonly bounded: boolean;
  /** Reserves more for the same call; false when the budgets do not allow it. */
  extend(micro: number): Promise<boolean>;
  /** Ends it by what the call cost. Only the first time counts. */
  settle(spentMicro: number): void;
}

const FLUSH_MS = 200;
const ALLOTMENT_TTL_MS = 10_000;
/** Flushes between two at which what is merely held is prolonged. */
const RENEW_EVERY = 10;
/** Rows of the ledger that may wait while the database is away; calls are refused beyond it. */
const MOST_WAITING_ROWS = 50_000;
const ROWS_AT_ONCE = 1_000;

export class Spending {
  readonly #options: SpendingOptions;
  readonly #ttlMs: number;
  readonly #held = new Allotments();
  readonly #rules: BudgetRules;
  /** One question at a time for an account: those who come meanwhile share what it brings. */
  readonly #asking = new Map<string, { readonly need: number; readonly answer: Promise<number> }>();
  #rows: ModelCallRow[] = [];
  #flushes = 0;
  /** The last insert did not come back: its rows may be in the ledger. */
  #doubtful = false;
  /** When the database last heard of what is held here, or there was nothing to tell. */
  #heardMs: number;
  #running = true;
  #loop: Promise<void>;

  constructor(options: SpendingOptions) {
    this.#options = options;
    this.#rules = new BudgetRules(options);
    this.#ttlMs = options.allotmentTtlMs ?? ALLOTMENT_TTL_MS;
    this.#heardMs = options.clock.monotonic();
    this.#loop = this.#flushing();
  }

  /** Rejects with `budget-exhausted` naming the budget that does not cover the call. */
  async reserve(subject: SpendingSubject, micro: number): Promise<Reserved> {
    const now = this.reserveNow(subject, micro);
    if (now) return now;
    const limits = await this.#rules.limitsOf(subject);
    await this.#reserveOn(limits, micro);
    return this.#reservation(limits, micro);
  }

  /** The same without waiting; undefined when the database has to be asked. */
  reserveNow(subject: SpendingSubject, micro: number): Reserved | undefined {
    if (this.#rows.length >= MOST_WAITING_ROWS)
      throw new TroupeError('overloaded', 'The ledger cannot be written now; try again', { retryAfter: 5 });
    const limits = this.#rules.limitsNow(subject);
    if (!limits) return undefined;
    this.#distrust();
    for (const { name } of limits) if (this.#held.missing(name, micro) > 0) return undefined;
    for (const { name } of limits) this.#held.reserve(name, micro);
    return this.#reservation(limits, micro);
  }

  #reservation(limits: readonly Limit[], micro: number): Reserved {
    let total = micro;
    let settled = false;
    return {
      get micro() {
        return total;
      },
      bounded: limits.some(({ rule }) => !rule.counts),
      extend: async more => {
        try {
          await this.#reserveOn(limits, more);
        } catch (error) {
          if (error instanceof TroupeError && error.code === 'budget-exhausted') return false;
          throw error;
        }
        total += more;
        return true;
      },
      settle: spent => {
        if (settled) return;
        settled = true;
        for (const { name } of limits) this.#held.settle(name, total, spent);
      },
    };
  }

  /** A line of the ledger; written with others soon. */
  record(row: ModelCallRow): void {
    this.#rows.push(row);
  }

  /** Whether a budget goes by customers, as last read. */
  async countsCustomers(tenantId: string, plan: string): Promise<boolean> {
    return (await this.#rules.of(tenantId, plan)).some(({ scope }) => scope === 'customer');
  }

  /** Whether the tenant is answered by less; undefined while that has to be read. */
  safeNow(tenantId: string): { readonly by: SafeModeRow | undefined } | undefined {
    return this.#rules.safeNow(tenantId);
  }

  async safeMode({ tenantId, plan }: { tenantId: string; plan: string }): Promise<SafeModeRow | undefined> {
    return await this.#rules.safe(tenantId, plan);
  }

  /** Rules that have changed are read again at once. */
  forgetRules(tenantId: string): void {
    this.#rules.forget(tenantId);
  }

  async close(): Promise<void> {
    this.#running = false;
    await this.#loop;
    await this.flush();
  }

  /** Writes what waits. Rejects when it cannot; nothing is lost by that. */
  async flush(): Promise<void> {
    const { database, holder } = this.#options;
    while (this.#rows.length > 0) {
      const rows = this.#rows.slice(0, ROWS_AT_ONCE);
      const again = this.#doubtful;
      this.#doubtful = true;
      await insertCalls(database, rows, again);
      this.#doubtful = false;
      this.#rows.splice(0, rows.length);
    }
    const due = this.#held.toSettle(++this.#flushes % RENEW_EVERY === 0);
    const now = this.#options.clock.monotonic();
    if (due.length === 0) {
      this.#heardMs = now;
      return;
    }
    let reached: readonly BudgetAlert[];
    try {
      const changes = await settleAllotments(database, holder, due, this.#ttlMs);
      reached = changes.flatMap(change => this.#reached(change));
      this.#heardMs = now;
    } catch (error) {
      this.#held.untold(due);
      throw error;
    }
    // Waited for: a node that stops has told what its last calls reached.
    if (reached.length > 0) await this.#tell(reached);
  }

  async #flushing(): Promise<void> {
    while (this.#running) {
      await sleep(FLUSH_MS);
      await this.flush().catch((error: unknown) =>
        this.#options.log.warn('spending.flush-failed', describeError(error)),
      );
    }
  }

  /** Others may have been given what is held here: a node that was not heard of asks anew. */
  #distrust(): void {
    if (this.#options.clock.monotonic() - this.#heardMs > 0.75 * this.#ttlMs) this.#held.giveUp();
  }

  async #reserveOn(limits: readonly Limit[], micro: number): Promise<void> {
    this.#distrust();
    // The narrowest first: a call that its own conversation or tenant cannot pay takes nothing from all, not for a moment.
    const taken: Limit[] = [];
    try {
      for (const limit of limits.toReversed()) {
        while (this.#held.missing(limit.name, micro) > 0) await this.#ask(limit, micro);
        this.#held.reserve(limit.name, micro);
        taken.push(limit);
      }
    } catch (error) {
      for (const { name } of taken) this.#held.settle(name, micro, 0);
      throw error;
    }
  }

  async #ask({ name, rule }: Limit, micro: number): Promise<void> {
    const need = this.#held.missing(name, micro);
    const underWay = this.#asking.get(name.id);
    if (underWay) {
      try {
        await underWay.answer;
      } catch (error) {
        // Refused for less, or the same: this one is too. Other failures are heard by whoever asked; here it is asked anew.
        if (hasCode(error, 'budget-exhausted') && underWay.need <= need) throw error;
      }
      return;
    }
    const asked = takeAllotment(this.#options.database, {
      tenantId: name.tenantId,
      account: name.account,
      holder: this.#options.holder,
      limit: rule.limitMicro,
      need,
      ttlMs: this.#ttlMs,
    }).then(({ granted, left }) => {
      if (granted > 0) this.#held.granted(name, granted);
      else
        throw new TroupeError(
          'budget-exhausted',
          `The budget ${rule.scope} of this period does not cover this call`,
          { data: { account: name.account, limitMicroUsd: rule.limitMicro, leftMicroUsd: left } },
        );
      return granted;
    });
    this.#asking.set(name.id, { need, answer: asked });
    try {
      await asked;
    } finally {
      this.#asking.delete(name.id);
    }
  }

  #reached({ tenantId, account, before, after }: AccountChange): BudgetAlert[] {
    const scope = account.slice(0, account.indexOf(':'));
    const period = periodOfKey(account.slice(account.lastIndexOf(':') + 1));
    return this.#rules
      .known(tenantId)
      .filter(rule => rule.scope === scope && rule.period === period)
      .flatMap(({ limitMicro, alertsAt }) =>
        alertsAt
          .filter(share => before < share * limitMicro && after >= share * limitMicro)
          .map(share => ({ tenantId, account, share, spentMicroUsd: after })),
      );
  }

  /** Kept first, then told: what is told once is there to be read. */
  async #tell(alerts: readonly BudgetAlert[]): Promise<void> {
    const { database, log, alert } = this.#options;
    try {
      for (const each of await addAlerts(database, alerts)) {
        log.warn('budget.alert', { ...each });
        alert(each);
      }
    } catch (error) {
      log.warn('spending.alert-failed', describeError(error));
    }
  }
}
