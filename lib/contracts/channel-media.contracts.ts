/** Files that customers send over channels, and what became of the answers to them. */
import { contract, type Policy } from './contract.ts';
import { id, integer, list, nullable, object, oneOf, optional, text } from './schema.ts';

const policy: Policy = { timeoutMs: 10_000, retries: 2 };
const conversationId = id({ doc: 'The conversation' });
/** What fits one message between nodes as base64. */
export const MEDIA_PART_BYTES = 524_288;

export const listMedia = contract({
  name: 'channels.media',
  doc: 'The files that the customer of a conversation sent. They are fetched from the platform once the message is here.',
  params: object({ conversationId }),
  result: object({
    media: list(
      object({
        mediaId: text({ max: 200 }),
        type: text({ max: 20 }),
        filename: nullable(text({ max: 300 })),
        mimeType: nullable(text({ max: 200 })),
        sizeBytes: nullable(integer()),
        state: oneOf(['waiting', 'stored', 'refused', 'dead']),
        code: nullable(text({ max: 100, doc: 'Why it is not here: too-large, http-404, ...' })),
        receivedAt: text({ max: 30, doc: 'RFC 3339' }),
      }),
      { max: 500 },
    ),
  }),
  errors: [],
  policy,
  http: { method: 'GET', path: '/channels/media', scope: 'operate' },
});

export const readMedia = contract({
  name: 'channels.readMedia',
  doc: 'A part of a file, at most 512 KB: ask again with offset = next until that is null. Believe neither its name nor its type.',
  params: object({
    mediaId: id({ doc: 'From the list of media' }),
    offset: optional(integer({ max: 20_971_520, doc: 'Bytes; default 0' })),
  }),
  result: object({
    filename: nullable(text({ max: 300 })),
    mimeType: nullable(text({ max: 200 })),
    sizeBytes: integer(),
    base64: text({ max: 720_000 }),
    next: nullable(integer()),
  }),
  errors: ['not-found'],
  policy,
  http: { method: 'GET', path: '/channels/media/:mediaId', scope: 'operate' },
});

export const listDeliveries = contract({
  name: 'channels.deliveries',
  doc: 'What became of each answer that was sent over a channel: the least that holds of all its parts.',
  params: object({ conversationId }),
  result: object({
    deliveries: list(
      object({
        messageId: text({ max: 200 }),
        state: oneOf([
          'parked',
          'waiting',
          'sending',
          'unknown',
          'refused',
          'dead',
          'sent',
          'delivered',
          'read',
        ]),
        code: nullable(text({ max: 100 })),
        parts: integer(),
      }),
      { max: 500 },
    ),
  }),
  errors: [],
  policy,
  http: { method: 'GET', path: '/channels/deliveries', scope: 'operate' },
});
