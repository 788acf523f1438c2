// Protects: a row of the journal comes out of a message as it went in; what is no message is refused.
import { expect } from 'chai';
import fc from 'fast-check';
import type { JournalMessage } from '../../../../lib/contracts/events.ts';
import { eventId, rowId } from '../../../../lib/core/outbox/event-id.ts';
import { decodeMessage, encodeMessage } from '../../../../lib/core/outbox/wire.ts';
import { refusal } from '../../../suites/rejection.ts';

const message = fc.record({
  xid: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  tenantId: fc.string(),
  actor: fc.string({ unit: 'binary' }),
  seq: fc.integer({ min: 1 }),
  at: fc.integer(),
  events: fc.json(),
});

describe('the form of messages', () => {
  it('gives back every row, events untouched, also when they are no JSON', () => {
    fc.assert(
      fc.property(message, row => {
        expect(decodeMessage(encodeMessage(row, 1e6))).to.deep.equal(row);
      }),
    );
    const broken: JournalMessage = {
      xid: '1',
      tenantId: 't',
      actor: 'a',
      seq: 1,
      at: 0,
      events: 'no\n\njson',
    };
    expect(decodeMessage(encodeMessage(broken, 1e6))).to.deep.equal(broken);
  });

  it('leaves out events that are too large, and only those', () => {
    const row: JournalMessage = { xid: '1', tenantId: 't', actor: 'a', seq: 1, at: 0, events: '["äää"]' };
    const whole = encodeMessage(row, 1e6);
    expect(decodeMessage(encodeMessage(row, whole.length))).to.deep.equal(row);
    expect(decodeMessage(encodeMessage(row, whole.length - 1))).to.deep.equal({ ...row, events: null });
  });

  it('refuses what says no row', async () => {
    const noMessages = [
      '',
      'null',
      '[]',
      '{"xid":"1"}',
      '\n[]',
      '{"xid":1,"tenantId":"t","actor":"a","seq":1,"at":0}',
    ];
    for (const text of noMessages)
      await refusal(
        Promise.resolve().then(() => decodeMessage(new TextEncoder().encode(text))),
        'malformed-body',
      );
  });

  it('names rows and events in characters that a header may hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), actor => {
        expect(rowId({ tenantId: 'ten_1', actor, seq: 3 })).to.match(/^[\x21-\x7e]+$/);
      }),
    );
    expect(eventId({ tenantId: 'ten_1', actor: 'conversation/cnv_1', seq: 3 }, 0)).to.equal(
      'ten_1/conversation/cnv_1/3.0',
    );
  });
});
