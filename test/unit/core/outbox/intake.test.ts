// Protects: a consumer takes each actor's rows once, in order and without a gap, whatever delivery does to them.
import { expect } from 'chai';
import fc from 'fast-check';
import type { JournalMessage } from '../../../../lib/contracts/events.ts';
import { takeIn } from '../../../../lib/core/outbox/intake.ts';

const row = (actor: string, seq: number, events: string | null = '[]'): JournalMessage => ({
  xid: '1',
  tenantId: 'ten',
  actor,
  seq,
  at: 0,
  events,
});
const seqs = (rows: readonly JournalMessage[]) => rows.map(each => [each.actor, each.seq]);

describe('the intake of a consumer', () => {
  it('takes what follows on what was processed, in order, once', () => {
    const { rows, gaps } = takeIn(new Map([['a', 2]]), [row('a', 4), row('a', 2), row('a', 3), row('a', 4)]);
    expect(seqs(rows)).to.deep.equal([
      ['a', 3],
      ['a', 4],
    ]);
    expect(gaps).to.deep.equal([]);
  });

  it('names the gap of an actor and takes the others', () => {
    const { rows, gaps } = takeIn(new Map(), [row('a', 3), row('b', 1)]);
    expect(seqs(rows)).to.deep.equal([['b', 1]]);
    expect(gaps).to.deep.equal([{ actor: 'a', from: 1, to: 3 }]);
  });

  it('reads a row again that came without its events', () => {
    expect(takeIn(new Map(), [row('a', 1, null)])).to.deep.equal({
      rows: [],
      gaps: [{ actor: 'a', from: 1, to: 1 }],
    });
  });

  it('loses, doubles and reorders nothing, whatever is delivered in whatever batches', () => {
    const delivery = fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(fc.array(fc.array(delivery, { maxLength: 6 }), { maxLength: 12 }), batches => {
        const processed = new Map<string, number>();
        const taken = new Map<string, number[]>();
        const furthest = new Map<string, number>();
        for (const batch of batches) {
          for (const [actor, seq] of batch) furthest.set(actor, Math.max(seq, furthest.get(actor) ?? 0));
          const { rows, gaps } = takeIn(
            processed,
            batch.map(([actor, seq]) => row(actor, seq)),
          );
          const read = gaps.flatMap(({ actor, from, to }) =>
            Array.from({ length: to - from + 1 }, (_, i) => row(actor, from + i)),
          );
          for (const { actor, seq } of [...rows, ...read]) {
            taken.set(actor, [...(taken.get(actor) ?? []), seq]);
            processed.set(actor, seq);
          }
        }
        for (const [actor, last] of furthest)
          expect(taken.get(actor)).to.deep.equal(Array.from({ length: last }, (_, i) => i + 1));
      }),
    );
  });
});
