/** Actions on what the knowledge lacks and hides: gaps, the review of sensitivity, and why a search finds what it finds. */
import { contract } from './contract.ts';
import { answering, earlier, SENSITIVITIES } from './document-shapes.ts';
import { decimal, id, integer, list, nullable, object, oneOf, optional, STORABLE, text } from './schema.ts';

const scores = object({
  documentId: text({ max: 200 }),
  title: text({ max: 500 }),
  text: text({ max: 20_000, doc: 'The passage' }),
  start: integer({ doc: 'Where the passage begins in the document, characters' }),
  end: integer(),
  score: decimal({ doc: 'Higher is better; comparable within one answer only' }),
  sensitivity: oneOf(SENSITIVITIES),
  lexical: nullable(
    object(
      {
        rank: integer({ doc: 'From 1, by the words alone' }),
        terms: list(
          object({
            term: text({ max: 100, doc: 'As it is indexed: folded and stemmed' }),
            rarity: decimal({ doc: 'Inverse document frequency' }),
            inTitle: integer({ doc: 'Times in the title and headings' }),
            inBody: integer({ doc: 'Times in the passage' }),
          }),
          { max: 256 },
        ),
      },
      { doc: 'What the words say; null when the passage has none of them' },
    ),
  ),
  vector: nullable(
    object(
      {
        rank: integer({ doc: 'From 1, by the vectors alone' }),
        similarity: decimal({ doc: 'Cosine' }),
      },
      { doc: 'What the vectors say; null when it is not among the nearest' },
    ),
  ),
});

export const tryKnowledge = contract({
  name: 'knowledge.playground',
  doc: 'Searches as `knowledge.search` does and tells why each passage was found, and what would be quoted of them.',
  params: object({
    query: text({ min: 1, max: 4_000, example: 'How long do I have to return a kettle?' }),
    earlier,
    limit: optional(integer({ min: 1, max: 50, doc: 'Default 8' })),
    audience: optional(
      oneOf(['customer', 'staff'], {
        doc: '`customer`: only what a customer would be shown. Default: whatever you may read',
      }),
    ),
  }),
  result: object({
    results: list(scores, { max: 50 }),
    answer: object({
      text: text({ max: 20_000, doc: 'Sentences of the passages, quoted; empty when nothing speaks of it' }),
      citations: list(
        object({
          documentId: text({ max: 200 }),
          title: text({ max: 500 }),
          quote: text({ max: 20_000 }),
          start: optional(integer({ doc: 'Where it stands in the document, characters' })),
          end: optional(integer()),
        }),
        { max: 20 },
      ),
      ...answering,
    }),
    embedder: nullable(text({ max: 200, doc: 'What makes the vectors; null: there are none' })),
    scan: oneOf(['none', 'exact', 'hnsw'], { doc: 'How the vectors were searched' }),
    corpus: object({ chunks: integer({ doc: 'Passages searched' }) }),
    tookMs: decimal({ doc: 'In the search itself, milliseconds' }),
  }),
  errors: ['unavailable'],
  policy: { timeoutMs: 10_000, retries: 2, bulkhead: { concurrency: 8, queue: 100 } },
  http: { method: 'POST', path: '/knowledge/playground', scope: 'knowledge', reads: true },
});

export const GAP_STATES = ['open', 'planned', 'answered', 'dismissed'] as const;

const gap = {
  gapId: text({ max: 200 }),
  question: text({ max: 4_000, doc: 'As it was asked first, without what is personal in it' }),
  examples: list(text({ max: 4_000 }), { max: 5, doc: 'Other words for it' }),
  count: integer({ doc: 'Times that it was asked' }),
  state: oneOf(GAP_STATES),
  note: nullable(text({ max: 2_000 })),
  answerability: decimal({ min: 0, max: 1, doc: 'How far the knowledge held what was asked, last time' }),
  firstAt: text({ max: 30 }),
  lastAt: text({ max: 30 }),
};

export const listGaps = contract({
  name: 'knowledge.gaps',
  doc: 'Questions of customers that the knowledge did not answer, like ones together, most asked first.',
  params: object({
    state: optional(oneOf(GAP_STATES)),
    limit: optional(integer({ min: 1, max: 200, doc: 'Default 50' })),
  }),
  result: object({ gaps: list(object(gap), { max: 200 }) }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/knowledge/gaps', scope: 'knowledge' },
});

export const settleGap = contract({
  name: 'knowledge.settleGap',
  doc: 'Says what is done about a gap. One that was said to be answered and is asked again is open again.',
  params: object({
    gapId: id(),
    state: oneOf(GAP_STATES, { example: 'planned' }),
    note: optional(nullable(text({ max: 2_000, pattern: STORABLE }))),
  }),
  result: object(gap),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/knowledge/gaps/:gapId', scope: 'knowledge' },
});

export const listReviews = contract({
  name: 'knowledge.reviews',
  doc: 'Documents that look more sensitive than they were said to be. Each is kept at what was proposed until a person decides.',
  params: object({ limit: optional(integer({ min: 1, max: 200, doc: 'Default 50' })) }),
  result: object({
    reviews: list(
      object({
        documentId: text({ max: 200 }),
        title: text({ max: 500 }),
        sensitivity: oneOf(SENSITIVITIES, { doc: 'As it is kept now' }),
        given: oneOf(SENSITIVITIES, { doc: 'As it was said to be' }),
        proposed: oneOf(SENSITIVITIES),
        reasons: list(object({ kind: text({ max: 60 }), count: integer() }), {
          max: 50,
          doc: 'Kinds of personal data or secrets and how many of them; `says-so`: its own words',
        }),
        createdAt: text({ max: 30 }),
      }),
      { max: 200 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/knowledge/reviews', scope: 'knowledge' },
});

export const decideReview = contract({
  name: 'knowledge.decideReview',
  doc: 'A person says how sensitive a document is: it holds for the next search, and the document leaves the queue.',
  params: object({ documentId: id(), sensitivity: oneOf(SENSITIVITIES) }),
  result: object({ documentId: text({ max: 200 }), sensitivity: oneOf(SENSITIVITIES) }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  audit: true,
  http: { method: 'PUT', path: '/knowledge/reviews/:documentId', scope: 'operate' },
});

const rules = list(
  object({
    field: oneOf(['title', 'source', 'text']),
    contains: text({ min: 1, max: 200, pattern: STORABLE, doc: 'In any case of letters' }),
    sensitivity: oneOf(SENSITIVITIES),
  }),
  {
    max: 100,
    doc: 'The first that fits decides; only what no rule says is classified',
    example: [{ field: 'source', contains: '/internal/', sensitivity: 'internal' }],
  },
);

export const readSensitivityRules = contract({
  name: 'knowledge.rules',
  doc: 'The rules by which documents get their sensitivity when they are taken in.',
  params: object({}),
  result: object({ rules }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/knowledge/rules', scope: 'knowledge' },
});

export const writeSensitivityRules = contract({
  name: 'knowledge.setRules',
  doc: 'Replaces the rules. They hold for what is taken in from now on.',
  params: object({ rules }),
  result: object({ rules }),
  errors: [],
  policy: { timeoutMs: 10_000 },
  audit: true,
  http: { method: 'PUT', path: '/knowledge/rules', scope: 'operate' },
});

export const listVersions = contract({
  name: 'knowledge.versions',
  doc: 'What a document was before: its replaced versions, newest first. Their texts are not kept.',
  params: object({ documentId: id() }),
  result: object({
    versions: list(
      object({
        version: integer(),
        characters: integer(),
        replacedAt: text({ max: 30 }),
      }),
      { max: 50 },
    ),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/ingestion/documents/:documentId/versions', scope: 'knowledge' },
});
