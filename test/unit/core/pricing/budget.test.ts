// Guarantee: however calls interleave, spent plus reserved never passes a limit, and dead reservations come back.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type AccountLimit,
  accountsFor,
  type BudgetRule,
  type BudgetState,
  committed,
  leftOn,
  NO_BUDGET_STATE,
  type Reservation,
  release,
  reserve,
  settle,
  sweep,
} from '../../../../lib/core/pricing/budget.ts';
import { periodKey } from '../../../../lib/core/pricing/budget-period.ts';

const rule = (
  scope: BudgetRule['scope'],
  limitMicro: number,
  period: BudgetRule['period'] = 'day',
): BudgetRule => ({
  scope,
  period,
  limitMicro,
  alertsAt: [0.5, 1],
});
const RULES = [
  rule('global', 1_000),
  rule('tenant', 600),
  rule('tenant', 900, 'month'),
  rule('agent', 400),
  rule('conversation', 250, 'ever'),
];
const subject = (tenantId: string, conversationId: string | null = 'c') => ({
  tenantId,
  agentId: 'a',
  conversationId,
  timeZone: 'UTC',
});
const NOW = Date.UTC(2026, 10, 24, 12);
const TTL = 60_000;

function take(state: BudgetState, limits: AccountLimit[], id: string, micro: number, nowMs = NOW) {
  return reserve(state, limits, { id, micro, ttlMs: TTL }, nowMs);
}

describe('budgets', () => {
  it('never exceeds a limit at any level, under any interleaving of reserve, settle, release and expiry', () => {
    const step = fc.record({
      kind: fc.constantFrom('reserve', 'reserve', 'settle', 'release', 'wait', 'sweep'),
      tenant: fc.constantFrom('t1', 't2', 't3'),
      conversation: fc.constantFrom('c1', 'c2', 'new'),
      micro: fc.nat(300),
      pick: fc.nat(50),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        let state = NO_BUDGET_STATE;
        let nowMs = NOW;
        const open: Reservation[] = [];
        const settled = new Set<string>();
        const released = new Set<string>();
        const limits = new Map<string, number>();
        steps.forEach((each, i) => {
          if (each.kind === 'wait') nowMs += 1_000;
          if (each.kind === 'sweep') state = sweep(state, nowMs);
          if (each.kind === 'reserve') {
            const accounts = accountsFor(
              RULES,
              subject(each.tenant, `${each.conversation}${each.conversation === 'new' ? i : ''}`),
              nowMs,
            );
            for (const { key, rule: r } of accounts) limits.set(key, r.limitMicro);
            const result = take(state, accounts, `r${i}`, each.micro, nowMs);
            if (result.ok) {
              state = result.state;
              open.push(result.reservation);
            }
          }
          const chosen = open[each.pick % Math.max(open.length, 1)];
          // A call ends once, by settling or by releasing, and before its reservation expires: the shell sets
          // the time to live beyond the deadline.
          const mayEnd = chosen && chosen.expiresAtMs > nowMs && !released.has(chosen.id);
          if (mayEnd && each.kind === 'settle') {
            state = settle(state, chosen, Math.min(each.micro, chosen.micro), settled).state;
            settled.add(chosen.id);
          }
          if (chosen && each.kind === 'release' && !settled.has(chosen.id)) {
            state = release(state, chosen);
            released.add(chosen.id);
          }
          for (const [key, limit] of limits)
            if (state.accounts[key]) expect(committed(state.accounts[key], nowMs), key).to.be.at.most(limit);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('lets 1,000 concurrent calls spend a budget for 300 exactly, the rest refused with what is left', () => {
    const accounts = accountsFor([rule('tenant', 300 * 7)], subject('t'), NOW);
    let state = NO_BUDGET_STATE;
    const granted: Reservation[] = [];
    let refused = 0;
    for (let i = 0; i < 1_000; i++) {
      const result = take(state, accounts, `r${i}`, 7);
      if (result.ok) {
        state = result.state;
        granted.push(result.reservation);
      } else {
        refused++;
        expect(result).to.include({ leftMicro: 0, limitMicro: 2_100, account: 'tenant:t:2026-11-24' });
      }
    }
    expect([granted.length, refused]).to.deep.equal([300, 700]);
  });

  it('caps the first call of an unknown customer and conversation too', () => {
    const result = take(
      NO_BUDGET_STATE,
      accountsFor(RULES, subject('never-seen', 'never-seen'), NOW),
      'r',
      251,
    );
    expect(result).to.include({ ok: false, leftMicro: 250 });
  });

  it('reserves on all accounts or on none', () => {
    const accounts = accountsFor(RULES, subject('t'), NOW);
    const first = take(NO_BUDGET_STATE, accounts, 'a', 200);
    if (!first.ok) throw new Error('expected room');
    const second = take(first.state, accounts, 'b', 100);
    expect(second.ok).to.equal(false);
    expect(leftOn(first.state, accounts, NOW)).to.equal(50);
  });

  it('gives a reservation that nobody settles back when it expires', () => {
    const accounts = accountsFor([rule('tenant', 100)], subject('t'), NOW);
    const dead = take(NO_BUDGET_STATE, accounts, 'dead', 100);
    if (!dead.ok) throw new Error('expected room');
    expect(take(dead.state, accounts, 'next', 1, NOW + TTL - 1).ok).to.equal(false);
    expect(take(dead.state, accounts, 'next', 100, NOW + TTL).ok).to.equal(true);
    expect(sweep(dead.state, NOW + TTL).accounts[accounts[0]!.key]!.reserved).to.deep.equal({});
  });

  it('counts money that was spent after its reservation expired', () => {
    const accounts = accountsFor([rule('tenant', 100)], subject('t'), NOW);
    const late = take(NO_BUDGET_STATE, accounts, 'late', 60);
    if (!late.ok) throw new Error('expected room');
    const { state } = settle(sweep(late.state, NOW + TTL), late.reservation, 60, new Set());
    expect(leftOn(state, accounts, NOW + TTL)).to.equal(40);
  });

  it('settles once: the second time changes nothing', () => {
    const accounts = accountsFor([rule('tenant', 100)], subject('t'), NOW);
    const taken = take(NO_BUDGET_STATE, accounts, 'r', 60);
    if (!taken.ok) throw new Error('expected room');
    const once = settle(taken.state, taken.reservation, 50, new Set());
    const twice = settle(once.state, taken.reservation, 50, new Set(['r']));
    expect(twice.state).to.deep.equal(once.state);
    expect(once.alerts).to.deep.equal([{ account: 'tenant:t:2026-11-24', share: 0.5 }]);
  });

  it('counts money settled after a release: what was spent is never hidden, though it may pass the limit', () => {
    const accounts = accountsFor([rule('tenant', 100)], subject('t'), NOW);
    const first = take(NO_BUDGET_STATE, accounts, 'first', 60);
    if (!first.ok) throw new Error('expected room');
    const second = take(release(first.state, first.reservation), accounts, 'second', 100);
    if (!second.ok) throw new Error('expected room');
    const { state } = settle(second.state, first.reservation, 60, new Set());
    expect(leftOn(state, accounts, NOW)).to.equal(-60);
  });

  it('reports what a provider counted beyond the reservation', () => {
    const accounts = accountsFor([rule('tenant', 100)], subject('t'), NOW);
    const taken = take(NO_BUDGET_STATE, accounts, 'r', 10);
    if (!taken.ok) throw new Error('expected room');
    expect(settle(taken.state, taken.reservation, 14, new Set()).excessMicro).to.equal(4);
  });

  it('names periods in the time zone of the tenant, weeks by ISO 8601', () => {
    const newYear = Date.UTC(2026, 11, 31, 23, 30);
    expect(periodKey('day', newYear)).to.equal('2026-12-31');
    expect(periodKey('day', newYear, 'Asia/Ho_Chi_Minh')).to.equal('2027-01-01');
    expect(periodKey('month', newYear, 'Asia/Ho_Chi_Minh')).to.equal('2027-01');
    expect(periodKey('week', newYear)).to.equal('2026-W53');
    expect(periodKey('week', Date.UTC(2027, 0, 4))).to.equal('2027-W01');
  });
});
