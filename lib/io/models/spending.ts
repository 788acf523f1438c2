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
import { type AccountLimit, accountsFor, type BudgetRule } from '../../core/pricing/budget.ts';
import { periodOfKey } from '../../core/pricing/budget-period.ts';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { hasCode, TroupeError } from '../../kernel/errors.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { Database } from '../database.ts';
import {
  budgetsOf,
  insertCalls,
  type ModelCallRow,
  settleAllotments,
  takeAllotment,
} from '../sql/spending.ts';

export interface SpendingOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** This life of this node. */
  readonly holder: string;
  /** The platform's own cap for a day, micro-units; 0 is none. */
  readonly dailyCapMicroUsd: number;
  readonly alert: (alert: { tenantId: string; account: string; share: number }) => void;
  /** So long after it was last heard of, what a node holds is free for others. Milliseconds, default 10,000. */
  readonly allotmentTtlMs?: number;
}

export interface SpendingSubject {
  readonly tenantId: string;
  readonly agentId: string | null;
  readonly conversationId: string | null;
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
const RULES_FRESH_MS = 1_000;
const MOST_TENANTS = 10_000;
/** Rows of the ledger that may wait while the database is away; calls are refused beyond it. */
const MOST_WAITING_ROWS = 50_000;
const ROWS_AT_ONCE = 1_000;
const PLATFORM = 'platform';

interface RulesEntry {
  readonly rules: Promise<readonly BudgetRule[]>;
  /** The same once they are read, for alerts. */
  known: readonly BudgetRule[];
  readonly until: number;
}

export class Spending {
  readonly #options: SpendingOptions;
  readonly #ttlMs: number;
  readonly #held = new Allotments();
  readonly #rules = new Map<string, RulesEntry>();
  /** One question at a time for an account: those who come meanwhile share what it brings. */
  readonly #asking = new Map<string, { readonly need: number; readonly answer: Promise<number> }>();
  #rows: ModelCallRow[] = [];
  #flushes = 0;
  /** When the database last heard of what is held here, or there was nothing to tell. */
  #heardMs: number;
  #running = true;
  #loop: Promise<void>;

  constructor(options: SpendingOptions) {
    this.#options = options;
    this.#ttlMs = options.allotmentTtlMs ?? ALLOTMENT_TTL_MS;
    this.#heardMs = options.clock.monotonic();
    this.#loop = this.#flushing();
  }

  /** Rejects with `budget-exhausted` naming the budget that does not cover the call. */
  async reserve(subject: SpendingSubject, micro: number): Promise<Reserved> {
    if (this.#rows.length >= MOST_WAITING_ROWS)
      throw new TroupeError('overloaded', 'The ledger cannot be written now; try again', { retryAfter: 5 });
    const limits = await this.#limitsOf(subject);
    await this.#reserveOn(subject.tenantId, limits, micro);
    let total = micro;
    let settled = false;
    return {
      get micro() {
        return total;
      },
      bounded: limits.length > 0,
      extend: async more => {
        try {
          await this.#reserveOn(subject.tenantId, limits, more);
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
        for (const limit of limits)
          this.#held.settle(ownerOf(subject.tenantId, limit), limit.key, total, spent);
      },
    };
  }

  /** A line of the ledger; written with others soon. */
  record(row: ModelCallRow): void {
    this.#rows.push(row);
  }

  /** Rules that have changed are read again at once. */
  forgetRules(tenantId: string): void {
    this.#rules.delete(tenantId);
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
      await insertCalls(database, rows);
      this.#rows.splice(0, rows.length);
    }
    const due = this.#held.toSettle(++this.#flushes % RENEW_EVERY === 0);
    const now = this.#options.clock.monotonic();
    if (due.length === 0) {
      this.#heardMs = now;
      return;
    }
    try {
      for (const change of await settleAllotments(database, holder, due, this.#ttlMs)) this.#alert(change);
      this.#heardMs = now;
    } catch (error) {
      this.#held.untold(due);
      throw error;
    }
  }

  async #flushing(): Promise<void> {
    while (this.#running) {
      await sleep(FLUSH_MS);
      await this.flush().catch((error: unknown) =>
        this.#options.log.warn('spending.flush-failed', describeError(error)),
      );
    }
  }

  async #limitsOf({ tenantId, agentId, conversationId }: SpendingSubject): Promise<readonly AccountLimit[]> {
    const rules = await this.#rulesOf(tenantId);
    if (rules.length === 0) return [];
    return accountsFor(
      rules,
      { tenantId, agentId, conversationId, timeZone: 'UTC' },
      this.#options.clock.now(),
    );
  }

  #rulesOf(tenantId: string): Promise<readonly BudgetRule[]> {
    const now = this.#options.clock.monotonic();
    const known = this.#rules.get(tenantId);
    if (known && known.until > now) return known.rules;
    const { dailyCapMicroUsd, database } = this.#options;
    const cap: BudgetRule[] =
      dailyCapMicroUsd > 0
        ? [{ scope: 'global', period: 'day', limitMicro: dailyCapMicroUsd, alertsAt: [0.8, 1] }]
        : [];
    const entry: RulesEntry = {
      until: now + RULES_FRESH_MS,
      known: cap,
      rules: budgetsOf(database, tenantId).then(rows => {
        entry.known = [
          ...cap,
          ...rows.map(({ scope, period, limitMicroUsd, alertsAt }) => ({
            scope,
            period,
            limitMicro: limitMicroUsd,
            alertsAt,
          })),
        ];
        return entry.known;
      }),
    };
    entry.rules.catch(() => this.#rules.delete(tenantId));
    if (this.#rules.size >= MOST_TENANTS) this.#rules.delete(this.#rules.keys().next().value!);
    this.#rules.set(tenantId, entry);
    return entry.rules;
  }

  async #reserveOn(tenantId: string, limits: readonly AccountLimit[], micro: number): Promise<void> {
    // Others may have been given what is held here: a node that was not heard of asks anew.
    if (this.#options.clock.monotonic() - this.#heardMs > 0.75 * this.#ttlMs) this.#held.giveUp();
    // The narrowest first: a call that its own conversation or tenant cannot pay takes nothing from all, not for a moment.
    const taken: AccountLimit[] = [];
    try {
      for (const limit of limits.toReversed()) {
        const owner = ownerOf(tenantId, limit);
        while (this.#held.missing(owner, limit.key, micro) > 0) await this.#ask(tenantId, limit, micro);
        this.#held.reserve(owner, limit.key, micro);
        taken.push(limit);
      }
    } catch (error) {
      for (const limit of taken) this.#held.settle(ownerOf(tenantId, limit), limit.key, micro, 0);
      throw error;
    }
  }

  async #ask(tenantId: string, { key, rule }: AccountLimit, micro: number): Promise<void> {
    const owner = ownerOf(tenantId, { key, rule });
    const name = `${owner} ${key}`;
    const need = this.#held.missing(owner, key, micro);
    const underWay = this.#asking.get(name);
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
      tenantId: owner,
      account: key,
      holder: this.#options.holder,
      limit: rule.limitMicro,
      need,
      ttlMs: this.#ttlMs,
    }).then(({ granted, left }) => {
      if (granted > 0) this.#held.granted(owner, key, granted);
      else
        throw new TroupeError(
          'budget-exhausted',
          `The budget ${key.split(':')[0]} of this period does not cover this call`,
          {
            data: { account: key, limitMicroUsd: rule.limitMicro, leftMicroUsd: left },
          },
        );
      return granted;
    });
    this.#asking.set(name, { need, answer: asked });
    try {
      await asked;
    } finally {
      this.#asking.delete(name);
    }
  }

  #alert({
    tenantId,
    account,
    before,
    after,
  }: {
    tenantId: string;
    account: string;
    before: number;
    after: number;
  }): void {
    const [scope, , period] = account.split(':');
    const rules = (this.#rules.get(tenantId)?.known ?? []).filter(
      rule => rule.scope === scope && periodOfKey(period ?? '') === rule.period,
    );
    for (const { limitMicro, alertsAt } of rules)
      for (const share of alertsAt)
        if (before < share * limitMicro && after >= share * limitMicro)
          this.#options.alert({ tenantId, account, share });
  }
}

/** Whose row an account is: the platform's cap is nobody's but its own. */
function ownerOf(tenantId: string, { rule }: AccountLimit): string {
  return rule.scope === 'global' ? PLATFORM : tenantId;
}
