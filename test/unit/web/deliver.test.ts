// Protects: a message reaches its answer through dropped connections and restarts, under one id, and is not sent for ever.
import { expect } from 'chai';
import { Refusal, type StreamedEvent } from '../../../web/src/chat/api.ts';
import { deliver, waitBefore } from '../../../web/src/chat/deliver.ts';
import type { ChatAction } from '../../../web/src/chat/reducer.ts';
import type { ChatEvent, Outbox } from '../../../web/src/chat/types.ts';
import { problemOf } from '../../../web/src/chat/wire.ts';
import { accepted, delta, errorEvent, finalMessage, interrupted, status } from './fixtures.ts';

const OUTBOX: Outbox = { messageId: 'm1', text: 'Hi', conversationId: null, acceptedAs: null, failure: null };

type Step = ChatEvent | Error;

/** Each attempt gives its events and then ends, as a dropped connection does, or throws. */
async function run(attempts: readonly (readonly Step[])[], stop = new AbortController()) {
  const actions: ChatAction[] = [];
  const waits: number[] = [];
  const sent: string[] = [];
  const ports = {
    async *send(outbox: Outbox): AsyncGenerator<StreamedEvent> {
      sent.push(JSON.stringify(outbox));
      for (const step of attempts[Math.min(sent.length, attempts.length) - 1] ?? []) {
        if (step instanceof Error) throw step;
        yield { id: '', event: step };
      }
    },
    dispatch: (action: ChatAction) => void actions.push(action),
    wait: async (ms: number) => void waits.push(ms),
    random: () => 0,
  };
  await deliver(OUTBOX, ports, stop.signal);
  const told = actions.map(action =>
    action.type === 'event'
      ? action.event.type
      : action.type === 'connection'
        ? action.connection
        : action.type,
  );
  return {
    told: told.filter((word, index) => word !== 'ok' || told[index - 1] === 'lost'),
    waits,
    sent,
    actions,
  };
}

const refusal = (status: number, code = '', retryAfter: string | null = null) =>
  new Refusal(problemOf({ code }, status, retryAfter));

describe('the delivery of a message', () => {
  it('ends with the answer', async () => {
    const { told, sent } = await run([[accepted(), delta('He', 0), finalMessage('Hello')]]);
    expect(told).to.deep.equal(['accepted', 'delta', 'message']);
    expect(sent).to.have.length(1);
  });

  it('sends the same again when the connection breaks, before and in the middle of the answer', async () => {
    const { told, sent } = await run([
      [new TypeError('network error')],
      [accepted(), delta('He', 0)],
      [accepted(), delta('He', 0), new TypeError('network error')],
      [accepted(), finalMessage('Hello')],
    ]);
    expect(sent).to.have.length(4);
    expect(new Set(sent).size).to.equal(1);
    expect(told.at(-1)).to.equal('message');
    expect(told.filter(word => word === 'lost')).to.have.length(3);
  });

  it('waits as long as the platform asks, and longer each time', async () => {
    const busy = [refusal(429, 'rate-limited', '4')];
    const { waits } = await run([busy, [refusal(503)], [refusal(503)], [finalMessage('Hello')]]);
    expect(waits).to.deep.equal([4_000, 300, 600]);
    expect(waitBefore(50, 1, null)).to.equal(8_000);
  });

  it('tries again after an event that says "not now"', async () => {
    const { told } = await run([[accepted(), errorEvent('overloaded', false)], [finalMessage('Hello')]]);
    expect(told).to.deep.equal(['accepted', 'lost', 'ok', 'message']);
    const slow = await run([[accepted(), errorEvent('timeout', false)], [finalMessage('Hello')]]);
    expect(slow.told).to.deep.equal(['accepted', 'message']);
  });

  it('stops at a lasting refusal and at a failed answer', async () => {
    expect((await run([[refusal(422, 'validation-failed')]])).told).to.deep.equal(['failed']);
    for (const code of ['model-failed', 'timeout'])
      expect((await run([[accepted(), errorEvent(code)]])).told).to.deep.equal(['accepted', 'error']);
  });

  it('ends when nobody answers any more: a person has taken over, or the answer was stopped', async () => {
    for (const end of [status({ status: 'with-person' }), status({ status: 'paused' }), interrupted('He')])
      expect((await run([[accepted(), status({ turn: 1 }), end]])).sent).to.have.length(1);
  });

  it('does not take what a person writes for the answer', async () => {
    const person = finalMessage('Linh here', 'p1') as Extract<ChatEvent, { type: 'message' }>;
    const said = { ...person, message: { ...person.message!, role: 'person' as const } };
    const { told } = await run([[accepted(), said, finalMessage('Hello')]]);
    expect(told).to.deep.equal(['accepted', 'message', 'message']);
  });

  it('gives up after a stated number of attempts', async () => {
    const { sent, actions } = await run([[new TypeError('network error')]]);
    expect(sent).to.have.length(80);
    expect(actions.at(-1)).to.deep.equal({ type: 'failed', failure: { code: 'unreachable', title: '' } });
  });

  it('says nothing more once it is told to end', async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await run([[accepted(), finalMessage('Hello')]], stop)).actions).to.deep.equal([]);
  });
});
