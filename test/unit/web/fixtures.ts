/** Short ways to say what the platform says. */
import type { ChatAction } from '../../../web/src/chat/reducer.ts';
import { initialState, reduce } from '../../../web/src/chat/reducer.ts';
import type {
  ChatEvent,
  ChatState,
  ConversationView,
  StoredMessage,
  Usage,
} from '../../../web/src/chat/types.ts';

export const USAGE: Usage = {
  tier: 'SLM_A',
  model: 'offline',
  inputTokens: 0,
  outputTokens: 0,
  costMicroUsd: 0,
};

export const accepted = (turn = 1, messageId = 'm1'): ChatEvent => ({
  type: 'accepted',
  conversationId: 'cnv',
  turn,
  messageId,
});

export const delta = (text: string, offset: number): ChatEvent => ({ type: 'delta', text, offset });

export const finalMessage = (text: string, id = 'a1', turn = 1): ChatEvent => ({
  type: 'message',
  conversationId: 'cnv',
  turn,
  message: { id, role: 'assistant', text, citations: [], toolCalls: [] },
  usage: USAGE,
});

export const status = (change: Partial<Extract<ChatEvent, { type: 'status' }>>): ChatEvent => ({
  type: 'status',
  conversationId: 'cnv',
  status: null,
  turn: null,
  wantsPerson: undefined,
  ...change,
});

export const interrupted = (partial: string, final = true): ChatEvent => ({
  type: 'interrupted',
  turn: 1,
  partial,
  final,
});

export const errorEvent = (code: string, lasting = true): ChatEvent => ({
  type: 'error',
  lasting,
  problem: { code, title: code, detail: '', status: 502, retryAfter: null },
});

export const stored = (id: string, role: StoredMessage['role'], text: string, turn = 1): StoredMessage => ({
  id,
  role,
  text,
  turn,
  citations: [],
  toolCalls: [],
});

export const view = (
  messages: readonly StoredMessage[],
  more: Partial<ConversationView> = {},
): ConversationView => ({
  id: 'cnv',
  status: 'open',
  wantsPerson: null,
  answering: false,
  seq: messages.length,
  more: false,
  messages,
  ...more,
});

const EVENTS = new Set(['accepted', 'delta', 'tool', 'message', 'status', 'interrupted', 'error']);

export function play(
  actions: readonly (ChatAction | ChatEvent)[],
  from: ChatState = initialState,
): ChatState {
  return actions.reduce<ChatState>((state, action) => {
    const isEvent = EVENTS.has(action.type);
    return reduce(state, isEvent ? { type: 'event', event: action as ChatEvent } : (action as ChatAction));
  }, from);
}

/** The log in one line each. */
export const log = (state: ChatState): string[] =>
  state.entries.map(entry =>
    entry.kind === 'user'
      ? `user ${entry.text} (${entry.state})`
      : `${entry.kind} ${entry.text}${entry.partial ? ' (partial)' : ''}`,
  );

export const opened: ChatAction = { type: 'opened' };
export const submit = (text: string, messageId = 'm1'): ChatAction => ({
  type: 'submitted',
  messageId,
  text,
});
