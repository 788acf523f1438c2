/**
 * What travels over a socket (socket.io 4, path `/ws/chat`). A client authenticates by `auth: { token }` in the
 * handshake; each of its events is answered by acknowledgement with `Told<…>`. What happens comes as `event`.
 */

import { MESSAGE_LIMIT } from './conversation.contracts.ts';
import { type Infer, id, integer, object, oneOf, optional, text } from './schema.ts';

const conversationId = id({ doc: 'The conversation' });

/** Begin to hear a conversation: what came after the event `after`, then what happens. */
export const subscribeParams = object({
  conversationId,
  after: optional(
    text({ max: 40, pattern: /^\d{1,15}(\.[\w.]{1,22})?$/, doc: 'Id of the last event that is known' }),
  ),
});
export const conversationParams = object({ conversationId });
/** Say something as the customer. The same messageId is accepted once. */
export const messageParams = object({
  conversationId: optional(conversationId),
  messageId: id({ doc: 'Chosen by the client; repeat it when no acknowledgement came' }),
  message: text({ min: 1, max: MESSAGE_LIMIT }),
  agent: optional(id()),
});
export const typingParams = object({ conversationId, typing: optional(oneOf(['begins', 'ends'])) });
export const readParams = object({
  conversationId,
  seq: integer({ doc: 'Newest journal position that was seen' }),
});

export type SubscribeParams = Infer<typeof subscribeParams>;
export type MessageParams = Infer<typeof messageParams>;
export type TypingParams = Infer<typeof typingParams>;
export type ReadParams = Infer<typeof readParams>;

/** One event of a conversation, as the event stream over HTTP has it too. */
export interface SocketEvent {
  readonly conversationId: string;
  /** `<seq>.<n>`: give it as `after` to resume. Passing events (typing, presence, read) have none. */
  readonly id?: string;
  readonly event:
    | 'accepted'
    | 'delta'
    | 'tool'
    | 'message'
    | 'interrupted'
    | 'status'
    | 'error'
    | 'typing'
    | 'presence'
    | 'read';
  readonly data: Readonly<Record<string, unknown>>;
}

export type Told<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly problem: object };
