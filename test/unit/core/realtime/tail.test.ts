// Protects: whoever comes late or lags hears each event once, in order, from memory or is sent to the journal.
import { expect } from 'chai';
import fc from 'fast-check';
import { BEFORE_ALL, isAfter, placeOf, readAfter } from '../../../../lib/core/realtime/event-place.ts';
import { Tail } from '../../../../lib/core/realtime/tail.ts';
import { textFrame } from '../../../../lib/core/realtime/text-frame.ts';

const LIMITS = { events: 5, bytes: 1_000, partial: 20 };
const event = (id: string, bytes = 10) => ({ place: placeOf(id)!, bytes });

describe('the place of an event', () => {
  it('is read from its id; a bare number and passing text mean the whole row', () => {
    expect(placeOf('12.3')).to.deep.equal({ seq: 12, index: 3 });
    expect(isAfter(placeOf('12')!, placeOf('12.999')!)).to.equal(true);
    expect(isAfter(placeOf('12.d40')!, placeOf('12.999')!)).to.equal(true);
    expect(isAfter(placeOf('13.0')!, placeOf('12')!)).to.equal(true);
    for (const bad of ['', 'x', '1.', '-1', '1.2.3', '99999999999999999'])
      expect(placeOf(bad), bad).to.equal(undefined);
  });

  it('in the middle of a row has the row read again', () => {
    expect(readAfter(placeOf('12.0')!)).to.equal(11);
    expect(readAfter(placeOf('12')!)).to.equal(12);
    expect(readAfter(BEFORE_ALL)).to.equal(0);
  });
});

describe('the tail of a conversation', () => {
  it('takes each event once', () => {
    const tail = new Tail(LIMITS);
    expect(['1.0', '1.1', '1.0', '2.0', '1.1'].map(id => tail.add(event(id)))).to.deep.equal([
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  it('answers what comes after a place, or that it no longer knows', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 3 })), {
          maxLength: 30,
          selector: ([seq, index]) => seq * 10 + index,
        }),
        fc.tuple(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 0, max: 3 })),
        (ids, [seq, index]) => {
          const all = ids
            .map(([s, i]) => event(`${s}.${i}`))
            .sort((a, b) => (isAfter(a.place, b.place) ? 1 : -1));
          const tail = new Tail<(typeof all)[number]>(LIMITS);
          for (const each of all) tail.add(each);
          const place = { seq, index };
          const missing = all.filter(each => isAfter(each.place, place));
          const told = tail.after(place, 100);
          if (told) expect(told).to.deep.equal(missing);
          else expect(missing.length).to.be.greaterThan(0);
          if (missing.length <= LIMITS.events && all.length > 0 && isAfter(place, tail.from))
            expect(told).to.not.equal(undefined);
        },
      ),
    );
  });

  it('holds no more than its limits', () => {
    const tail = new Tail(LIMITS);
    for (let seq = 1; seq <= 20; seq++) tail.add(event(`${seq}.0`, 300));
    expect(tail.after(placeOf('17.0')!, 10)).to.have.length(3);
    expect(tail.after(placeOf('15.0')!, 10)).to.equal(undefined);
    tail.add(event('21.0', 5_000));
    expect(tail.head).to.deep.equal(placeOf('21.0'));
    expect(tail.after(placeOf('20.0')!, 10)).to.equal(undefined);
  });

  it('keeps the answer under way as one text, whatever is heard twice, and nothing of which it missed the beginning', () => {
    const tail = new Tail(LIMITS);
    tail.hear(1, 0, 'Thirty');
    tail.hear(1, 6, ' days');
    tail.hear(1, 0, 'Thirty d');
    expect(tail.partial).to.deep.equal({ turn: 1, text: 'Thirty d' });
    tail.hear(2, 4, 'late');
    expect(tail.partial?.turn).to.equal(1);
    tail.endPartial();
    expect(tail.partial).to.equal(undefined);
  });
});

describe('a frame', () => {
  it('has the length form that RFC 6455 asks for', () => {
    for (const [length, head] of [
      [0, 2],
      [125, 2],
      [126, 4],
      [65_535, 4],
      [65_536, 10],
    ] as const) {
      const frame = textFrame('x'.repeat(length));
      expect(frame.length).to.equal(length + head);
      expect(frame[0]).to.equal(0x81);
      expect(frame[1]).to.equal(head === 2 ? length : head === 4 ? 126 : 127);
    }
    expect(textFrame('ă').length).to.equal(4);
  });
});
