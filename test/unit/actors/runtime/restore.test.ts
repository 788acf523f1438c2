// Protects: a state is the fold of what is on disk, and a row that cannot be read is named.
import { expect } from 'chai';
import { Mailbox } from '../../../../actors/runtime/mailbox.ts';
import { restore } from '../../../../actors/runtime/restore.ts';
import type { StoredRow } from '../../../../lib/contracts/journal.ts';
import { address, counter } from './fixtures.ts';

const added = (seq: number, amount: number): StoredRow => ({
  seq,
  epoch: 1,
  unfinished: false,
  commandId: `m${seq}`,
  events: JSON.stringify([{ type: 'Added', amount }]),
});
const from = (rows: readonly StoredRow[], snapshot?: { seq: number; version: number; state: string }) =>
  restore(address('a'), counter, { snapshot, rows });

describe('an actor that is restored', () => {
  it('is new without rows', () => {
    expect(from([])).to.deep.include({ state: { sum: 0 }, seq: 0, last: undefined });
  });

  it('is the fold of its rows, with its last command ids', () => {
    const restored = from([added(1, 2), added(2, 3)]);
    expect(restored).to.deep.include({ state: { sum: 5 }, seq: 2 });
    expect(restored.commands).to.deep.equal([
      ['m1', 1],
      ['m2', 2],
    ]);
  });

  it('goes on from its snapshot', () => {
    const snapshot = { seq: 2, version: 1, state: '{"sum":50}' };
    expect(from([added(2, 3), added(3, 1)], snapshot)).to.deep.include({ state: { sum: 51 }, seq: 3 });
  });

  const corruptions: readonly [string, readonly StoredRow[], number][] = [
    ['no JSON', [added(1, 1), { ...added(2, 1), events: '[{' }], 2],
    ['no list', [{ ...added(1, 1), events: '{}' }], 1],
    ['an event that is none', [{ ...added(1, 1), events: '[null]' }], 1],
    ['a row too few', [added(1, 1), added(3, 1)], 3],
  ];
  for (const [what, rows, seq] of corruptions)
    it(`names the row that holds ${what}`, () => {
      expect(() => from(rows))
        .to.throw(`Row ${seq} of counter/a`)
        .with.deep.include({ code: 'journal-corrupt', data: { actor: 'counter/a', seq } });
    });
});

describe('a mailbox', () => {
  it('gives back in order what was put in, however long it is in use', () => {
    const mailbox = new Mailbox<number>();
    const taken: number[] = [];
    for (let item = 0; item < 1_000; item++) {
      mailbox.push(item);
      if (item % 3 !== 0) taken.push(mailbox.shift()!);
    }
    expect(mailbox.size).to.equal(1_000 - taken.length);
    taken.push(...mailbox.drain());
    expect(taken).to.deep.equal(Array.from({ length: 1_000 }, (_, index) => index));
    expect(mailbox.shift()).to.equal(undefined);
    expect(mailbox.size).to.equal(0);
  });
});
