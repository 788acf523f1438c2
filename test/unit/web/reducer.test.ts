// Protects: whatever comes, comes twice or comes late, the page shows each message once and in order.
import { expect } from 'chai';
import fc from 'fast-check';
import { type ChatAction, isAnswering } from '../../../web/src/chat/reducer.ts';
import type { ChatEvent, Outbox } from '../../../web/src/chat/types.ts';
import {
  accepted,
  delta,
  errorEvent,
  finalMessage,
  interrupted,
  log,
  opened,
  play,
  status,
  stored,
  submit,
  USAGE,
  view,
} from './fixtures.ts';

const tool = (status: 'running' | 'done'): ChatEvent => ({ type: 'tool', name: 'look_up_order', status });
const history = (...messages: ReturnType<typeof stored>[]): ChatAction => ({
  type: 'history',
  view: view(messages),
});
const person: ChatEvent = {
  type: 'message',
  conversationId: 'cnv',
  turn: 0,
  message: { id: 'p1', role: 'person', text: 'Linh here', citations: [], toolCalls: [] },
  usage: null,
};

describe('the state of the chat', () => {
  it('shows a message at once, then the answer as it is written, then the answer', () => {
    const sent = play([opened, submit('Hi')]);
    expect(log(sent)).to.deep.equal(['user Hi (sending)']);
    expect(isAnswering(sent)).to.equal(true);
    const writing = play([accepted(), tool('running'), tool('done'), delta('Hel', 0), delta('lo', 3)], sent);
    expect(writing.live?.text).to.equal('Hello');
    expect(writing.live?.tools).to.deep.equal([{ name: 'look_up_order', status: 'done' }]);
    const done = play([finalMessage('Hello!')], writing);
    expect(log(done)).to.deep.equal(['user Hi (sent)', 'assistant Hello!']);
    expect(done).to.include({ outbox: null, live: null, conversationId: 'cnv' });
    expect(done.usage).to.deep.equal({ a1: USAGE });
    expect(isAnswering(done)).to.equal(false);
  });

  it('lets a piece replace what stood behind its place, and starts over at 0', () => {
    const writing = play([opened, submit('Hi'), accepted(), delta('Hello wurld', 0), delta('orld', 7)]);
    expect(writing.live?.text).to.equal('Hello world');
    expect(play([delta('Again', 0)], writing).live?.text).to.equal('Again');
  });

  it('shows the rest of an answer whose beginning it has not seen', () => {
    const late = play([opened, submit('Hi'), accepted(), delta('world', 6), delta('!', 11)]);
    expect(late.live).to.include({ start: 6, text: 'world!' });
    expect(play([delta('Hello', 0)], late).live).to.include({ start: 0, text: 'Hello' });
  });

  it('changes nothing when everything comes a second time', () => {
    const events = [accepted(), tool('running'), delta('Hello', 0), tool('done'), finalMessage('Hello')];
    const once = play([opened, submit('Hi'), ...events]);
    const whole = [stored('m1', 'user', 'Hi'), stored('a1', 'assistant', 'Hello')];
    expect(play([history(...whole)], once).entries).to.deep.equal(once.entries);
    expect(play([finalMessage('Hello')], once).entries).to.deep.equal(once.entries);
  });

  it('goes on after a reload in the middle of an answer: history, then the message that has none', () => {
    const outbox: Outbox = {
      messageId: 'm2',
      text: 'And?',
      conversationId: 'cnv',
      acceptedAs: null,
      failure: null,
    };
    const old = [stored('m1', 'user', 'Hi'), stored('a1', 'assistant', 'Hello')];
    const restored: ChatAction = {
      type: 'restored',
      conversationId: 'cnv',
      outbox,
      usage: { a1: USAGE },
      ratings: {},
    };
    const unaccepted = play([restored, history(...old), opened]);
    expect(log(unaccepted)).to.deep.equal(['user Hi (sent)', 'assistant Hello', 'user And? (sending)']);
    const known = play([restored, history(...old, stored('m2', 'user', 'And?', 2)), opened]);
    expect(log(known)).to.deep.equal(['user Hi (sent)', 'assistant Hello', 'user And? (sent)']);
    expect(known.entries[1]).to.deep.include({ usage: USAGE });
    for (const state of [unaccepted, known])
      expect(log(play([accepted(2, 'm2'), finalMessage('Yes', 'a2', 2)], state)).slice(2)).to.deep.equal([
        'user And? (sent)',
        'assistant Yes',
      ]);
  });

  it('takes the name that the platform gives to a message, also when the history has it already', () => {
    const renamed = play([opened, submit('Hi'), accepted(1, 'srv'), history(stored('srv', 'user', 'Hi'))]);
    expect(log(renamed)).to.deep.equal(['user Hi (sent)']);
    const historyFirst = play([
      opened,
      submit('Hi'),
      history(stored('srv', 'user', 'Hi')),
      accepted(1, 'srv'),
    ]);
    expect(log(historyFirst)).to.deep.equal(['user Hi (sent)']);
  });

  it('keeps a failed message with its reason, and sends it again under a new id once it was accepted', () => {
    const failed = play([opened, submit('Hi'), accepted(), delta('Hal', 0), errorEvent('model-failed')]);
    expect(log(failed)).to.deep.equal(['user Hi (failed)']);
    expect(failed.outbox?.failure?.code).to.equal('model-failed');
    expect(isAnswering(failed)).to.equal(false);
    const again = play([{ type: 'retried', messageId: 'm9' }], failed);
    expect(again.outbox).to.deep.include({ messageId: 'm9', conversationId: 'cnv', failure: null });
    expect(log(again)).to.deep.equal(['user Hi (sending)']);
  });

  it('takes a failure that the journal holds as a sign that the message was accepted', () => {
    const failed = play([opened, submit('Hi'), errorEvent('timeout')]);
    expect(play([{ type: 'retried', messageId: 'm9' }], failed).outbox?.messageId).to.equal('m9');
  });

  it('sends again under the same id what was never accepted', () => {
    const failed = play([
      opened,
      submit('Hi'),
      { type: 'failed', failure: { code: 'unreachable', title: '' } },
    ]);
    const again = play([{ type: 'retried', messageId: 'm9' }], failed);
    expect(again.outbox).to.deep.include({ messageId: 'm1', conversationId: null, failure: null });
  });

  it('keeps what was written when the answer is stopped, until the history says what was kept', () => {
    const written = [opened, submit('Hi'), accepted(), status({ turn: 1 }), delta('Hello wo', 0)];
    const endings: (ChatAction | ChatEvent)[][] = [
      [{ type: 'stopRequested' }, interrupted('Hello wo')],
      [{ type: 'stopRequested' }, errorEvent('conflict')],
      [interrupted('Hello wo'), errorEvent('conflict')],
      [errorEvent('conflict')],
    ];
    for (const ending of endings) {
      const stopped = play([...written, ...ending]);
      expect(log(stopped)).to.deep.equal(['user Hi (sent)', 'assistant Hello wo (partial)']);
      expect(stopped).to.include({ stopping: false, live: null, outbox: null });
      const kept = { ...stored('9.0', 'assistant', 'Hello w'), partial: true };
      expect(log(play([history(stored('m1', 'user', 'Hi'), kept)], stopped))).to.deep.equal([
        'user Hi (sent)',
        'assistant Hello w (partial)',
      ]);
    }
  });

  it('shows a stopped answer once, also when its events are heard after the history', () => {
    const kept = { ...stored('9.0', 'assistant', 'Hello w'), partial: true };
    const replayed = [status({ turn: 1 }), interrupted('Hello w'), errorEvent('conflict')];
    const state = play([opened, history(stored('m1', 'user', 'Hi'), kept), ...replayed]);
    expect(log(state)).to.deep.equal(['user Hi (sent)', 'assistant Hello w (partial)']);
    expect(isAnswering(state)).to.equal(false);
  });

  it('goes on waiting when a turn is broken off to begin anew', () => {
    const again = play([opened, submit('Hi'), accepted(), delta('Hel', 0), interrupted('Hel', false)]);
    expect(again.live?.text).to.equal('');
    expect(isAnswering(again)).to.equal(true);
  });

  it('takes a complete answer that came faster than the wish to stop it', () => {
    const late = play([opened, submit('Hi'), accepted(), { type: 'stopRequested' }, finalMessage('Hello')]);
    expect(log(late)).to.deep.equal(['user Hi (sent)', 'assistant Hello']);
    expect(late.stopping).to.equal(false);
  });

  it('shows a person among the answers without ending the one that is under way', () => {
    const writing = play([opened, submit('Hi'), accepted(), delta('Hel', 0), person]);
    expect(log(writing)).to.deep.equal(['user Hi (sent)', 'person Linh here']);
    expect(writing.live?.text).to.equal('Hel');
  });

  it('owes nothing when a person has the conversation, or when it is paused', () => {
    for (const state of ['with-person', 'paused'] as const) {
      const told = play([opened, submit('Hi'), accepted(), status({ status: state })]);
      expect(log(told)).to.deep.equal(['user Hi (sent)']);
      expect(told.status).to.equal(state);
      expect(isAnswering(told)).to.equal(false);
    }
  });

  it('knows that a person is wanted, and that they are not any more', () => {
    const wanted = play([opened, status({ wantsPerson: 'asked-for-person' })]);
    expect(wanted.wantsPerson).to.equal('asked-for-person');
    expect(play([status({ turn: 2 })], wanted).wantsPerson).to.equal('asked-for-person');
    expect(play([status({ status: 'open', wantsPerson: null })], wanted).wantsPerson).to.equal(null);
  });

  it('waits for an answer that another page asked for, and stops waiting when the history has it', () => {
    const waiting = play([
      opened,
      { type: 'history', view: view([stored('m1', 'user', 'Hi')], { answering: true }) },
    ]);
    expect(isAnswering(waiting)).to.equal(true);
    const answered = play([history(stored('m1', 'user', 'Hi'), stored('a1', 'assistant', 'Hello'))], waiting);
    expect(isAnswering(answered)).to.equal(false);
  });

  it('begins anew with nothing of the old', () => {
    const anew = play([opened, submit('Hi'), accepted(), finalMessage('Hello'), { type: 'begunAnew' }]);
    expect(anew).to.deep.include({ entries: [], conversationId: null, seq: 0, outbox: null });
  });

  it('shows no message twice, whatever the order of events', () => {
    const anything = fc.array(
      fc.constantFrom<ChatAction | ChatEvent>(
        submit('Hi'),
        accepted(),
        accepted(1, 'srv'),
        delta('Hello', 0),
        delta('!', 5),
        tool('running'),
        finalMessage('Hello'),
        person,
        errorEvent('model-failed'),
        status({ turn: 1 }),
        status({ status: 'with-person' }),
        interrupted('Hel'),
        { type: 'stopRequested' },
        { type: 'retried', messageId: 'm2' },
        history(stored('m1', 'user', 'Hi')),
        history(stored('m1', 'user', 'Hi'), stored('a1', 'assistant', 'Hello')),
        { type: 'begunAnew' },
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(anything, actions => {
        const ids = play([opened, ...actions]).entries.map(entry => entry.id);
        expect(ids).to.deep.equal([...new Set(ids)]);
      }),
    );
  });
});
