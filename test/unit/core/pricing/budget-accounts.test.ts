// Guarantee: a call is counted on every account that it belongs to, and the tightest rule of an account holds.
import { expect } from 'chai';
import { accountsFor, type BudgetRule } from '../../../../lib/core/pricing/budget-accounts.ts';
import { periodKey } from '../../../../lib/core/pricing/budget-period.ts';

const rule = (
  scope: BudgetRule['scope'],
  limitMicro: number,
  period: BudgetRule['period'] = 'day',
): BudgetRule => ({ scope, period, limitMicro, alertsAt: [0.5, 1] });
const RULES = [
  rule('conversation', 250, 'ever'),
  rule('agent', 400),
  rule('tenant', 900, 'month'),
  rule('tenant', 600),
  rule('customer', 300),
  rule('global', 1_000),
];
const SUBJECT = { tenantId: 't', agentId: 'a', conversationId: 'c', customerId: 'k', timeZone: 'UTC' };
const NOW = Date.UTC(2026, 10, 24, 12);
const keys = (...given: Parameters<typeof accountsFor>) => accountsFor(...given).map(({ key }) => key);

describe('the accounts of a call', () => {
  it('are those of the platform, tenant, agent, customer and conversation, the widest first', () => {
    expect(keys(RULES, SUBJECT, NOW)).to.deep.equal([
      'global:all:2026-11-24',
      'tenant:t:2026-11',
      'tenant:t:2026-11-24',
      'agent:t/a:2026-11-24',
      'customer:t/k:2026-11-24',
      'conversation:t/c:ever',
    ]);
  });

  it('leave out whom the call has not', () => {
    const nobody = { ...SUBJECT, agentId: null, conversationId: null, customerId: null };
    expect(keys(RULES, nobody, NOW)).to.deep.equal([
      'global:all:2026-11-24',
      'tenant:t:2026-11',
      'tenant:t:2026-11-24',
    ]);
  });

  it('of equal agents and conversations of two tenants are different ones', () => {
    const own = keys(RULES, SUBJECT, NOW);
    const others = keys(RULES, { ...SUBJECT, tenantId: 'u' }, NOW);
    expect(own.filter(key => others.includes(key))).to.deep.equal(['global:all:2026-11-24']);
  });

  it('have the tightest of several rules', () => {
    const rules = [rule('tenant', 900), rule('tenant', 600), rule('tenant', 700)];
    expect(accountsFor(rules, SUBJECT, NOW).map(({ rule: { limitMicro } }) => limitMicro)).to.deep.equal([
      600,
    ]);
  });

  it('go by the day of the tenant, the platform by UTC', () => {
    const newYear = Date.UTC(2026, 11, 31, 23, 30);
    const subject = { ...SUBJECT, timeZone: 'Asia/Ho_Chi_Minh' };
    expect(keys([rule('tenant', 1), rule('global', 1)], subject, newYear)).to.deep.equal([
      'global:all:2026-12-31',
      'tenant:t:2027-01-01',
    ]);
  });
});

describe('periods', () => {
  it('are named in the time zone of the tenant, weeks by ISO 8601', () => {
    const newYear = Date.UTC(2026, 11, 31, 23, 30);
    expect(periodKey('day', newYear)).to.equal('2026-12-31');
    expect(periodKey('day', newYear, 'Asia/Ho_Chi_Minh')).to.equal('2027-01-01');
    expect(periodKey('month', newYear, 'Asia/Ho_Chi_Minh')).to.equal('2027-01');
    expect(periodKey('week', newYear)).to.equal('2026-W53');
    expect(periodKey('week', Date.UTC(2027, 0, 4))).to.equal('2027-W01');
  });
});
