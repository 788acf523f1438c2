/** What belongs to a tenant and its people: to take it along, to have it erased, to keep it no longer than needed. */
import { contract } from './contract.ts';
import { integer, json, list, nullable, object, optional, text } from './schema.ts';

const time = text({ max: 30, doc: 'ISO 8601, UTC' });

export const exportTenant = contract({
  name: 'privacy.export',
  doc: 'Everything that is kept of the tenant, row by row and table by table, a page at a time. Hashes of API keys and data keys are left out.',
  params: object({
    cursor: optional(text({ max: 2_000, doc: 'The `next` of the page before' })),
    limit: optional(integer({ min: 1, max: 1_000, doc: 'Default 500' })),
  }),
  result: object({
    rows: list(object({ table: text({ max: 100 }), row: json<Record<string, unknown>>() }), { max: 1_000 }),
    next: optional(text({ max: 2_000, doc: 'For the next page; missing on the last' })),
  }),
  errors: ['validation-failed'],
  policy: { timeoutMs: 30_000, retries: 1 },
  http: { method: 'GET', path: '/control/tenant/export', scope: 'operate' },
});

export const requestErasure = contract({
  name: 'privacy.erase',
  doc: 'Asks for the tenant to be erased, completely and for ever, once the time has passed in which this can be taken back.',
  params: object({
    confirm: text({ max: 100, doc: "The tenant's id, so that nobody does this by mistake" }),
    graceHours: optional(integer({ max: 8_760, doc: 'Default 720, thirty days' })),
  }),
  result: object({ eraseAt: time }),
  errors: ['validation-failed', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/control/tenant/erasure', status: 202, scope: 'operate' },
});

export const cancelErasure = contract({
  name: 'privacy.keep',
  doc: 'Takes back the request to erase the tenant.',
  params: object({}),
  result: object({}),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/control/tenant/erasure', scope: 'operate' },
});

export const findErasure = contract({
  name: 'privacy.erasure',
  doc: 'Whether and when a tenant is or was erased, with the report: rows by table, messages, keys, and what is left. For operators; outlives the tenant.',
  params: object({ tenantId: text({ min: 1, max: 100 }) }),
  result: object({ eraseAt: nullable(time), erasedAt: nullable(time), report: json() }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  tenant: 'none',
});

export const readRetention = contract({
  name: 'privacy.retention',
  doc: 'How long conversations are kept, and when the tenant is erased, if somebody asked for it.',
  params: object({}),
  result: object({ conversationDays: nullable(integer()), eraseAt: nullable(time) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/tenant/retention', scope: 'operate' },
});

export const putRetention = contract({
  name: 'privacy.retain',
  doc: 'How many days conversations are kept after their last message; null keeps them for ever.',
  params: object({ conversationDays: nullable(integer({ min: 1, max: 36_500 })) }),
  result: object({ conversationDays: nullable(integer()) }),
  errors: ['validation-failed'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/control/tenant/retention', scope: 'operate' },
});
