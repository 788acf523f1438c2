/** Files that belong to messages. The gateway answers these itself: their bytes do not travel between nodes. */
import { contract } from './contract.ts';
import { id, integer, object, text } from './schema.ts';

const name = text({ min: 1, max: 300, doc: 'With its ending', example: 'broken-lid.png' });
const content = text({
  min: 1,
  max: 11_300_000,
  doc: 'Base64; 8 MB decoded at most',
  example: 'SXQgYnJva2Ugb24gdGhlIGZpcnN0IGRheS4=',
});

const described = {
  id: id({ doc: 'Give it with the message', example: 'att_01k5x9q3zcf0v8m4h2t7w6y1ab' }),
  name: text({ max: 120 }),
  type: text({ max: 100, doc: 'Media type, told by the bytes' }),
  bytes: integer(),
};
export const attachmentShape = object(described);

export const addAttachment = contract({
  name: 'attachments.add',
  doc: 'Takes a file for a message: PNG, JPEG, GIF, WebP, PDF, DOCX, plain text, sound (MP3, M4A, AAC, OGG, WAV, AMR) or MP4, told by its bytes. One that no message has named within a day is removed.',
  params: object({ name, content }),
  result: attachmentShape,
  errors: ['document-unreadable', 'document-too-large', 'quota-exhausted'],
  policy: { timeoutMs: 30_000 },
  http: {
    method: 'POST',
    path: '/chat/attachments',
    status: 201,
    scope: 'chat',
    bodyBytes: 11_534_336,
    repeatable: true,
  },
});

export const getAttachment = contract({
  name: 'attachments.get',
  doc: 'A file with its content. Customers reach only what they gave and what belongs to their own conversations.',
  params: object({ attachmentId: id({ example: 'att_01k5x9q3zcf0v8m4h2t7w6y1ab' }) }),
  result: object({
    ...described,
    content: text({ max: 28_000_000, doc: 'Base64; files of channels have up to 20 MB' }),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'GET', path: '/chat/attachments/:attachmentId', scope: 'chat' },
});
