/** Actions of the tenant's knowledge: documents, who may read them, and search. */
import { contract } from './contract.ts';
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
  STORABLE,
  text,
} from './schema.ts';

/** From everybody's to few people's. */
export const SENSITIVITIES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export const accessFields = {
  roles: optional(
    list(text({ min: 1, max: 100, pattern: /^[\w.:-]+$/ }), {
      max: 50,
      doc: 'Only readers of one of these roles find it; none: every role',
      example: ['agent'],
    }),
  ),
  sensitivity: optional(
    oneOf(SENSITIVITIES, {
      doc: 'Who may read it at most: `public` reaches customers, the others only staff. Default `public`',
    }),
  ),
  expiresAt: optional(
    nullable(
      text({
        min: 20,
        max: 35,
        pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/,
        doc: 'RFC 3339. From then on nobody finds it; null: never',
        example: '2030-01-01T00:00:00Z',
      }),
    ),
  ),
  legalHold: optional(
    flag({
      doc: 'Kept from deletion, also after it has expired. Setting and lifting it needs the scope `operate`',
    }),
  ),
};
const access = {
  roles: list(text({ max: 100 }), { max: 50 }),
  sensitivity: oneOf(SENSITIVITIES),
  expiresAt: nullable(text({ max: 35 })),
  legalHold: flag(),
};

/** What was found out about a document's text. */
export const inspected = {
  language: nullable(text({ max: 10, doc: 'ISO 639-1; null: it cannot be told', example: 'en' })),
  findings: record(integer(), {
    doc: 'What in it addresses the assistant or hides from readers, by kind; it is taken out before a model sees it',
  }),
  quality: list(text({ max: 40 }), { max: 10, doc: 'What a keeper should look at', example: [] }),
};

export const ingestDocument = contract({
  name: 'knowledge.ingest',
  doc: "Takes a document into the tenant's knowledge: it is cut into passages and can be found at once. The same title and text again is the same document.",
  params: object({
    title: text({
      min: 1,
      max: 500,
      pattern: STORABLE,
      doc: 'Shown in citations',
      example: 'Returns policy',
    }),
    text: optional(
      text({
        min: 1,
        max: 1_000_000,
        pattern: STORABLE,
        doc: 'Markdown or plain text; or give a `file`',
        example: '# Returns\n\nYou have 30 days to return a kettle.',
      }),
    ),
    file: optional(
      object(
        {
          name: optional(text({ max: 300, doc: 'With its ending', example: 'returns.pdf' })),
          type: optional(text({ max: 200, doc: 'Media type, with the charset if there is one' })),
          content: text({ min: 1, max: 28_000_000, doc: 'Base64; 20 MB decoded at most' }),
        },
        { doc: 'PDF, DOCX, HTML, CSV, markdown or text, instead of `text`' },
      ),
    ),
    format: optional(oneOf(['pdf', 'docx', 'html', 'csv', 'text'], { doc: 'What the text was read from' })),
    hidden: optional(
      integer({ doc: 'Characters that the file hides from its readers; counted at the gateway' }),
    ),
    source: optional(
      text({
        min: 1,
        max: 500,
        pattern: STORABLE,
        doc: 'Names where it comes from. A document of the same source replaces the one before: only what changed is indexed again',
        example: 'https://example.com/returns',
      }),
    ),
    metadata: optional(
      record(text({ max: 1_000, pattern: STORABLE }), { doc: 'Yours to keep; not searched' }),
    ),
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

export const searchKnowledge = contract({
  name: 'knowledge.search',
  doc: "Finds passages of the tenant's knowledge for a question, among those that the caller may read.",
  params: object({
    query: text({ min: 1, max: 4_000, example: 'How long do I have to return a kettle?' }),
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
      }),
      { max: 50 },
    ),
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
