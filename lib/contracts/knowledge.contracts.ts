/** Actions of the tenant's knowledge: documents, who may read them, and search. */
import { contract } from './contract.ts';
import {
  access,
  accessFields,
  answering,
  documentFile,
  documentFormat,
  documentText,
  documentTitle,
  earlier,
  inspected,
  metadata,
  sourceName,
} from './document-shapes.ts';
import {
  decimal,
  flag,
  id,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  text,
} from './schema.ts';

export const ingestDocument = contract({
  name: 'knowledge.ingest',
  doc: "Takes a document into the tenant's knowledge: it is cut into passages and can be found at once. The same title and text again is the same document.",
  params: object({
    title: documentTitle,
    text: optional(documentText),
    file: optional(documentFile),
    upload: optional(id({ doc: 'A long text that came with this request; named at the gateway' })),
    format: optional(documentFormat),
    hidden: optional(
      integer({ doc: 'Characters that the file hides from its readers; counted at the gateway' }),
    ),
    source: optional(sourceName),
    metadata: optional(metadata),
    ...accessFields,
  }),
  result: object({
    id: text({ max: 200 }),
    chunks: integer({ doc: 'Passages it was cut into' }),
    unchanged: flag({ doc: 'It was there already' }),
    ...inspected,
    review: flag({
      doc: 'It looks more sensitive than it was said to be: kept back until a person confirms',
    }),
  }),
  errors: [
    'validation-failed',
    'document-unreadable',
    'document-encrypted',
    'document-too-large',
    'forbidden',
    'overloaded',
    'unavailable',
  ],
  policy: { timeoutMs: 60_000, bulkhead: { concurrency: 8, queue: 500 } },
  http: {
    method: 'POST',
    path: '/ingestion/documents',
    status: 201,
    scope: 'knowledge',
    repeatable: true,
    bodyBytes: 29_360_128,
  },
});

const age = {
  version: integer({ doc: 'Of the document, from 1' }),
  updatedAt: text({ max: 30, doc: 'Since when the document says so' }),
  freshness: decimal({
    min: 0,
    max: 1,
    doc: '1 when its source was just seen to say so, half after 180 days without that',
  }),
};

export const searchKnowledge = contract({
  name: 'knowledge.search',
  doc: "Finds passages of the tenant's knowledge for a question, among those that the caller may read.",
  params: object({
    query: text({ min: 1, max: 4_000, example: 'How long do I have to return a kettle?' }),
    earlier,
    limit: optional(integer({ min: 1, max: 50, doc: 'Default 8' })),
    audience: optional(
      oneOf(['customer', 'staff'], {
        doc: '`customer`: only what a customer would be shown. Default: whatever you may read',
      }),
    ),
    noteGap: optional(flag({ doc: 'Note the question as a gap when nothing found answers it: for agents' })),
  }),
  result: object({
    results: list(
      object({
        documentId: text({ max: 200 }),
        title: text({ max: 500 }),
        text: text({ max: 20_000, doc: 'The passage' }),
        score: decimal({ doc: 'Higher is better; comparable within one answer only' }),
        start: integer({ doc: 'Where the passage begins in the document, characters' }),
        end: integer(),
        ...age,
      }),
      { max: 50 },
    ),
    ...answering,
    searched: text({ max: 4_000, doc: 'The question as it was searched: with what it goes on from' }),
    corpus: object(
      {
        chunks: integer({ doc: 'Passages searched' }),
        frequencies: record(integer(), { doc: 'Passages that hold each term of the query' }),
      },
      { doc: 'What the ranking weighed the words by' },
    ),
  }),
  errors: ['unavailable'],
  policy: { timeoutMs: 10_000, retries: 2, breaker: true, bulkhead: { concurrency: 32, queue: 1_000 } },
  http: { method: 'POST', path: '/ingestion/search', scope: 'knowledge', reads: true },
});

export const listDocuments = contract({
  name: 'knowledge.list',
  doc: "The tenant's documents that the caller may read, newest first.",
  params: object({
    cursor: optional(id({ doc: '`next` of the answer before' })),
    limit: optional(integer({ min: 1, max: 200 })),
    expired: optional(flag({ doc: 'Also those that have expired, which no search finds' })),
  }),
  result: object({
    documents: list(
      object({
        id: text({ max: 200 }),
        title: text({ max: 500 }),
        characters: integer(),
        chunks: integer(),
        createdAt: text({ max: 30 }),
        source: nullable(text({ max: 500 })),
        format: text({ max: 20 }),
        version: integer({ doc: 'From 1; one more each time its source brought another text' }),
        ...inspected,
        review: flag({ doc: 'Waits for a person to say how sensitive it is' }),
        ...access,
      }),
      { max: 200 },
    ),
    next: nullable(text({ max: 300 })),
  }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/ingestion/documents', scope: 'knowledge' },
});

export const deleteDocument = contract({
  name: 'knowledge.delete',
  doc: 'Removes a document and every passage of it. One under legal hold stays: `conflict`.',
  params: object({ documentId: id() }),
  result: object({ deleted: flag() }),
  errors: ['not-found', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/ingestion/documents/:documentId', scope: 'knowledge' },
});

export const setDocumentAccess = contract({
  name: 'knowledge.setAccess',
  doc: 'Changes who may read a document, or until when. It holds for the next search. What is left out stays.',
  params: object({ documentId: id(), ...accessFields }),
  result: object(access),
  errors: ['not-found', 'forbidden', 'validation-failed'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/ingestion/documents/:documentId/access', scope: 'knowledge' },
});
