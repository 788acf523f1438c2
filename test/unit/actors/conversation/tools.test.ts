// Protects: a turn's tools: each result once, an unknown outcome parked for a person, a bound on steps.
import { expect } from 'chai';
import { LIMITS } from '../../../../actors/conversation/state.ts';
import { Talk } from './fixtures.ts';

const at = 0;

describe('a turn with tools', () => {
  it('asks the model again when all have returned', () => {
    const talk = new Talk();
    talk.say('a');
    expect(talk.wants('search', 'refund')).to.deep.equal(['ModelAnswered']);
    expect(talk.owed).to.deep.equal(['CallTool', 'CallTool']);
    talk.toolReturns(1, 'refunded');
    expect(talk.owed).to.deep.equal(['CallTool']);
    talk.toolReturns(0, 'nothing', true);
    expect(talk.owed).to.deep.equal(['AskModel']);
    talk.answer('done');
    const last = talk.events.at(-1);
    expect(last?.type === 'TurnCompleted' && last.message.toolCalls).to.deep.equal([
      { name: 'search', status: 'failed' },
      { name: 'refund', status: 'done' },
    ]);
  });

  it('takes each result once', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants('search', 'search');
    expect(talk.toolReturns(0)).to.deep.equal(['ToolReturned']);
    expect(talk.toolReturns(0)).to.deep.equal([]);
  });

  it('parks what may have happened; a person settles it and the turn goes on', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants('refund');
    const key = talk.call(0);
    const settle = { type: 'SettleTool', key, content: 'it was paid', failed: false, by: 'ada', at } as const;
    expect(talk.do(settle), 'still running').to.deep.equal([]);
    expect(talk.do({ type: 'ParkTool', key, at })).to.deep.equal(['ToolParked', 'PersonWanted']);
    expect(talk.owed).to.deep.equal([]);
    expect(talk.state.wantsPerson).to.include('refund');
    expect(talk.toolReturns(0), 'a report after parking').to.deep.equal([]);
    expect(talk.do(settle)).to.deep.equal(['ToolReturned']);
    expect(talk.owed).to.deep.equal(['AskModel']);
  });

  it('takes a tool of no declared class for one that must not run twice', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants('mystery');
    expect(talk.state.turn?.calls[0]?.effect).to.equal('once');
  });

  it('ends after too many steps and calls a person', () => {
    const talk = new Talk();
    talk.say('a');
    for (let step = 1; step < LIMITS.steps; step++) {
      talk.wants('search');
      talk.toolReturns(step - 1, `result ${step}`);
    }
    expect(talk.events.at(-1)).to.deep.include({ type: 'LoopCut', cut: { reason: 'steps' } });
    expect(talk.wants('search')).to.deep.equal(['TurnFailed', 'PersonWanted']);
    expect(talk.state.outcomes[0]?.failure).to.equal('steps-exhausted');
  });

  it('runs only so many calls of one reply', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants(...Array.from({ length: LIMITS.callsPerReply + 5 }, () => 'search'));
    expect(talk.owed).to.have.length(LIMITS.callsPerReply);
  });

  it('ends when the model fails, and the next message is answered', () => {
    const talk = new Talk();
    talk.say('a');
    talk.say('b');
    expect(talk.do({ type: 'ReportModelFailure', key: talk.asking, code: 'model-failed', at })).to.deep.equal(
      ['TurnFailed', 'PersonWanted', 'TurnStarted'],
    );
    expect(talk.answering).to.deep.equal(['b']);
  });
});
