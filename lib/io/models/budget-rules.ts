/** Which accounts a call draws on, from the budgets of its tenant: read once a second at most, and then at hand. */
import { type AccountName, accountName } from '../../core/pricing/allotments.ts';
import { type AccountLimit, accountsFor, type BudgetRule } from '../../core/pricing/budget-accounts.ts';
import { QUARTER_MS } from '../../core/pricing/budget-period.ts';
import { planOf } from '../../core/pricing/plans.ts';
import { includedBudget, safeModeBy, tenantAccounts } from '../../core/pricing/safe-mode.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../database.ts';
import { budgetState, type SafeModeRow } from '../sql/spending.ts';

export interface SpendingSubject {
  readonly tenantId: string;
  readonly agentId: string | null;
  readonly conversationId: string | null;
  /** The customer who is answered, where one is known. */
  readonly customerId?: string | null;
  /** What it includes is counted too; absent counts budgets alone. */
  readonly plan?: string;
}

export interface Limit extends AccountLimit {
  readonly name: AccountName;
}

interface Entry {
  readonly until: number;
  readonly reading: Promise<readonly BudgetRule[]>;
  known: readonly BudgetRule[] | undefined;
  safe: SafeModeRow | undefined;
  /** What was found last, for calls of the same subject. */
  last:
    | { readonly subject: SpendingSubject; readonly quarter: number; readonly limits: readonly Limit[] }
    | undefined;
}

const FRESH_MS = 1_000;
const MOST_TENANTS = 10_000;
const PLATFORM = 'platform';
const NONE: readonly Limit[] = [];

export interface SafeModeChange {
  readonly tenantId: string;
  readonly changed: 'began' | 'ended';
  readonly account: string | null;
}

interface BudgetRulesPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly dailyCapMicroUsd: number;
  readonly onSafeMode?: (change: SafeModeChange) => void;
}

export class BudgetRules {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #cap: readonly BudgetRule[];
  readonly #entries = new Map<string, Entry>();
  readonly #onSafeMode: BudgetRulesPorts['onSafeMode'];

  /** `dailyCapMicroUsd`: the platform's own, 0 for none. `onSafeMode` hears once of each beginning and end. */
  constructor(ports: BudgetRulesPorts) {
    this.#onSafeMode = ports.onSafeMode;
    this.#database = ports.database;
    this.#clock = ports.clock;
    this.#cap =
      ports.dailyCapMicroUsd > 0
        ? [{ scope: 'global', period: 'day', limitMicro: ports.dailyCapMicroUsd, alertsAt: [0.8, 1] }]
        : [];
  }

  /** Undefined while they have to be read. */
  limitsNow(subject: SpendingSubject): readonly Limit[] | undefined {
    const entry = this.#entries.get(subject.tenantId);
    if (!entry?.known || entry.until <= this.#clock.monotonic()) return undefined;
    return this.#limits(entry, entry.known, subject);
  }

  async limitsOf(subject: SpendingSubject): Promise<readonly Limit[]> {
    const entry = this.#entryOf(subject.tenantId, subject.plan);
    return this.#limits(entry, await entry.reading, subject);
  }

  async of(tenantId: string, plan: string): Promise<readonly BudgetRule[]> {
    return await this.#entryOf(tenantId, plan).reading;
  }

  /** Undefined while it has to be read; then whether the tenant is in safe mode. */
  safeNow(tenantId: string): { readonly by: SafeModeRow | undefined } | undefined {
    const entry = this.#entries.get(tenantId);
    return entry?.known && entry.until > this.#clock.monotonic() ? { by: entry.safe } : undefined;
  }

  async safe(tenantId: string, plan: string): Promise<SafeModeRow | undefined> {
    const entry = this.#entryOf(tenantId, plan);
    await entry.reading;
    return entry.safe;
  }

  /** As last read. */
  known(tenantId: string): readonly BudgetRule[] {
    return this.#entries.get(tenantId)?.known ?? this.#cap;
  }

  forget(tenantId: string): void {
    this.#entries.delete(tenantId);
  }

  #limits(entry: Entry, rules: readonly BudgetRule[], subject: SpendingSubject): readonly Limit[] {
    if (rules.length === 0) return NONE;
    const now = this.#clock.now();
    const quarter = Math.floor(now / QUARTER_MS);
    const { last } = entry;
    if (last?.quarter === quarter && isSame(last.subject, subject)) return last.limits;
    const limits = accountsFor(rules, { ...subject, timeZone: 'UTC' }, now).map(limit => ({
      ...limit,
      // The platform's cap is nobody's but its own.
      name: accountName(limit.rule.scope === 'global' ? PLATFORM : subject.tenantId, limit.key),
    }));
    entry.last = { subject, quarter, limits };
    return limits;
  }

  #entryOf(tenantId: string, planName?: string): Entry {
    const now = this.#clock.monotonic();
    const found = this.#entries.get(tenantId);
    if (found && found.until > now) return found;
    const entry: Entry = {
      until: now + FRESH_MS,
      known: undefined,
      last: undefined,
      safe: undefined,
      reading: this.#read(tenantId, planName).then(({ rules, safe }) => {
        entry.safe = safe;
        entry.known = rules;
        return rules;
      }),
    };
    entry.reading.catch(() => this.#entries.delete(tenantId));
    if (this.#entries.size >= MOST_TENANTS) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(tenantId, entry);
    return entry;
  }

  async #read(tenantId: string, planName: string | undefined) {
    let accounts: ReturnType<typeof tenantAccounts> = [];
    let rules: readonly BudgetRule[] = [];
    const { safe, changed } = await budgetState(
      this.#database,
      tenantId,
      rows => {
        rules = [
          ...this.#cap,
          ...planRules(planName),
          ...rows.map(({ scope, period, limitMicroUsd, alertsAt }) => ({
            scope,
            period,
            limitMicro: limitMicroUsd,
            alertsAt,
          })),
        ];
        accounts = tenantAccounts(rules, tenantId, this.#clock.now());
        return accounts.map(({ key }) => key);
      },
      planName === undefined ? undefined : spent => safeModeBy(accounts, planOf(planName), spent),
    );
    if (changed) this.#onSafeMode?.({ tenantId, changed, account: safe?.account ?? null });
    return { rules, safe };
  }
}

/** As its plan is not told, only the tenant's own budgets count: who asks that way spends nothing. */
function planRules(planName: string | undefined): readonly BudgetRule[] {
  return planName === undefined ? [] : includedBudget(planOf(planName));
}

function isSame(a: SpendingSubject, b: SpendingSubject): boolean {
  return a.agentId === b.agentId && a.conversationId === b.conversationId && a.customerId === b.customerId;
}
