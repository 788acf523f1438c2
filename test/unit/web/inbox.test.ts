// Protects: the inbox tells a conversation as its journal has it, counts what it cost once, and puts who waits longest first.
import { expect } from 'chai';
import { ageText, queryOf, shownRows, waitOf } from '../../../web/src/inbox/queue.ts';
import { emptyRoom, withRows } from '../../../web/src/inbox/timeline.ts';
import type { JournalRow, ListedRow } from '../../../web/src/inbox/types.ts';

const usage = (inputTokens: number, costMicroUsd = 0) => ({
  model: 'm',
  inputTokens,
  outputTokens: 1,
  costMicroUsd,
});

const ROWS: readonly JournalRow[] = [
  { seq: 1, at: 1_000, events: [{ type: 'MessageReceived', text: 'Where is it?' }, { type: 'TurnStarted' }] },
  {
    seq: 2,
    at: 2_000,
    events: [{ type: 'ModelAnswered', toolCalls: [{ name: 'look_up' }], usage: usage(10, 5) }],
  },
  {
    seq: 3,
    at: 3_000,
    events: [{ type: 'ToolReturned', name: 'look_up', failed: false, content: 'On its way' }],
  },
  {
    seq: 4,
    at: 4_000,
    events: [
      {
        type: 'TurnCompleted',
        message: { text: 'On its way.', citations: [] },
        usage: { ...usage(30, 12), outputTokens: 3 },
      },
      { type: 'PersonWanted', reason: 'asked for' },
    ],
  },
  { seq: 5, at: 5_000, events: [{ type: 'TakenOver', by: 'Mai' }] },
  { seq: 6, at: 6_000, events: [{ type: 'PersonReplied', by: 'Mai', text: 'Hello' }] },
];

describe('the timeline of a conversation', () => {
  it('has what was said with the steps behind it, and who took over', () => {
    const room = withRows(emptyRoom('c'), ROWS);
    expect(room).to.include({ seq: 6, status: 'with-person', assignee: 'Mai', answering: false });
    expect(
      room.items.map(item => (item.kind === 'said' ? `${item.who}: ${item.text}` : item.note)),
    ).to.deep.equal(['customer: Where is it?', 'agent: On its way.', 'wanted', 'taken', 'person: Hello']);
    const answer = room.items[1]!;
    expect(answer.kind === 'said' && answer.steps).to.deep.equal([
      { kind: 'model', model: 'm', tools: ['look_up'], inputTokens: 10, outputTokens: 1, costMicroUsd: 5 },
      { kind: 'tool', name: 'look_up', status: 'done', content: 'On its way' },
      { kind: 'model', model: 'm', tools: [], inputTokens: 20, outputTokens: 2, costMicroUsd: 7 },
    ]);
    expect(room.spent).to.deep.equal({ turns: 1, inputTokens: 30, outputTokens: 3, costMicroUsd: 12 });
  });

  it('is the same row by row, and when rows come twice', () => {
    const whole = withRows(emptyRoom('c'), ROWS);
    const pieces = ROWS.reduce((room, row) => withRows(withRows(room, [row]), [row]), emptyRoom('c'));
    expect(pieces).to.deep.equal(whole);
    expect(withRows(whole, ROWS)).to.deep.equal(whole);
  });

  it('keeps what was said before an answer was broken off, and takes unknown events as nothing', () => {
    const room = withRows(emptyRoom('c'), [
      { seq: 1, at: 1, events: [{ type: 'TurnStarted' }, { type: 'FromTheFuture' }] },
      { seq: 2, at: 2, events: [{ type: 'TurnInterrupted', partial: 'It is' }] },
    ]);
    expect(room.items).to.have.length(1);
    expect(room.items[0]).to.include({ who: 'agent', text: 'It is', partial: true });
  });
});

describe('the list of the inbox', () => {
  const row = (id: string, more: Partial<ListedRow> = {}): ListedRow => ({
    id,
    status: 'open',
    wantsPerson: true,
    waitingSince: '2026-08-01T10:00:00.000Z',
    assignee: null,
    turns: 1,
    lastMessageAt: '2026-08-01T10:00:00.000Z',
    ...more,
  });
  const look = {
    filter: 'waiting',
    by: 'Mai',
    search: '',
    subjects: new Map([['a', 'Hoàn tiền đơn hàng']]),
  } as const;

  it('puts who waits longest first', () => {
    const rows = [row('late', { waitingSince: '2026-08-01T10:05:00.000Z' }), row('first')];
    expect(shownRows(rows, look).map(({ id }) => id)).to.deep.equal(['first', 'late']);
  });

  it('finds by words without accents, by person, and shows mine alone', () => {
    const rows = [row('a', { assignee: 'Bo' }), row('b', { assignee: 'Mai' })];
    const ids = (more: object) => shownRows(rows, { ...look, ...more }).map(({ id }) => id);
    expect(ids({ search: 'HOAN tien don' })).to.deep.equal(['a']);
    expect(ids({ search: 'bo' })).to.deep.equal(['a']);
    expect(ids({ filter: 'mine' })).to.deep.equal(['b']);
    expect(queryOf('mine')).to.deep.equal({ status: 'with-person' });
  });

  it('counts a wait only while nobody has come', () => {
    const now = Date.parse('2026-08-01T10:03:30.000Z');
    expect(waitOf(row('a'), now)).to.equal(210_000);
    expect(waitOf(row('a', { status: 'with-person' }), now)).to.equal(null);
    expect(waitOf(row('a', { wantsPerson: false }), now)).to.equal(null);
    expect(ageText(210_000, 'en')).to.equal('3 min');
    expect(ageText(7_300_000, 'en')).to.equal('2 hr');
  });
});
