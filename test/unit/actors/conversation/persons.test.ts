// Protects: persons come first: taking over silences the agent, pausing holds it, cancelling keeps what was said.
import { expect } from 'chai';
import { Talk } from './fixtures.ts';

const by = 'ada';
const at = 0;

describe('a person who takes over', () => {
  it('silences the agent until the conversation is handed back', () => {
    const talk = new Talk();
    talk.say('a');
    const asked = talk.asking;
    expect(talk.do({ type: 'TakeOver', by, at })).to.deep.equal(['TurnInterrupted', 'TakenOver']);
    expect(talk.owed).to.deep.equal([]);
    expect(talk.answer('late', [], asked)).to.deep.equal([]);
    expect(talk.say('b')).to.deep.equal(['MessageReceived']);
    expect(talk.owed).to.deep.equal([]);
    expect(talk.do({ type: 'SendPersonReply', messageId: 'p', text: 'Hello', by, at })).to.deep.equal([
      'PersonReplied',
    ]);
    expect(talk.do({ type: 'HandBack', by, at })).to.deep.equal(['HandedBack']);
    expect(talk.say('c')).to.deep.equal(['MessageReceived', 'TurnStarted']);
    expect(talk.shown).to.deep.equal(['user: a', 'user: b', 'person: Hello', 'user: c']);
    expect(talk.answering).to.deep.equal(['c']);
  });

  it('raises the owner epoch on each change of hands', () => {
    const talk = new Talk();
    talk.do({ type: 'TakeOver', by, at });
    expect(talk.do({ type: 'TakeOver', by, at }), 'taken twice by one person').to.deep.equal([]);
    talk.do({ type: 'HandBack', by, at });
    expect(talk.state.ownerEpoch).to.equal(2);
  });

  it('is not pushed aside by another, who can neither take over nor reply until it is given back', () => {
    const talk = new Talk();
    talk.do({ type: 'TakeOver', by, at });
    for (const command of [
      { type: 'TakeOver', by: 'bo', at },
      { type: 'SendPersonReply', messageId: 'p', text: 'Hello', by: 'bo', at },
    ] as const)
      expect(() => talk.do(command))
        .to.throw()
        .with.property('code', 'conflict');
    expect(talk.state.assignee).to.equal(by);
    talk.do({ type: 'HandBack', by: 'bo', at });
    expect(talk.do({ type: 'TakeOver', by: 'bo', at })).to.deep.equal(['TakenOver']);
  });

  it('must hold the conversation to reply in it, or to give it back', () => {
    const talk = new Talk();
    for (const command of [
      { type: 'SendPersonReply', messageId: 'p', text: 'Hello', by, at },
      { type: 'HandBack', by, at },
    ] as const)
      expect(() => talk.do(command))
        .to.throw()
        .with.property('code', 'conflict');
  });
});

describe('a paused conversation', () => {
  it('keeps what comes and answers it when it goes on', () => {
    const talk = new Talk('merge');
    talk.say('a');
    expect(talk.do({ type: 'Pause', by, at })).to.deep.equal(['TurnInterrupted', 'Paused']);
    expect(talk.do({ type: 'Pause', by, at })).to.deep.equal([]);
    talk.say('b');
    expect(talk.owed).to.deep.equal([]);
    expect(talk.do({ type: 'Resume', by, at })).to.deep.equal(['Resumed', 'TurnStarted']);
    expect(talk.answering).to.deep.equal(['a', 'b']);
    expect(talk.do({ type: 'Resume', by, at })).to.deep.equal([]);
  });

  it('lets tools finish, and asks the model only after it goes on', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants('refund');
    expect(talk.do({ type: 'Pause', by, at })).to.deep.equal(['Paused']);
    expect(talk.owed).to.deep.equal(['CallTool']);
    talk.toolReturns(0);
    expect(talk.owed).to.deep.equal([]);
    expect(talk.do({ type: 'Resume', by, at })).to.deep.equal(['Resumed']);
    expect(talk.owed).to.deep.equal(['AskModel']);
  });
});

describe('a cancelled turn', () => {
  it('keeps the text so far, counts as ended, and lets the next begin', () => {
    const talk = new Talk();
    talk.say('a');
    talk.say('b');
    talk.partial = 'The answer is';
    expect(talk.do({ type: 'CancelTurn', by, at })).to.deep.equal(['TurnInterrupted', 'TurnStarted']);
    expect(talk.shown).to.deep.equal(['user: a', 'assistant: The answer is', 'user: b']);
    expect(talk.state.outcomes[0]).to.include({ failure: 'cancelled', turn: 1 });
    expect(talk.answering).to.deep.equal(['b']);
  });

  it('leaves no tool call without a result', () => {
    const talk = new Talk();
    talk.say('a');
    talk.wants('search', 'search');
    talk.toolReturns(0);
    talk.do({ type: 'CancelTurn', by, at });
    expect(talk.state.context.filter(item => item.role === 'tool')).to.have.length(2);
  });

  it('is nothing when none is under way', () => {
    expect(new Talk().do({ type: 'CancelTurn', by, at })).to.deep.equal([]);
  });
});

describe('a fork', () => {
  it('begins with the state of its origin, without what was under way', () => {
    const origin = new Talk();
    origin.say('a');
    origin.answer('A');
    origin.say('b');
    const before = JSON.stringify(origin.state);
    const fork = new Talk();
    expect(fork.do({ type: 'Seed', state: origin.state, from: 'origin', at })).to.deep.equal(['Forked']);
    expect(fork.state.turn).to.equal(null);
    expect(fork.shown).to.deep.equal(origin.shown);
    fork.say('c');
    fork.answer('C');
    expect(JSON.stringify(origin.state), 'the original is untouched').to.equal(before);
  });

  it('cannot overwrite a conversation', () => {
    const talk = new Talk();
    talk.say('a');
    expect(() => talk.do({ type: 'Seed', state: talk.state, from: 'x', at }))
      .to.throw()
      .with.property('code', 'conflict');
  });
});
