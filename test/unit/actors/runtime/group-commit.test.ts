// Protects: group commit: appends share a transaction, each actor once in it, and nobody hears what is not so.
import { expect } from 'chai';
import { type AppendOutcome, GroupCommit } from '../../../../actors/runtime/group-commit.ts';
import type { JournalRow } from '../../../../lib/contracts/journal.ts';
import { gate, MemoryJournal } from './fixtures.ts';

const row = (actor: string, seq: number, events = '[1]'): JournalRow => ({
  tenantId: 'acme',
  actor,
  seq,
  unfinished: false,
  commandId: null,
  events,
});

function commitOn(
  journal: MemoryJournal,
  over: { repeats?: number; maxRows?: number; onAllLost?: () => void } = {},
) {
  const commit = new GroupCommit(journal, () => 1, { inFlight: 1, pause: async () => {}, ...over });
  return (of: JournalRow) => new Promise<AppendOutcome>(resolve => commit.append(of, resolve));
}

const kinds = (outcomes: readonly AppendOutcome[]) => outcomes.map(outcome => outcome.kind);

describe('group commit', () => {
  it('writes what is ready together in one transaction, in the order of keys', async () => {
    const journal = new MemoryJournal();
    const append = commitOn(journal);
    const outcomes = await Promise.all(['c', 'a', 'b'].map(actor => append(row(actor, 1))));
    expect(kinds(outcomes)).to.deep.equal(['committed', 'committed', 'committed']);
    expect(journal.appends.map(batch => batch.map(({ actor }) => actor))).to.deep.equal([['a', 'b', 'c']]);
  });

  it('holds one row of an actor in a batch', async () => {
    const journal = new MemoryJournal();
    const append = commitOn(journal);
    await Promise.all([append(row('a', 1)), append(row('a', 2)), append(row('b', 1))]);
    expect(journal.appends.map(batch => batch.map(({ actor, seq }) => `${actor}${seq}`))).to.deep.equal([
      ['a1', 'b1'],
      ['a2'],
    ]);
  });

  it('gathers what comes while a batch is under way, up to its limit', async () => {
    const journal = new MemoryJournal();
    const { passed, open } = gate();
    journal.before = () => passed;
    const append = commitOn(journal, { maxRows: 2 });
    const first = append(row('a', 1));
    await new Promise(resolve => setImmediate(resolve));
    const rest = ['b', 'c', 'd'].map(actor => append(row(actor, 1)));
    open();
    await Promise.all([first, ...rest]);
    expect(journal.appends.map(batch => batch.length)).to.deep.equal([1, 2, 1]);
  });

  it('tells losers from winners, and asks after the lease only when all lost', async () => {
    const journal = new MemoryJournal();
    let suspicions = 0;
    const append = commitOn(journal, { onAllLost: () => suspicions++ });
    await append(row('a', 1));
    const mixed = await Promise.all([append(row('a', 1, '[2]')), append(row('b', 1))]);
    expect(kinds(mixed)).to.deep.equal(['lost', 'committed']);
    expect(suspicions).to.equal(0);
    expect(kinds([await append(row('a', 1, '[3]'))])).to.deep.equal(['lost']);
    expect(suspicions).to.equal(1);
  });

  it('appends again when the answer was lost, and then does not know the transaction', async () => {
    const journal = new MemoryJournal();
    let answers = 0;
    journal.after = async () => {
      if (answers++ === 0) throw new Error('The connection broke');
    };
    const outcome = await commitOn(journal)(row('a', 1));
    expect(outcome).to.deep.equal({ kind: 'committed', xid: undefined });
    expect(journal.of('a')).to.have.length(1);
    expect(journal.appends).to.have.length(2);
  });

  it('says failed, with the first error, when the journal stays away', async () => {
    const journal = new MemoryJournal();
    let attempts = 0;
    journal.before = async () => {
      throw new Error(`attempt ${++attempts}`);
    };
    const outcome = await commitOn(journal, { repeats: 2 })(row('a', 1));
    expect(attempts).to.equal(3);
    expect(outcome.kind === 'failed' && (outcome.error as Error).message).to.equal('attempt 1');
  });
});
