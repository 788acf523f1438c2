/**
 * Reserve before, settle after: budgets that concurrent calls cannot overrun.
 *
 * Invariants, kept at every account of the path (global, tenant, agent, conversation, each per period)
 * 1. spent + reserved <= limit after every `reserve`; all accounts of a call are reserved or none is.
 * 2. A settlement frees the whole reservation and adds what was spent. What was spent can pass what was reserved
 *    only when the provider counts more than asked for; that excess is reported, never hidden.
 * 3. A reservation that nobody settles (its node died) is void from `expiresAtMs` on; a settlement that comes
 *    later still counts its money, since it was spent.
 * 4. Settling or releasing twice changes nothing.
 * A pure fold: the same steps give the same state, so it serves an actor, a SQL row or a test alike.
 */
import { invariant } from '../../kernel/errors.ts';
import { type Period, periodKey } from './budget-period.ts';

export interface BudgetRule {
  readonly scope: 'global' | 'tenant' | 'agent' | 'customer' | 'conversation';
  readonly period: Period;
  readonly limitMicro: number;
  /** Shares of the limit at which to tell somebody, ascending; say 0.5, 0.8, 1. */
  readonly alertsAt: readonly number[];
  /** It counts what is spent and refuses nobody. */
  readonly counts?: true;
}

export interface BudgetSubject {
  readonly tenantId: string;
  readonly agentId: string | null;
  readonly conversationId: string | null;
  /** The customer who is answered, where one is known. */
  readonly customerId?: string | null;
  readonly timeZone: string;
}

export interface AccountLimit {
  /** Names the account: scope, subject, period key. */
  readonly key: string;
  readonly rule: BudgetRule;
}

export interface Account {
  readonly spentMicro: number;
  /** By reservation id. */
  readonly reserved: Readonly<Record<string, { readonly micro: number; readonly expiresAtMs: number }>>;
}

export interface BudgetState {
  readonly accounts: Readonly<Record<string, Account>>;
}

export interface Reservation {
  readonly id: string;
  readonly micro: number;
  readonly expiresAtMs: number;
  readonly limits: readonly AccountLimit[];
}

export const NO_BUDGET_STATE: BudgetState = { accounts: {} };

const EMPTY: Account = { spentMicro: 0, reserved: {} };

/**
 * The accounts that a call of this subject draws on now, widest first. Rules of an absent subject don't apply; of
 * several rules for one account the tightest does.
 */
export function accountsFor(
  rules: readonly BudgetRule[],
  subject: BudgetSubject,
  atMs: number,
): AccountLimit[] {
  const owners = {
    global: 'all',
    tenant: subject.tenantId,
    agent: subject.agentId && `${subject.tenantId}/${subject.agentId}`,
    customer: subject.customerId && `${subject.tenantId}/${subject.customerId}`,
    conversation: subject.conversationId && `${subject.tenantId}/${subject.conversationId}`,
  };
  const byKey = new Map<string, AccountLimit>();
  for (const scope of ['global', 'tenant', 'agent', 'customer', 'conversation'] as const)
    for (const rule of rules) {
      const owner = owners[scope];
      if (rule.scope !== scope || !owner) continue;
      const zone = scope === 'global' ? 'UTC' : subject.timeZone;
      const key = `${scope}:${owner}:${periodKey(rule.period, atMs, zone)}`;
      const other = byKey.get(key);
      if (!other || rule.limitMicro < other.rule.limitMicro) byKey.set(key, { key, rule });
    }
  return [...byKey.values()];
}

/** Micro-units that may still be reserved on all of the accounts; Infinity without any. */
export function leftOn(state: BudgetState, limits: readonly AccountLimit[], nowMs: number): number {
  return Math.min(
    ...limits.map(({ key, rule }) => rule.limitMicro - committed(state.accounts[key] ?? EMPTY, nowMs)),
    Number.POSITIVE_INFINITY,
  );
}

export type ReserveResult =
  | { readonly ok: true; readonly state: BudgetState; readonly reservation: Reservation }
  | { readonly ok: false; readonly account: string; readonly leftMicro: number; readonly limitMicro: number };

export function reserve(
  state: BudgetState,
  limits: readonly AccountLimit[],
  request: { readonly id: string; readonly micro: number; readonly ttlMs: number },
  nowMs: number,
): ReserveResult {
  invariant(Number.isSafeInteger(request.micro) && request.micro >= 0, 'a reservation is whole micro-units');
  for (const { key, rule } of limits) {
    const account = state.accounts[key] ?? EMPTY;
    const leftMicro = rule.limitMicro - committed(account, nowMs);
    if (request.id in account.reserved) continue;
    if (request.micro > leftMicro)
      return { ok: false, account: key, leftMicro: Math.max(0, leftMicro), limitMicro: rule.limitMicro };
  }
  const expiresAtMs = nowMs + request.ttlMs;
  const entry = { micro: request.micro, expiresAtMs };
  const accounts = { ...state.accounts };
  for (const { key } of limits) {
    const account = accounts[key] ?? EMPTY;
    if (request.id in account.reserved) continue;
    accounts[key] = { ...account, reserved: { ...live(account, nowMs), [request.id]: entry } };
  }
  return {
    ok: true,
    state: { accounts },
    reservation: { id: request.id, micro: request.micro, expiresAtMs, limits },
  };
}

export interface Settlement {
  readonly state: BudgetState;
  /** Accounts whose spending crossed a threshold by this settlement. */
  readonly alerts: readonly { readonly account: string; readonly share: number }[];
  /** What was spent beyond what was reserved; 0 when all went as asked. */
  readonly excessMicro: number;
}

/** Spends what the call cost and frees the rest. `settled` names the reservations already settled. */
export function settle(
  state: BudgetState,
  reservation: Reservation,
  spentMicro: number,
  settled: ReadonlySet<string>,
): Settlement {
  invariant(Number.isSafeInteger(spentMicro) && spentMicro >= 0, 'a settlement is whole micro-units');
  if (settled.has(reservation.id)) return { state, alerts: [], excessMicro: 0 };
  const alerts: { account: string; share: number }[] = [];
  const accounts = { ...state.accounts };
  for (const { key, rule } of reservation.limits) {
    const before = accounts[key] ?? EMPTY;
    const { [reservation.id]: _freed, ...reserved } = before.reserved;
    const after = before.spentMicro + spentMicro;
    accounts[key] = { spentMicro: after, reserved };
    for (const share of rule.alertsAt)
      if (before.spentMicro < share * rule.limitMicro && after >= share * rule.limitMicro)
        alerts.push({ account: key, share });
  }
  return { state: { accounts }, alerts, excessMicro: Math.max(0, spentMicro - reservation.micro) };
}

/**
 * Frees a reservation of which nothing was spent. Of a call that may have spent anything, settle instead: what
 * was released is given to others, and money settled later would come on top.
 */
export function release(state: BudgetState, reservation: Reservation): BudgetState {
  const accounts = { ...state.accounts };
  for (const { key } of reservation.limits) {
    const account = accounts[key];
    if (!account || !(reservation.id in account.reserved)) continue;
    const { [reservation.id]: _freed, ...reserved } = account.reserved;
    accounts[key] = { ...account, reserved };
  }
  return { accounts };
}

/** Drops what expired, so that the state stays small; changes no sum. */
export function sweep(state: BudgetState, nowMs: number): BudgetState {
  return {
    accounts: Object.fromEntries(
      Object.entries(state.accounts).map(([key, account]) => [
        key,
        { ...account, reserved: live(account, nowMs) },
      ]),
    ),
  };
}

/** Spent plus reserved and not expired. */
export function committed(account: Account, nowMs: number): number {
  let sum = account.spentMicro;
  for (const { micro, expiresAtMs } of Object.values(account.reserved)) if (expiresAtMs > nowMs) sum += micro;
  return sum;
}

function live(account: Account, nowMs: number): Account['reserved'] {
  return Object.fromEntries(
    Object.entries(account.reserved).filter(([, entry]) => entry.expiresAtMs > nowMs),
  );
}
