// Protects: a flag says the same for the same person on every node, rollouts keep to their share and only ever grow, and rules are read in order.
import { expect } from 'chai';
import fc from 'fast-check';
import { differences } from '../../../../lib/core/agents/diff.ts';
import {
  type Evaluation,
  evaluateFlag,
  type FlagDefinition,
  flagFault,
} from '../../../../lib/core/flags/evaluate.ts';

const ON_OFF = { enabled: true, variants: { on: true, off: false }, defaultVariant: 'off' } as const;
const rolled = (percent: number): FlagDefinition => ({ ...ON_OFF, rollout: [{ variant: 'on', percent }] });
const valueFor = (flag: FlagDefinition, targetingKey: string, key = 'f') =>
  (evaluateFlag(key, flag, { targetingKey }) as Evaluation).value;

describe('a feature flag', () => {
  it('keeps whoever is in when its share grows', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(100), fc.nat(100), (person, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        return !valueFor(rolled(less), person) || valueFor(rolled(more), person) === true;
      }),
    );
  });

  it('takes its share of many people, another one for another flag', () => {
    const people = Array.from({ length: 20_000 }, (_, i) => `customer-${i}`);
    const first = new Set(people.filter(person => valueFor(rolled(30), person, 'a')));
    const second = new Set(people.filter(person => valueFor(rolled(30), person, 'b')));
    expect(first.size / people.length).to.be.closeTo(0.3, 0.015);
    expect(
      people.filter(person => first.has(person) && second.has(person)).length / people.length,
    ).to.be.closeTo(0.09, 0.015);
  });

  it('asks for a targeting key where it has shares, and only there', () => {
    expect(evaluateFlag('f', rolled(50), {})).to.equal('needs-targeting-key');
    expect(evaluateFlag('f', { ...ON_OFF, variant: 'on' }, {})).to.include({ value: true, reason: 'STATIC' });
  });

  it('reads rules in order, and the first whose conditions all hold decides', () => {
    const rule = (
      operator: 'in' | 'at-least' | 'ends-with' | 'not-in',
      attribute: string,
      value: string | number,
    ) => ({
      conditions: [{ attribute, operator, values: [value] }],
      variant: 'on',
    });
    const flag: FlagDefinition = {
      ...ON_OFF,
      rules: [
        rule('in', 'plan', 'pro'),
        rule('at-least', 'seats', 10),
        rule('ends-with', 'email', '@troupe.example'),
      ],
    };
    const reason = (context: Record<string, unknown>) =>
      (evaluateFlag('f', flag, context) as Evaluation).reason;
    expect(reason({ plan: 'pro' })).to.equal('TARGETING_MATCH');
    expect(reason({ seats: 10 })).to.equal('TARGETING_MATCH');
    expect(reason({ seats: 9, email: 'a@troupe.example' })).to.equal('TARGETING_MATCH');
    expect(reason({ seats: '10', plan: 'free' })).to.equal('DEFAULT');
    expect(evaluateFlag('f', { ...flag, enabled: false }, { plan: 'pro' })).to.include({
      value: false,
      reason: 'DISABLED',
    });
    expect(evaluateFlag('f', { ...ON_OFF, rules: [rule('in', '__proto__', 'x')] }, {})).to.include({
      reason: 'DEFAULT',
    });
  });

  it('is refused when it could not be evaluated', () => {
    expect(flagFault(rolled(100))).to.equal(undefined);
    expect(flagFault(rolled(101))).to.include('100 %');
    expect(flagFault({ ...ON_OFF, defaultVariant: 'neither' })).to.include('neither');
    expect(flagFault({ ...ON_OFF, variant: 'blue' })).to.include('blue');
    expect(flagFault({ ...ON_OFF, variants: { on: true, off: 'no' } })).to.include('one kind');
    expect(flagFault({ ...ON_OFF, variants: {} })).to.include('one kind');
  });
});

describe('the difference of two manifests', () => {
  it('names what was added, removed and changed, and nothing else', () => {
    const before = { name: 'a', limits: { maxSteps: 3 }, tools: ['x'], 'a/b': 1 };
    const after = { tools: ['x', 'y'], name: 'a', limits: { maxSteps: 4 }, knowledge: 'none' };
    expect(differences(before, after)).to.deep.equal([
      { path: '/a~1b', before: 1 },
      { path: '/knowledge', after: 'none' },
      { path: '/limits/maxSteps', before: 3, after: 4 },
      { path: '/tools', before: ['x'], after: ['x', 'y'] },
    ]);
  });
});
