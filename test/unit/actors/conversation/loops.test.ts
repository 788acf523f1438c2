// Protects: an agent that gets nowhere or eats its budget is stopped and a person called; one that gets on is not, however long it takes.
import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../../lib/core/agents/loop-guard.ts';
import { Talk } from './fixtures.ts';

interface Played {
  readonly steps: number;
  readonly cut: unknown;
  readonly ended: string;
  readonly wantsPerson: string | null;
}

const LONG = { ...DEFAULT_LIMITS, maxSteps: 1_000 };

/** An agent whose step n makes that call and gets that result; it answers when `last` steps are done or no tools are offered. */
function play(
  step: (n: number) => { call: string; result: string; tokens?: number; ms?: number },
  { last = 600, limits = LONG, obeys = true } = {},
): Played {
  const talk = new Talk();
  talk.pin = { name: 'a', version: 1, limits, handOffs: [] };
  talk.say('m');
  for (let n = 0; n < last && talk.state.turn; n++) {
    if (talk.state.turn.cut && obeys) break;
    const { call, result, tokens = 1, ms = 10 } = step(n);
    talk.usage = { ...talk.usage, inputTokens: tokens, costMicroUsd: tokens };
    talk.now += ms;
    talk.answer('', [{ id: `c${n}`, name: 'search', arguments: call }]);
    if (talk.state.turn) talk.toolReturns(talk.state.turn.calls.length - 1, result);
  }
  if (talk.state.turn) talk.answer('that is what I know');
  const cut = talk.events.find(event => event.type === 'LoopCut');
  return {
    steps: talk.events.filter(event => event.type === 'ToolReturned').length,
    cut: cut?.type === 'LoopCut' ? cut.cut : null,
    ended: talk.events.findLast(event => event.type.startsWith('Turn'))!.type,
    wantsPerson: talk.state.wantsPerson,
  };
}

const same = { call: '{"q":"x"}', result: '{"found":[]}' };
const oscillating = (length: number) => (n: number) => ({
  call: JSON.stringify({ q: n % length, requestId: `r-${n}` }),
  result: JSON.stringify({ state: n % length, at: n, requestId: `r-${n}` }),
});

describe('the loop of an agent', () => {
  it('is cut when it is stuck: the same call with the same result, twice more', () => {
    expect(play(() => same)).to.deep.include({
      steps: 3,
      cut: { reason: 'cycle', cycle: 1 },
      ended: 'TurnCompleted',
    });
  });

  for (const length of [2, 3, 4])
    it(`is cut when it goes round in circles of ${length}, within two repetitions, whatever ids and clocks say`, () => {
      expect(play(oscillating(length))).to.deep.include({
        steps: 3 * length,
        cut: { reason: 'cycle', cycle: length },
        ended: 'TurnCompleted',
      });
    });

  it('is cut when new calls bring nothing new', () => {
    const played = play(n => ({ call: JSON.stringify({ q: n }), result: '{"found":[]}' }));
    expect(played).to.deep.include({ steps: 9, cut: { reason: 'no-progress' } });
  });

  it('is cut when a budget is used up: steps, time, tokens, cost', () => {
    const eating = (extra: object) => (n: number) => ({ call: `{"q":${n}}`, result: `{"r":${n}}`, ...extra });
    const cut = (extra: object, limits: object) => play(eating(extra), { limits: { ...LONG, ...limits } });
    expect(cut({}, { maxSteps: 20 })).to.deep.include({ steps: 19, cut: { reason: 'steps' } });
    expect(cut({ ms: 1_000 }, { maxTurnMs: 30_000 })).to.deep.include({ steps: 30, cut: { reason: 'time' } });
    expect(cut({ tokens: 999 }, { maxTurnTokens: 10_000 })).to.deep.include({
      steps: 10,
      cut: { reason: 'tokens' },
    });
    expect(cut({ tokens: 999 }, { maxConversationTokens: 5_000 })).to.deep.include({
      steps: 5,
      cut: { reason: 'tokens' },
    });
    expect(cut({ tokens: 500 }, { maxTurnCostMicroUsd: 5_000 })).to.deep.include({
      steps: 10,
      cut: { reason: 'cost' },
    });
  });

  it('is not cut while it gets on: 500 polls that change, and a slow one that changes every second time', () => {
    const poll = (every: number) => (n: number) => ({
      call: '{"job":7}',
      result: JSON.stringify({ done: Math.floor(n / every), at: n }),
    });
    expect(play(poll(1), { last: 500 })).to.deep.include({ steps: 500, cut: null, wantsPerson: null });
    expect(play(poll(2), { last: 500 })).to.deep.include({ steps: 500, cut: null, wantsPerson: null });
  });

  it('is not cut while it does the same to one thing after another', () => {
    const played = play(
      n => ({ call: JSON.stringify({ orderId: n }), result: JSON.stringify({ ok: true, order: n }) }),
      {
        last: 500,
      },
    );
    expect(played).to.deep.include({ steps: 500, cut: null });
  });

  it('ends without an answer when it goes on calling tools that it is not offered', () => {
    expect(play(() => same, { obeys: false })).to.deep.include({ steps: 3, ended: 'TurnFailed' });
  });

  it('calls a person with the reason in either case', () => {
    expect(play(() => same).wantsPerson).to.include('repeated the same steps');
    expect(play(() => same, { obeys: false }).wantsPerson).to.include('repeated the same steps');
  });

  it('finds any cycle of up to four steps within two repetitions, after any honest beginning', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: 1, max: 4 }), (honest, length) => {
        const turn = oscillating(length);
        const played = play(n =>
          n < honest ? { call: `{"fresh":${n}}`, result: `{"fresh":${n}}` } : turn(n - honest),
        );
        expect(played.steps).to.equal(honest + 3 * length);
      }),
      { numRuns: 60 },
    );
  });

  it('never cuts for a cycle when every step shows something new', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 20, maxLength: 80 }), calls => {
        const played = play(n => ({ call: `{"q":${calls[n]}}`, result: `{"n":${n}}` }), {
          last: calls.length,
        });
        expect(played.cut).to.equal(null);
      }),
      { numRuns: 60 },
    );
  });

  it('ends for any agent whatever: with an answer or without, never beyond its steps', () => {
    const results = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(results, fc.boolean(), (script, obeys) => {
        const played = play(
          n => ({
            call: `{"q":${script[n % script.length]![0]}}`,
            result: `{"r":${script[n % script.length]![1]}}`,
          }),
          { limits: { ...DEFAULT_LIMITS }, obeys },
        );
        expect(played.steps).to.be.at.most(DEFAULT_LIMITS.maxSteps);
        expect(played.ended).to.be.oneOf(['TurnCompleted', 'TurnFailed']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the agent of a conversation', () => {
  const pin = { name: 'front', version: 3, limits: DEFAULT_LIMITS, handOffs: ['returns'] };
  const handOff = (agent: string) => [
    { id: 'h', name: 'hand_off_to_agent', arguments: JSON.stringify({ agent, reason: 'a return' }) },
  ];

  it('is kept in its version, and left for another that it may hand over to', () => {
    const talk = new Talk();
    talk.pin = pin;
    talk.say('a');
    expect(talk.answer('', handOff('returns'))).to.deep.equal(['AgentPinned', 'ModelAnswered']);
    expect(talk.state.pin?.version).to.equal(3);
    expect(talk.toolReturns(0)).to.deep.equal(['ToolReturned', 'HandedOff']);
    expect(talk.state.agent).to.equal('returns');
    talk.pin = { ...pin, name: 'returns', version: 8 };
    expect(talk.answer('hello')).to.deep.equal(['AgentPinned', 'TurnCompleted']);
    expect(talk.state.pin).to.deep.include({ name: 'returns', version: 8 });
  });

  it('hands over to nobody else, and not when the tool refused', () => {
    const talk = new Talk();
    talk.pin = pin;
    talk.say('a');
    talk.answer('', handOff('billing'));
    expect(talk.toolReturns(0)).to.deep.equal(['ToolReturned']);
    talk.answer('', handOff('returns'));
    expect(talk.toolReturns(1, 'no', true)).to.deep.equal(['ToolReturned']);
    expect(talk.state.agent).to.equal(null);
  });

  it('runs what must not run twice one after the other', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants('search', 'refund', 'refund', 'search');
    expect(talk.owed).to.deep.equal(['CallTool', 'CallTool', 'CallTool']);
    talk.do({ type: 'ParkTool', key: talk.call(1), at: 0 });
    talk.toolReturns(0);
    talk.toolReturns(3);
    expect(talk.owed, 'nothing past one whose outcome is unknown').to.deep.equal([]);
    const key = talk.call(1);
    talk.do({ type: 'SettleTool', key, content: 'paid', failed: false, by: 'ada', at: 0 });
    expect(talk.owed).to.deep.equal(['CallTool']);
  });
});
