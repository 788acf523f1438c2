/**
 * The conversation as the page sees it: a pure function of what happened.
 * Everything may arrive twice (a repeated request, the history after a reload, the event stream), so each action
 * can be applied again without harm: entries are told apart by the platform's ids.
 */
import { entryOf, filesOf, isOutboxEntry, place } from './entries.ts';
import { kept } from './kept.ts';
import { liveOf, withDelta, withStep } from './live.ts';
import type {
  AnswerEntry,
  ChatEvent,
  ChatState,
  ConversationView,
  Entry,
  Failure,
  Outbox,
  Rating,
  Usage,
} from './types.ts';

export type ChatAction =
  | {
      readonly type: 'restored';
      readonly conversationId: string | null;
      readonly outbox: Outbox | null;
      readonly usage: Readonly<Record<string, Usage>>;
      readonly ratings: Readonly<Record<string, Rating>>;
    }
  /** The page is complete: what there is of a history has been read. */
  | { readonly type: 'opened' }
  | { readonly type: 'history'; readonly view: ConversationView }
  | (Pick<Outbox, 'messageId' | 'text' | 'attachments'> & { readonly type: 'submitted' })
  /** The failed message goes out once more, under a new id when the old one has been answered for good. */
  | { readonly type: 'retried'; readonly messageId: string }
  | { readonly type: 'event'; readonly event: ChatEvent }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'connection'; readonly connection: 'ok' | 'lost' }
  | { readonly type: 'rated'; readonly id: string; readonly rating: Rating }
  | { readonly type: 'stopRequested' }
  | { readonly type: 'begunAnew' };

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
  ratings: {},
};

export function reduce(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'restored':
      return {
        ...initialState,
        conversationId: action.conversationId,
        outbox: action.outbox,
        usage: action.usage,
        ratings: action.ratings,
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
          ...filesOf(action),
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
    case 'rated':
      return { ...state, ratings: kept(state.ratings, action.id, action.rating) };
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
    case 'status':
      return withStatus(state, event);
    case 'interrupted':
      return event.final
        ? stopped(state, event.turn, event.partial)
        : { ...state, live: state.live && liveOf(event.turn) };
    case 'error':
      return failedOrStopped(state, event);
  }
}

type EventOf<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>;

function accepted(state: ChatState, event: EventOf<'accepted'>): ChatState {
  const { outbox } = state;
  const conversationId = event.conversationId || state.conversationId;
  if (!outbox) return { ...state, conversationId };
  const live = state.live ?? liveOf(event.turn);
  const id = event.messageId || outbox.messageId;
  const known = id !== outbox.messageId && state.entries.some(entry => entry.id === id);
  const entries = state.entries.flatMap((entry): Entry[] => {
    if (entry.kind !== 'user' || entry.id !== outbox.messageId) return [entry];
    return known ? [] : [{ ...entry, id, state: 'sent' }];
  });
  return { ...state, conversationId, live, entries, outbox: { ...outbox, acceptedAs: id } };
}

function answered(state: ChatState, event: EventOf<'message'>): ChatState {
  const sent = { ...state, conversationId: event.conversationId || state.conversationId };
  const { message, turn, usage } = event;
  // What a person writes answers nobody's request: an answer that is under way goes on.
  const done = message.role === 'person' ? sent : settled(sent);
  const entry: AnswerEntry = {
    kind: message.role,
    id: message.id,
    turn,
    text: message.text,
    citations: message.citations,
    toolCalls: message.toolCalls,
    partial: false,
    usage,
    ...(message.quickReplies?.length ? { quickReplies: message.quickReplies } : {}),
  };
  return {
    ...done,
    entries: place(done.entries, entry),
    usage: usage ? kept(state.usage, message.id, usage) : state.usage,
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

function withStatus(state: ChatState, event: EventOf<'status'>): ChatState {
  const { status, turn, wantsPerson } = event;
  const next = {
    ...state,
    conversationId: event.conversationId || state.conversationId,
    status: status ?? state.status,
    wantsPerson: wantsPerson === undefined ? state.wantsPerson : wantsPerson,
    live: turn === null || state.live?.turn === turn ? state.live : liveOf(turn),
  };
  // Nobody answers at once any more: the message has been delivered, and that is all that is owed.
  return status === 'with-person' || status === 'paused' ? settled(next) : next;
}

function failedOrStopped(state: ChatState, { problem, lasting }: EventOf<'error'>): ChatState {
  // `conflict`: somebody stopped the answer, here or elsewhere.
  if (state.stopping || (lasting && problem.code === 'conflict'))
    return stopped(state, state.live?.turn ?? 0, state.live?.text ?? '');
  const { outbox } = state;
  if (!outbox || !lasting) return withFailure(state, problem);
  return withFailure(
    { ...state, outbox: { ...outbox, acceptedAs: outbox.acceptedAs ?? outbox.messageId } },
    problem,
  );
}

/** Keeps what had been written; the history replaces it by what the platform kept. */
function stopped(state: ChatState, turn: number, text: string): ChatState {
  const done = settled(state);
  const known = state.entries.some(entry => entry.kind === 'assistant' && entry.turn === turn && turn > 0);
  if (text === '' || known) return done;
  const entry: AnswerEntry = {
    kind: 'assistant',
    id: `stopped-${turn}`,
    turn,
    text,
    citations: [],
    toolCalls: state.live?.tools ?? [],
    partial: true,
    usage: null,
  };
  return { ...done, entries: place(done.entries, entry) };
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
        {
          kind: 'user',
          id: outbox.messageId,
          text: outbox.text,
          ...filesOf(outbox),
          state: failed ? 'failed' : 'sending',
        },
      ],
    };
  return {
    ...state,
    entries: state.entries.map(entry =>
      failed && isOutboxEntry(entry, outbox) ? { ...entry, state: 'failed' } : entry,
    ),
  };
}
