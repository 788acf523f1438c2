/**
 * The conversation as the page sees it: a pure function of what happened.
 * Everything may arrive twice (a repeated request, the history after a reload, the event stream), so each action
 * can be applied again without harm: entries are told apart by the platform's ids.
 */
import { liveOf, withDelta, withStep } from './live.ts';
import type {
  AnswerEntry,
  ChatEvent,
  ChatState,
  ConversationView,
  Entry,
  Failure,
  Outbox,
  StoredMessage,
  Usage,
} from './types.ts';

export type ChatAction =
  | {
      readonly type: 'restored';
      readonly conversationId: string | null;
      readonly outbox: Outbox | null;
      readonly usage: Readonly<Record<string, Usage>>;
    }
  /** The page is complete: what there is of a history has been read. */
  | { readonly type: 'opened' }
  | { readonly type: 'history'; readonly view: ConversationView }
  | { readonly type: 'submitted'; readonly messageId: string; readonly text: string }
  /** The failed message goes out once more, under a new id when the old one has been answered for good. */
  | { readonly type: 'retried'; readonly messageId: string }
  | { readonly type: 'event'; readonly event: ChatEvent }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'connection'; readonly connection: 'ok' | 'lost' }
  | { readonly type: 'stopRequested' }
  | { readonly type: 'begunAnew' };

/** Answers whose usage is kept. */
const USAGE_LIMIT = 50;

export const initialState: ChatState = {
  ready: false,
  conversationId: null,
  entries: [],
  outbox: null,
  live: null,
  stopping: false,
  connection: 'ok',
  status: 'open',
  wantsPerson: null,
  seq: 0,
  usage: {},
};

export function reduce(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'restored':
      return {
        ...initialState,
        conversationId: action.conversationId,
        outbox: action.outbox,
        usage: action.usage,
      };
    case 'opened':
      return withOutboxShown({ ...state, ready: true });
    case 'history':
      return withHistory(state, action.view);
    case 'submitted':
      return withOutboxShown({
        ...state,
        live: null,
        stopping: false,
        outbox: {
          messageId: action.messageId,
          text: action.text,
          conversationId: state.conversationId,
          acceptedAs: null,
          failure: null,
        },
      });
    case 'retried':
      return retried(state, action.messageId);
    case 'event':
      return withEvent(state, action.event);
    case 'failed':
      return withFailure(state, action.failure);
    case 'connection':
      return state.connection === action.connection ? state : { ...state, connection: action.connection };
    case 'stopRequested':
      return state.outbox || state.live ? { ...state, stopping: true } : state;
    case 'begunAnew':
      return { ...initialState, ready: true };
  }
}

/** True while an answer is owed: the page shows that somebody is at work. */
export function isAnswering({ outbox, live }: ChatState): boolean {
  return live !== null || (outbox !== null && outbox.failure === null);
}

function withEvent(state: ChatState, event: ChatEvent): ChatState {
  switch (event.type) {
    case 'accepted':
      return accepted(state, event);
    case 'delta':
      return { ...state, live: withDelta(state.live ?? liveOf(0), event) };
    case 'tool':
      return { ...state, live: withStep(state.live ?? liveOf(0), event) };
    case 'message':
      return answered(state, event);
    case 'error':
      return state.stopping ? stopped(state) : withFailure(state, event.problem);
  }
}

function accepted(state: ChatState, event: Extract<ChatEvent, { type: 'accepted' }>): ChatState {
  const { outbox } = state;
  const conversationId = event.conversationId || state.conversationId;
  const live = state.live?.turn === event.turn ? state.live : liveOf(event.turn);
  if (!outbox) return { ...state, conversationId, live };
  const id = event.messageId || outbox.messageId;
  const known = id !== outbox.messageId && state.entries.some(entry => entry.id === id);
  const entries = state.entries.flatMap((entry): Entry[] => {
    if (entry.kind !== 'user' || entry.id !== outbox.messageId) return [entry];
    return known ? [] : [{ ...entry, id, state: 'sent' }];
  });
  return { ...state, conversationId, live, entries, outbox: { ...outbox, acceptedAs: id } };
}

function answered(state: ChatState, event: Extract<ChatEvent, { type: 'message' }>): ChatState {
  const sent = { ...state, conversationId: event.conversationId || state.conversationId };
  const { message, turn, usage } = event;
  // What a person writes answers nobody's request: an answer that is under way goes on.
  const done = message?.role === 'person' ? sent : settled(sent);
  if (!message) return done;
  const entry: AnswerEntry = {
    kind: message.role,
    id: message.id,
    turn,
    text: message.text,
    citations: message.citations,
    toolCalls: message.toolCalls,
    partial: false,
    usage,
  };
  return {
    ...done,
    entries: place(done.entries, entry),
    usage: usage ? withUsage(state.usage, message.id, usage) : state.usage,
  };
}

/** Nothing is owed any more: the message has been dealt with. */
function settled(state: ChatState): ChatState {
  return {
    ...state,
    outbox: null,
    live: null,
    stopping: false,
    entries: state.entries.map(entry =>
      isOutboxEntry(entry, state.outbox) ? { ...entry, state: 'sent' } : entry,
    ),
  };
}

/** Keeps what had been written; the history replaces it by what the platform kept. */
function stopped(state: ChatState): ChatState {
  const { live } = state;
  const done = settled(state);
  if (!live?.text) return done;
  return {
    ...done,
    entries: place(done.entries, {
      kind: 'assistant',
      id: `stopped-${live.turn}`,
      turn: live.turn,
      text: live.text,
      citations: [],
      toolCalls: live.tools,
      partial: true,
      usage: null,
    }),
  };
}

function withFailure(state: ChatState, { code, title }: Failure): ChatState {
  const { outbox } = state;
  if (!outbox) return { ...state, live: null, stopping: false };
  return {
    ...state,
    live: null,
    stopping: false,
    outbox: { ...outbox, failure: { code, title } },
    entries: state.entries.map(entry =>
      isOutboxEntry(entry, outbox) ? { ...entry, state: 'failed' } : entry,
    ),
  };
}

function retried(state: ChatState, messageId: string): ChatState {
  const { outbox } = state;
  if (!outbox?.failure) return state;
  const again = { ...outbox, failure: null };
  // An id that the platform has accepted will only ever give the same failure.
  const next = outbox.acceptedAs
    ? { ...again, messageId, acceptedAs: null, conversationId: state.conversationId }
    : again;
  const entries = state.entries.filter(entry => !isOutboxEntry(entry, outbox));
  return withOutboxShown({ ...state, entries, outbox: next });
}

function withHistory(state: ChatState, view: ConversationView): ChatState {
  // What the platform has not accepted stands last, whatever the history brings.
  let entries: readonly Entry[] = state.entries.filter(
    entry => state.outbox?.acceptedAs !== null || !isOutboxEntry(entry, state.outbox),
  );
  for (const message of view.messages)
    entries = place(entries, entryOf(message, state.usage[message.id] ?? null));
  return withOutboxShown({
    ...state,
    conversationId: view.id,
    entries,
    status: view.status,
    wantsPerson: view.wantsPerson,
    seq: Math.max(state.seq, view.seq),
    live: view.answering && !view.more ? (state.live ?? liveOf(0)) : state.outbox ? state.live : null,
  });
}

function entryOf(message: StoredMessage, usage: Usage | null): Entry {
  const { id, role, text, turn, citations, toolCalls, partial = false } = message;
  if (role === 'user') return { kind: 'user', id, text, state: 'sent' };
  return { kind: role, id, turn, text, citations, toolCalls, partial, usage };
}

/** Puts an entry where its id (or what was kept of the stopped turn) stands, else at the end. */
function place(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const stands = entries.findIndex(
    old => old.id === entry.id || (entry.kind === 'assistant' && old.id === `stopped-${entry.turn}`),
  );
  if (stands >= 0)
    return entries.map((old, index) => {
      if (index !== stands) return old;
      return entry.kind !== 'user' && old.kind !== 'user'
        ? { ...entry, usage: entry.usage ?? old.usage }
        : entry;
    });
  return [...entries, entry];
}

/** The unanswered message is always to be seen, whether the history has it or not. */
function withOutboxShown(state: ChatState): ChatState {
  const { outbox } = state;
  if (!outbox) return state;
  const failed = outbox.failure !== null;
  const shown = state.entries.some(entry => isOutboxEntry(entry, outbox));
  if (!shown)
    return {
      ...state,
      entries: [
        ...state.entries,
        { kind: 'user', id: outbox.messageId, text: outbox.text, state: failed ? 'failed' : 'sending' },
      ],
    };
  return {
    ...state,
    entries: state.entries.map(entry =>
      failed && isOutboxEntry(entry, outbox) ? { ...entry, state: 'failed' } : entry,
    ),
  };
}

function isOutboxEntry(entry: Entry, outbox: Outbox | null): entry is Extract<Entry, { kind: 'user' }> {
  return (
    outbox !== null &&
    entry.kind === 'user' &&
    (entry.id === outbox.messageId || entry.id === outbox.acceptedAs)
  );
}

function withUsage(
  all: Readonly<Record<string, Usage>>,
  id: string,
  usage: Usage,
): Readonly<Record<string, Usage>> {
  const others = Object.entries(all).filter(([known]) => known !== id);
  return Object.fromEntries([...others, [id, usage] as const].slice(-USAGE_LIMIT));
}
