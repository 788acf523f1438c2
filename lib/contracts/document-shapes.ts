/** Shapes of documents that several contracts share. */
import {
  decimal,
  flag,
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
export const access = {
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

export const documentTitle = text({
  min: 1,
  max: 500,
  pattern: STORABLE,
  doc: 'Shown in citations',
  example: 'Returns policy',
});

export const documentText = text({
  min: 1,
  max: 1_000_000,
  pattern: STORABLE,
  doc: 'Markdown or plain text',
  example: '# Returns\n\nYou have 30 days to return a kettle.',
});

export const documentFile = object(
  {
    name: optional(text({ max: 300, pattern: STORABLE, doc: 'With its ending', example: 'returns.pdf' })),
    type: optional(
      text({ max: 200, pattern: STORABLE, doc: 'Media type, with the charset if there is one' }),
    ),
    content: text({ min: 1, max: 28_000_000, doc: 'Base64; 20 MB decoded at most' }),
  },
  { doc: 'PDF, DOCX, HTML, CSV, markdown or text, instead of `text`' },
);

export const documentFormat = oneOf(['pdf', 'docx', 'html', 'csv', 'text'], {
  doc: 'What the text was read from',
});

export const sourceName = text({
  min: 1,
  max: 500,
  pattern: STORABLE,
  doc: 'Names where it comes from; of a page it is the address. A document of the same source replaces the one before: only what changed is indexed again',
  example: 'https://example.com/returns',
});

export const metadata = record(text({ max: 1_000, pattern: STORABLE }), {
  doc: 'Yours to keep; not searched',
});

/** Of a question that goes on from others. */
export const earlier = optional(
  list(text({ max: 4_000 }), {
    max: 6,
    doc: 'What was asked before, the latest last: "and to Canada?" is searched with what it goes on from',
    example: [],
  }),
);
/** How far what was found answers. */
export const answering = {
  answerability: decimal({ min: 0, max: 1, doc: 'How far what can be quoted holds what is asked' }),
  answerable: flag({ doc: 'Whether that is enough to answer; where it is not, say so' }),
};
