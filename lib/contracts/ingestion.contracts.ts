/** Ingestions: documents that are accepted first and taken in afterwards, with progress, retries and a place for what failed. */
import { contract } from './contract.ts';
import {
  accessFields,
  documentFile,
  documentText,
  documentTitle,
  inspected,
  metadata,
  sourceName,
} from './document-shapes.ts';
import { flag, id, integer, list, nullable, object, oneOf, optional, text } from './schema.ts';

export const INGESTION_KINDS = ['text', 'file', 'urls', 'sitemap'] as const;
export const INGESTION_STATES = ['working', 'done', 'failed', 'cancelled'] as const;
export const ITEM_STATES = ['waiting', 'running', 'done', 'unchanged', 'gone', 'dead', 'cancelled'] as const;
export const ITEM_STEPS = ['sitemap', 'fetch', 'index', 'remove', 'finished'] as const;

/** All addresses of one request: they travel between nodes in one message. Characters. */
export const MOST_ADDRESS_CHARACTERS = 200_000;

const address = text({
  min: 8,
  max: 2_000,
  pattern: /^https?:\/\/[\p{L}\p{N}\p{P}\p{S}]+$/iu,
  example: 'https://example.com/returns',
});

const sitemapAddress = text({
  min: 8,
  max: 2_000,
  pattern: /^https?:\/\/[\p{L}\p{N}\p{P}\p{S}]+$/iu,
  doc: 'sitemap.xml of a site: up to 2,000 of its pages are fetched; documents of pages that it no longer lists are removed',
});

export const startIngestion = contract({
  name: 'ingestion.start',
  doc: 'Accepts documents: a `text`, a `file`, `urls`, or a `sitemap`. They are taken in afterwards, each tried several times; `GET` tells how far they are. Pages are fetched as robots.txt allows, from public addresses only. Also takes `multipart/form-data` with a `file` part, or the file itself as the body with `?title=`.',
  params: object({
    title: optional(documentTitle),
    text: optional(documentText),
    file: optional(documentFile),
    uploads: optional(
      list(id(), { min: 1, max: 20, doc: 'Files that came with this request; named at the gateway' }),
    ),
    urls: optional(
      list(address, {
        min: 1,
        max: 500,
        doc: 'Pages and files to fetch; all together 200,000 characters. The document of one that answers 404 or 410 is removed',
      }),
    ),
    sitemap: optional(sitemapAddress),
    source: optional(sourceName),
    metadata: optional(metadata),
    ...accessFields,
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
  gone: integer({ doc: 'Pages that are no longer there: their documents were removed' }),
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
        name: text({ max: 500, doc: 'Of the file, or the beginning of the address' }),
        step: oneOf(ITEM_STEPS, { doc: 'What is done next' }),
        state: oneOf(ITEM_STATES),
        attempts: integer(),
        documentId: nullable(text({ max: 200 })),
        chunks: integer(),
        code: nullable(text({ max: 60, doc: 'Of the error, last time' })),
        detail: nullable(text({ max: 500, doc: 'What was wrong, and what helps' })),
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
