/** Ingestions: documents that are accepted first and taken in afterwards, with progress, retries and a place for what failed. */
import { contract } from './contract.ts';
import { accessFields, inspected } from './knowledge.contracts.ts';
import {
  flag,
  id,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  STORABLE,
  text,
} from './schema.ts';

export const INGESTION_KINDS = ['text', 'file', 'urls', 'sitemap'] as const;
export const INGESTION_STATES = ['working', 'done', 'failed', 'cancelled'] as const;
export const ITEM_STATES = ['waiting', 'running', 'done', 'unchanged', 'dead', 'cancelled'] as const;
export const ITEM_STEPS = ['sitemap', 'fetch', 'index', 'finished'] as const;

const address = text({
  min: 8,
  max: 2_000,
  pattern: /^https?:\/\/[\p{L}\p{N}\p{P}\p{S}]+$/iu,
  example: 'https://example.com/returns',
});

const file = object(
  {
    name: optional(text({ max: 300, pattern: STORABLE, doc: 'With its ending', example: 'returns.pdf' })),
    type: optional(
      text({ max: 200, pattern: STORABLE, doc: 'Media type, with the charset if there is one' }),
    ),
    content: text({ min: 1, max: 28_000_000, doc: 'Base64; 20 MB decoded at most' }),
  },
  { doc: 'PDF, DOCX, HTML, CSV, markdown or text' },
);

/** What holds for every document of an ingestion. */
const common = {
  metadata: optional(record(text({ max: 1_000, pattern: STORABLE }), { doc: 'Yours to keep; not searched' })),
  ...accessFields,
};

export const startIngestion = contract({
  name: 'ingestion.start',
  doc: 'Accepts documents: a `text`, a `file`, `urls`, or a `sitemap`. They are taken in afterwards, each tried several times; `GET` tells how far they are. Pages are fetched as robots.txt allows, from public addresses only. Also takes `multipart/form-data` with a `file` part, or the file itself as the body with `?title=`.',
  params: object({
    title: optional(
      text({
        min: 1,
        max: 500,
        pattern: STORABLE,
        doc: 'Of a text or file; pages have their own',
        example: 'Returns policy',
      }),
    ),
    text: optional(
      text({
        min: 1,
        max: 1_000_000,
        pattern: STORABLE,
        doc: 'Markdown or plain text',
        example: 'You have 30 days to return a kettle.',
      }),
    ),
    file: optional(file),
    uploads: optional(
      list(id(), { min: 1, max: 20, doc: 'Files that came with this request; named at the gateway' }),
    ),
    urls: optional(list(address, { min: 1, max: 500, doc: 'Pages and files to fetch' })),
    sitemap: optional(
      text({
        min: 8,
        max: 2_000,
        pattern: /^https?:\/\/[\p{L}\p{N}\p{P}\p{S}]+$/iu,
        doc: 'sitemap.xml of a site: up to 2,000 of its pages are fetched',
      }),
    ),
    source: optional(
      text({
        min: 1,
        max: 500,
        pattern: STORABLE,
        doc: 'Names where a text or file comes from; a page’s is its address',
      }),
    ),
    ...common,
  }),
  result: object({
    ingestionId: text({ max: 200 }),
    items: integer({ doc: 'Documents to be, as far as they are known' }),
  }),
  errors: ['validation-failed', 'forbidden', 'quota-exhausted'],
  policy: { timeoutMs: 30_000 },
  http: {
    method: 'POST',
    path: '/knowledge/ingestions',
    status: 202,
    scope: 'knowledge',
    bodyBytes: 29_360_128,
  },
});

const counts = object({
  waiting: integer(),
  running: integer(),
  done: integer(),
  unchanged: integer({ doc: 'Were there already in these words' }),
  failed: integer({ doc: 'Given up; `replay` tries them again' }),
});
const head = {
  ingestionId: text({ max: 200 }),
  kind: oneOf(INGESTION_KINDS),
  label: text({ max: 500, doc: 'The title, file or address that it was begun with' }),
  state: oneOf(INGESTION_STATES),
  counts,
  createdAt: text({ max: 30 }),
  finishedAt: nullable(text({ max: 30 })),
};

export const listIngestions = contract({
  name: 'ingestion.list',
  doc: 'Ingestions, newest first, with how far each is.',
  params: object({
    cursor: optional(id({ doc: '`next` of the answer before' })),
    limit: optional(integer({ min: 1, max: 100, doc: 'Default 20' })),
  }),
  result: object({ ingestions: list(object(head), { max: 100 }), next: nullable(text({ max: 200 })) }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/knowledge/ingestions', scope: 'knowledge' },
});

export const readIngestion = contract({
  name: 'ingestion.read',
  doc: 'How far an ingestion is, document by document (the first 500).',
  params: object({ ingestionId: id() }),
  result: object({
    ...head,
    items: list(
      object({
        ordinal: integer(),
        name: text({ max: 2_000 }),
        step: oneOf(ITEM_STEPS, { doc: 'What is done next' }),
        state: oneOf(ITEM_STATES),
        attempts: integer(),
        documentId: nullable(text({ max: 200 })),
        chunks: integer(),
        code: nullable(text({ max: 60, doc: 'Of the error, last time' })),
        ...inspected,
      }),
      { max: 500 },
    ),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/knowledge/ingestions/:ingestionId', scope: 'knowledge' },
});

export const replayIngestion = contract({
  name: 'ingestion.replay',
  doc: 'Tries once more what was given up.',
  params: object({ ingestionId: id() }),
  result: object({ replayed: integer() }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: {
    method: 'POST',
    path: '/knowledge/ingestions/:ingestionId/replay',
    scope: 'knowledge',
    repeatable: true,
  },
});

export const cancelIngestion = contract({
  name: 'ingestion.cancel',
  doc: 'Lets go what still waits. What was taken in stays.',
  params: object({ ingestionId: id() }),
  result: object({ cancelled: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/knowledge/ingestions/:ingestionId', scope: 'knowledge' },
});
