// Protects: whatever comes over the network, the page gets a known shape or nothing.
import { expect } from 'chai';
import fc from 'fast-check';
import { chatEventOf, isTransient, problemOf } from '../../../web/src/chat/wire.ts';

describe('what the page reads from the wire', () => {
  it('reads each event of an answer', () => {
    expect(chatEventOf('accepted', '{"conversationId":"c","turn":2,"messageId":"m"}', '1.0')).to.deep.equal({
      type: 'accepted',
      conversationId: 'c',
      turn: 2,
      messageId: 'm',
    });
    expect(chatEventOf('delta', '{"text":"a","offset":4}', '1.0')).to.deep.equal({
      type: 'delta',
      text: 'a',
      offset: 4,
    });
    expect(chatEventOf('tool', '{"name":"look_up_order","status":"done"}', '1.0')).to.deep.equal({
      type: 'tool',
      name: 'look_up_order',
      status: 'done',
    });
    expect(chatEventOf('error', '{"code":"timeout","title":"T","status":504}', 'e')).to.deep.equal({
      type: 'error',
      lasting: false,
      problem: { code: 'timeout', title: 'T', detail: '', status: 504, retryAfter: null },
    });
  });

  it('fills in what a final message leaves out', () => {
    expect(chatEventOf('message', '{"turn":1,"message":{"id":"a","text":"Hi"}}', '1.0')).to.deep.equal({
      type: 'message',
      conversationId: '',
      turn: 1,
      message: { id: 'a', role: 'assistant', text: 'Hi', citations: [], toolCalls: [] },
      usage: null,
    });
  });

  it('tells a failure that the journal holds from one of the moment', () => {
    expect(chatEventOf('error', '{"code":"timeout"}', '7.f')).to.include({ lasting: true });
    expect(chatEventOf('error', '{"code":"timeout"}', 'e')).to.include({ lasting: false });
  });

  it('reads of a status what is said, and nothing else', () => {
    expect(chatEventOf('status', '{"answering":true,"turn":3}', '1.1')).to.deep.equal({
      type: 'status',
      conversationId: '',
      status: null,
      turn: 3,
      wantsPerson: undefined,
    });
    expect(chatEventOf('status', '{"status":"open","wantsPerson":null}', '9.0')).to.include({
      status: 'open',
      turn: null,
      wantsPerson: null,
    });
  });

  it('passes over events and statuses that it does not know', () => {
    expect(chatEventOf('thought', '{}', '1.0')).to.equal(null);
    expect(chatEventOf('tool', '{"name":"x","status":"dreaming"}', '1.0')).to.equal(null);
  });

  it('throws at nothing', () => {
    const types = fc.constantFrom('accepted', 'delta', 'tool', 'message', 'status', 'interrupted', 'error');
    fc.assert(
      fc.property(types, fc.oneof(fc.json(), fc.string()), (type, data) => void chatEventOf(type, data, '')),
    );
  });

  it('tells "not now" from "never", also by the bare status of a proxy', () => {
    expect(isTransient(problemOf({ code: 'overloaded' }, 503))).to.equal(true);
    expect(isTransient(problemOf({ code: 'validation-failed' }, 422))).to.equal(false);
    expect(isTransient(problemOf({ code: 'model-failed' }, 502))).to.equal(false);
    expect(isTransient(problemOf('<html>', 502))).to.equal(true);
    expect(isTransient(problemOf(null, 404))).to.equal(false);
  });

  it('takes the time to wait from the header or the body', () => {
    expect(problemOf({}, 429, '7').retryAfter).to.equal(7);
    expect(problemOf({ retryAfter: 3 }, 429).retryAfter).to.equal(3);
    expect(problemOf({}, 429, 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfter).to.equal(null);
  });
});
