/** A conversation's journal as a person reads it: what was said, what was done for it, and who had it. Pure; rows come in order. */
import type { Attachment, Citation } from '../chat/types.ts';
import type { Item, JournalRow, Room, Spent, Step } from './types.ts';

/** Characters of a tool's result that are shown. */
const SHOWN_RESULT = 2_000;

export function emptyRoom(id: string): Room {
  return {
    id,
    seq: 0,
    status: 'open',
    assignee: null,
    items: [],
    spent: { turns: 0, inputTokens: 0, outputTokens: 0, costMicroUsd: 0 },
    steps: [],
    answering: false,
  };
}

/** Rows that are known already change nothing. */
export function withRows(room: Room, rows: readonly JournalRow[]): Room {
  let next = room;
  for (const row of rows) {
    if (row.seq <= next.seq) continue;
    row.events.forEach((event, index) => {
      next = withEvent(next, event, { id: `${row.seq}.${index}`, at: row.at });
    });
    next = { ...next, seq: row.seq };
  }
  return next;
}

type Event = JournalRow['events'][number];
interface Place {
  readonly id: string;
  readonly at: number;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const count = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 0);
const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);
const fields = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function withEvent(room: Room, event: Event, place: Place): Room {
  switch (event.type) {
    case 'MessageReceived':
      return said(room, place, {
        who: 'customer',
        text: text(event.text),
        attachments: listOf<Attachment>(event.attachments),
      });
    case 'PersonReplied':
      return said(room, place, {
        who: 'person',
        by: text(event.by),
        text: text(event.text),
        choices: listOf<string>(event.quickReplies),
        attachments: listOf<Attachment>(event.attachments),
      });
    case 'Notified':
      return said(room, place, {
        who: 'agent',
        by: text(event.by),
        text: text(event.text),
        choices: listOf<string>(event.quickReplies),
        attachments: listOf<Attachment>(event.attachments),
      });
    case 'Noted':
      return aside(room, 'noted', event, place);
    case 'Whispered':
      return aside(room, 'whispered', event, place);
    case 'TurnStarted':
      return { ...room, answering: true, steps: [] };
    case 'ModelAnswered':
      return modelAnswered(room, fields(event.usage), event.toolCalls, event.hidden);
    case 'ToolReturned':
      return withStep(room, {
        kind: 'tool',
        name: text(event.name),
        status: event.failed === true ? 'failed' : 'done',
        content: text(event.content).slice(0, SHOWN_RESULT),
      });
    case 'ToolParked':
      return withStep(room, { kind: 'tool', name: text(event.name), status: 'parked', content: '' });
    case 'HandedOff':
      return withStep(room, { kind: 'handed-off', from: text(event.from), to: text(event.to) });
    case 'LoopCut':
      return withStep(room, { kind: 'cut', why: text(fields(event.cut).reason) || text(event.cut) });
    case 'TurnCompleted':
      return turnCompleted(room, event, place);
    case 'TurnInterrupted':
      return turnInterrupted(room, event, place);
    case 'TurnFailed':
      return note({ ...room, answering: false, steps: [] }, 'turnFailed', text(event.code), place);
    case 'PersonWanted':
      return note(room, 'wanted', text(event.reason), place);
    case 'TurnRated':
      return note(room, event.rating === 'up' ? 'ratedUp' : 'ratedDown', '', place);
    default:
      return changedHands(room, event, place);
  }
}

function changedHands(room: Room, event: Event, place: Place): Room {
  const by = text(event.by);
  switch (event.type) {
    case 'TakenOver':
      return note({ ...room, status: 'with-person', assignee: by }, 'taken', by, place);
    case 'HandedBack':
      return note({ ...room, status: 'open', assignee: null }, 'given', by, place);
    case 'Assigned': {
      const to = text(event.to) || null;
      return note({ ...room, assignee: to }, to ? 'assigned' : 'freed', to ?? by, place);
    }
    case 'Paused':
      return note({ ...room, status: 'paused' }, 'pausedBy', by, place);
    case 'Resumed':
      return note({ ...room, status: 'open' }, 'resumedBy', by, place);
    case 'Forked':
      return note(room, 'forked', text(event.from), place);
    default:
      return room;
  }
}

type Said = Extract<Item, { kind: 'said' }>;

function said(room: Room, { id, at }: Place, words: Pick<Said, 'who' | 'text'> & Partial<Said>): Room {
  const nothing = { by: null, citations: [], partial: false, attachments: [], choices: [], steps: [] };
  const item: Said = { kind: 'said', id, at, ...nothing, ...words };
  return { ...room, items: [...room.items, item] };
}

function aside(room: Room, what: 'noted' | 'whispered', event: Event, { id, at }: Place): Room {
  const item = { kind: 'aside', id, aside: what, by: text(event.by), text: text(event.text), at } as const;
  return { ...room, items: [...room.items, item] };
}

function note(
  room: Room,
  name: Extract<Item, { kind: 'note' }>['note'],
  detail: string,
  { id, at }: Place,
): Room {
  return { ...room, items: [...room.items, { kind: 'note', id, note: name, detail, at }] };
}

function withStep(room: Room, step: Step): Room {
  return { ...room, steps: [...room.steps, step] };
}

function modelAnswered(
  room: Room,
  usage: Record<string, unknown>,
  toolCalls: unknown,
  notShown: unknown,
): Room {
  const calls = Array.isArray(toolCalls) ? toolCalls : [];
  const spent = spentOf(usage);
  const tools = calls.map(call => text(fields(call).name));
  const hidden = fields(notShown) as Record<string, number>;
  const next = withStep(room, { kind: 'model', model: text(usage.model), tools, hidden, ...spent });
  return { ...next, spent: { turns: room.spent.turns, ...sum(room.spent, spent, 1) } };
}

function turnCompleted(room: Room, event: Event, place: Place): Room {
  const message = fields(event.message);
  // Its usage is that of the whole turn; the last call's is what the calls before it leave.
  const usage = fields(event.usage);
  const before = room.steps.reduce((all, step) => (step.kind === 'model' ? sum(all, step, 1) : all), NOTHING);
  const last = { model: usage.model, ...sum(spentOf(usage), before, -1) };
  const asked = modelAnswered(room, last, [], event.hidden);
  const ended = said(asked, place, {
    who: 'agent',
    text: text(message.text),
    citations: listOf<Citation>(message.citations),
    choices: listOf<string>(message.quickReplies),
    attachments: listOf<Attachment>(message.attachments),
    steps: asked.steps,
  });
  return {
    ...ended,
    answering: false,
    steps: [],
    spent: { ...ended.spent, turns: ended.spent.turns + 1 },
  };
}

const NOTHING: Spent = { inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };

function spentOf(usage: Record<string, unknown>): Spent {
  return {
    inputTokens: count(usage.inputTokens),
    outputTokens: count(usage.outputTokens),
    costMicroUsd: count(usage.costMicroUsd),
  };
}

function sum(a: Spent, b: Spent, sign: 1 | -1): Spent {
  return {
    inputTokens: a.inputTokens + sign * b.inputTokens,
    outputTokens: a.outputTokens + sign * b.outputTokens,
    costMicroUsd: a.costMicroUsd + sign * b.costMicroUsd,
  };
}

function turnInterrupted(room: Room, event: Event, place: Place): Room {
  const partial = text(event.partial);
  const ended = { ...room, answering: false, steps: [] };
  return partial === ''
    ? ended
    : said(ended, place, { who: 'agent', text: partial, partial: true, steps: room.steps });
}
