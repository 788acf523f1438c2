/** The audit log: who changed what. Added to, read and checked; never edited. */
import { contract } from './contract.ts';
import { flag, integer, json, list, object, oneOf, optional, STORABLE, text } from './schema.ts';

const seq = integer({ doc: 'Place in the chain of the tenant, from 1 without gaps', example: 42 });
const hash = text({ max: 64, doc: 'SHA-256 in hexadecimal' });

export const recordAudit = contract({
  name: 'audit.record',
  doc: 'Adds an entry for the tenant of the call. Secrets and personal data in `before` and `after` are masked, long texts become digests.',
  params: object({
    action: text({ min: 1, max: 100, pattern: STORABLE, example: 'flags.put' }),
    target: text({ max: 300, pattern: STORABLE, doc: 'What was changed', example: 'flag new-greeting' }),
    before: optional(json({ doc: 'How it was' })),
    after: optional(json({ doc: 'How it is' })),
  }),
  result: object({ seq, hash }),
  errors: [],
  policy: { timeoutMs: 10_000 },
});

export const listAudit = contract({
  name: 'audit.list',
  doc: 'Entries of the audit log, oldest first; with `before`, newest first. Each covers the hash of the one before it, so an export can be checked by itself.',
  params: object({
    after: optional(integer({ doc: 'Only entries behind this place; the `next` of the page before' })),
    before: optional(
      integer({
        doc: 'Newest first, only entries before this place: 0 begins with the newest, then the `next` of the page before',
      }),
    ),
    limit: optional(integer({ min: 1, max: 1_000, doc: 'Default 100' })),
  }),
  result: object({
    entries: list(
      object({
        seq,
        at: text({ max: 30, doc: 'ISO 8601, UTC' }),
        actor: text({ max: 200, doc: '`user:<id>`, `key:<id>` or `node:<id>`' }),
        action: text({ max: 100 }),
        target: text({ max: 300 }),
        detail: text({ max: 1_000_000, doc: 'Canonical JSON, as it was hashed' }),
        previous: hash,
        hash,
      }),
      { max: 1_000 },
    ),
    next: optional(integer({ doc: 'For the next page; missing on the last' })),
  }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/control/audit', scope: 'operate' },
});

export const verifyAudit = contract({
  name: 'audit.verify',
  doc: 'Reads the whole chain of the tenant and checks it: an entry that was edited, removed, added or moved is told by its place.',
  params: object({}),
  result: object({
    intact: flag(),
    entries: integer({ doc: 'Entries that were checked and are as they were written' }),
    sealed: flag({ doc: 'Whether the end of the chain is sealed by a key that is not in the database' }),
    fault: optional(
      object({
        seq,
        fault: oneOf(['gap', 'order', 'link', 'content', 'tenant', 'head'], {
          doc: '`head`: the end of the chain is not the one that was written last',
        }),
      }),
    ),
  }),
  errors: [],
  policy: { timeoutMs: 120_000 },
  http: { method: 'GET', path: '/control/audit/verification', scope: 'operate' },
});
