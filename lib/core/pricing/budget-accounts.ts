/** Which accounts a call draws on: of the platform, its tenant, agent, customer and conversation, each for its period. */
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
