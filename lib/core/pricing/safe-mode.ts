/**
 * Safe mode: a tenant that has spent what its plan includes, or nearly what its own budget allows, is answered all the
 * same, by less: the smallest tier, shorter answers, no second calls. It ends by itself when the period does, the
 * budget is raised, or the plan is changed.
 */
import { type AccountLimit, accountsFor, type BudgetRule } from './budget-accounts.ts';
import type { Plan } from './plans.ts';

/** More than anybody spends: such a budget counts and refuses nobody. */
const NO_LIMIT = 1_000_000_000_000_000;
/** Longest answer in safe mode, tokens. */
export const SAFE_OUTPUT_TOKENS = 512;

/** What a plan includes in a month, as a budget that only counts. */
export function includedBudget({ includedMicroUsd }: Plan): readonly BudgetRule[] {
  return includedMicroUsd === null
    ? []
    : [{ scope: 'tenant', period: 'month', limitMicro: NO_LIMIT, alertsAt: [], counts: true }];
}

/** The tenant's own accounts of now, on which safe mode depends. */
export function tenantAccounts(
  rules: readonly BudgetRule[],
  tenantId: string,
  nowMs: number,
): AccountLimit[] {
  const subject = { tenantId, agentId: null, conversationId: null, timeZone: 'UTC' };
  return accountsFor(
    rules.filter(({ scope }) => scope === 'tenant'),
    subject,
    nowMs,
  );
}

/** The account that asks for safe mode, undefined when none does. */
export function safeModeBy(
  accounts: readonly AccountLimit[],
  plan: Plan,
  spent: ReadonlyMap<string, number>,
): string | undefined {
  return accounts.find(({ key, rule }) => {
    const micro = spent.get(key) ?? 0;
    const included =
      rule.period === 'month' && plan.includedMicroUsd !== null && micro >= plan.includedMicroUsd;
    const own =
      !rule.counts && plan.safeModeAt !== null && micro > 0 && micro >= plan.safeModeAt * rule.limitMicro;
    return included || own;
  })?.key;
}
