// Protects: what becomes of messages that come quickly, under each interruption policy.
import { expect } from 'chai';
import { LIMITS } from '../../../../actors/conversation/state.ts';
import { Talk } from './fixtures.ts';

describe('three quick messages', () => {
  it('are answered one after the other under queue', () => {
    const talk = new Talk('queue');
    for (const id of ['a', 'b', 'c']) talk.say(id);
    expect(talk.answering).to.deep.equal(['a']);
    expect(talk.waiting).to.deep.equal(['b', 'c']);
    expect(talk.answer('A')).to.deep.equal(['TurnCompleted', 'TurnStarted']);
    expect(talk.answering).to.deep.equal(['b']);
    talk.answer('B');
    expect(talk.answer('C')).to.deep.equal(['TurnCompleted']);
    expect(talk.state.outcomes.map(outcome => outcome.messageIds)).to.deep.equal([['a'], ['b'], ['c']]);
  });

  it('are answered as first and the rest under merge without a window', () => {
    const talk = new Talk('merge');
    for (const id of ['a', 'b', 'c']) talk.say(id);
    expect(talk.answering).to.deep.equal(['a']);
    talk.answer('A');
    expect(talk.answering).to.deep.equal(['b', 'c']);
    talk.answer('BC');
    expect(talk.state.outcomes.map(outcome => outcome.messageIds)).to.deep.equal([['a'], ['b', 'c']]);
  });

  it('are answered together under merge with a window', () => {
    const talk = new Talk('merge', 1_000);
    expect(talk.say('a', 0)).to.deep.equal(['MessageReceived', 'WindowOpened']);
    expect(talk.say('b', 400)).to.deep.equal(['MessageReceived', 'WindowProlonged']);
    talk.say('c', 800);
    expect(talk.owed).to.deep.equal(['AwaitWindow']);
    expect(talk.state.window?.until).to.equal(1_800);
    expect(talk.closeWindow(1_800)).to.deep.equal(['TurnStarted']);
    expect(talk.answering).to.deep.equal(['a', 'b', 'c']);
  });

  it('break the answer off and are answered together under interrupt', () => {
    const talk = new Talk('interrupt');
    talk.say('a');
    const first = talk.asking;
    expect(talk.say('b')).to.deep.equal(['MessageReceived', 'TurnInterrupted', 'TurnStarted']);
    talk.say('c');
    expect(talk.answering).to.deep.equal(['a', 'b', 'c']);
    expect(talk.answer('late', [], first), 'an answer to what was broken off').to.deep.equal([]);
    talk.answer('all');
    expect(talk.state.outcomes.map(outcome => outcome.messageIds)).to.deep.equal([['a', 'b', 'c']]);
    expect(talk.shown).to.deep.equal(['user: a', 'user: b', 'user: c', 'assistant: all']);
  });

  it('wait under interrupt while tools are at work', () => {
    const talk = new Talk('interrupt');
    talk.say('a');
    talk.wants('refund');
    expect(talk.say('b')).to.deep.equal(['MessageReceived']);
    expect(talk.owed).to.deep.equal(['CallTool']);
  });
});

describe('a merge window', () => {
  it('is prolonged by typing, never beyond its bound', () => {
    const talk = new Talk('merge', 1_000);
    talk.say('a', 0);
    for (let at = 500; at <= 20_000; at += 500) talk.do({ type: 'NoticeTyping', at });
    expect(talk.state.window?.until).to.equal(1_000 * LIMITS.windowFactor);
    talk.say('b', 3_900);
    expect(talk.state.window?.until).to.equal(1_000 * LIMITS.windowFactor);
  });

  it('is closed only by its newest timer', () => {
    const talk = new Talk('merge', 1_000);
    talk.say('a', 0);
    const old = `${talk.state.window!.key}@${talk.state.window!.until}`;
    talk.do({ type: 'NoticeTyping', at: 600 });
    expect(talk.do({ type: 'CloseWindow', key: old, at: 1_000 })).to.deep.equal([]);
    expect(talk.closeWindow(1_600)).to.deep.equal(['TurnStarted']);
    expect(talk.closeWindow(1_700)).to.deep.equal([]);
  });

  it('brings a forwarded message and its comment into one turn', () => {
    const talk = new Talk('merge', 1_500);
    talk.say('forwarded', 0, 'Fwd: your parcel is delayed');
    talk.say('comment', 900, 'is that mine?');
    talk.closeWindow(2_400);
    expect(talk.answering).to.deep.equal(['forwarded', 'comment']);
    expect(talk.shown).to.deep.equal(['user: Fwd: your parcel is delayed', 'user: is that mine?']);
  });

  it('does not open by typing alone', () => {
    expect(new Talk('merge', 1_000).do({ type: 'NoticeTyping', at: 0 })).to.deep.equal([]);
  });
});

it('a conversation refuses messages beyond its limit and says when to come again', () => {
  const talk = new Talk('queue');
  for (let index = 0; index <= LIMITS.waiting; index++) talk.say(`m${index}`);
  expect(() => talk.say('one too many'))
    .to.throw()
    .with.property('code', 'mailbox-full');
  expect(talk.waiting).to.have.length(LIMITS.waiting);
});
