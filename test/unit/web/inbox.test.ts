// Protects: the inbox tells a conversation as its journal has it, counts what it cost once, and puts who waits longest first.
import { expect } from 'chai';
import { ageText, ordered, queryOf, waitOf } from '../../../web/src/inbox/queue.ts';
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
    events: [
      { type: 'ModelAnswered', toolCalls: [{ name: 'look_up' }], usage: usage(10, 5), hidden: { PHONE: 2 } },
    ],
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
  { seq: 7, at: 7_000, events: [{ type: 'TurnRated', turn: 1, rating: 'down' }] },
];

describe('the timeline of a conversation', () => {
  it('has what was said with the steps behind it, and who took over', () => {
    const room = withRows(emptyRoom('c'), ROWS);
    expect(room).to.include({ seq: 7, status: 'with-person', assignee: 'Mai', answering: false });
    expect(
      room.items.map(item => {
        if (item.kind === 'said') return `${item.who}: ${item.text}`;
        return item.kind === 'note' ? item.note : `${item.aside}: ${item.text}`;
      }),
    ).to.deep.equal([
      'customer: Where is it?',
      'agent: On its way.',
      'wanted',
      'taken',
      'person: Hello',
      'ratedDown',
    ]);
    const answer = room.items[1]!;
    expect(answer.kind === 'said' && answer.steps).to.deep.equal([
      {
        kind: 'model',
        model: 'm',
        tools: ['look_up'],
        hidden: { PHONE: 2 },
        inputTokens: 10,
        outputTokens: 1,
        costMicroUsd: 5,
      },
      { kind: 'tool', name: 'look_up', status: 'done', content: 'On its way' },
      { kind: 'model', model: 'm', tools: [], hidden: {}, inputTokens: 20, outputTokens: 2, costMicroUsd: 7 },
    ]);
    expect(room.spent).to.deep.equal({ turns: 1, inputTokens: 30, outputTokens: 3, costMicroUsd: 12 });
  });

  it('is the same row by row, and when rows come twice', () => {
    const whole = withRows(emptyRoom('c'), ROWS);
    const pieces = ROWS.reduce((room, row) => withRows(withRows(room, [row]), [row]), emptyRoom('c'));
    expect(pieces).to.deep.equal(whole);
    expect(withRows(whole, ROWS)).to.deep.equal(whole);
  });

  it('shows asides, files and whose it is', () => {
    const file = { id: 'att_1', name: 'a.png', type: 'image/png', bytes: 9 };
    const room = withRows(emptyRoom('c'), [
      { seq: 1, at: 1, events: [{ type: 'MessageReceived', text: 'See', attachments: [file] }] },
      { seq: 2, at: 2, events: [{ type: 'Assigned', to: 'Bo', by: 'Mai' }] },
      { seq: 3, at: 3, events: [{ type: 'Noted', text: 'Call her', by: 'Mai' }] },
    ]);
    expect(room).to.include({ assignee: 'Bo', status: 'open' });
    expect(room.items[0]).to.deep.include({ attachments: [file] });
    expect(room.items[2]).to.include({ kind: 'aside', aside: 'noted', by: 'Mai', text: 'Call her' });
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
    unansweredSince: null,
    turns: 1,
    lastMessageAt: '2026-08-01T10:00:00.000Z',
    ...more,
  });
  const times = { firstReplyMinutes: 5, nextReplyMinutes: 2 };

  it('puts who waits longest first', () => {
    const rows = [row('late', { waitingSince: '2026-08-01T10:05:00.000Z' }), row('first')];
    expect(ordered(rows, 'waiting').map(({ id }) => id)).to.deep.equal(['first', 'late']);
    expect(ordered(rows, 'all')).to.equal(rows);
  });

  it('asks the platform for what a filter means, and for the words of a search', () => {
    expect(queryOf('mine', 'Mai', ' hoàn tiền ')).to.deep.equal({ assignee: 'Mai', query: 'hoàn tiền' });
    expect(queryOf('unassigned', 'Mai', '')).to.deep.equal({ assignee: '' });
    expect(queryOf('waiting', 'Mai', '')).to.deep.equal({ waiting: true });
    expect(queryOf('paused', 'Mai', '')).to.deep.equal({ status: 'paused' });
  });

  it('counts a wait only while nobody has come', () => {
    const now = Date.parse('2026-08-01T10:03:30.000Z');
    expect(waitOf(row('a'), times, now)).to.deep.equal({ forMs: 210_000, leftMs: 90_000 });
    expect(waitOf(row('a', { wantsPerson: false }), times, now)).to.equal(null);
    const held = { status: 'with-person' } as const;
    expect(waitOf(row('a', held), times, now)).to.equal(null);
    const unanswered = row('a', { ...held, unansweredSince: '2026-08-01T10:00:30.000Z' });
    expect(waitOf(unanswered, times, now)).to.deep.equal({ forMs: 180_000, leftMs: -60_000 });
    expect(ageText(210_000, 'en')).to.equal('3 min');
    expect(ageText(7_300_000, 'en')).to.equal('2 hr');
  });
});
