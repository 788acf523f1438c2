/** The widget of a tenant: how it looks, and the short-lived tokens that pages get for their customers. */
import { contract } from './contract.ts';
import { flag, id, integer, list, object, optional, record, STORABLE, text } from './schema.ts';

const words = {
  title: text({ min: 1, max: 200, pattern: STORABLE, example: 'Ask Kettlemoor' }),
  greeting: text({ max: 2_000, pattern: STORABLE, example: 'Hello, what can we do for you?' }),
  suggestions: list(text({ min: 1, max: 200, pattern: STORABLE }), {
    max: 8,
    doc: 'Questions to click at the beginning',
    example: ['How long is the warranty?'],
  }),
};
const settings = {
  ...words,
  translations: optional(record(object(words), { doc: 'The same by language tag', example: {} })),
  uploads: optional(flag({ doc: 'Customers may attach files (default)' })),
};
const publicKey = id({
  doc: 'Stands in the page. It is good for one thing: asking for a widget token from an origin that the tenant allows',
  example: 'wpk_mQ0pX2b7cR5tY8uJ1kLz3w',
});

export const putWidget = contract({
  name: 'widgets.put',
  doc: "Sets what the tenant's widget says. The first time makes its public key, which stays.",
  params: object(settings),
  result: object({ publicKey, ...settings }),
  errors: [],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/tenants/widget', scope: 'operate' },
});

export const getWidget = contract({
  name: 'widgets.get',
  doc: "What the tenant's widget says, with its public key.",
  params: object({}),
  result: object({ publicKey, ...settings }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/tenants/widget', scope: 'view' },
});

export const findWidget = contract({
  name: 'widgets.find',
  doc: 'Whose a public key is. For the gateway, which then asks whether the page is allowed.',
  params: object({ publicKey }),
  result: object({ tenantId: id() }),
  errors: ['unauthenticated'],
  policy: { timeoutMs: 5_000, retries: 2, breaker: true },
  tenant: 'none',
});

export const openWidget = contract({
  name: 'widgets.open',
  doc: 'Gives a page of an allowed origin a token with which its customer chats for an hour, and what the widget says. With the token from before, also an old one of up to thirty days, the customer stays the same.',
  params: object({
    publicKey,
    token: optional(
      text({ min: 10, max: 4_000, doc: 'The one from before, or one that your own server signed' }),
    ),
  }),
  result: object({
    token: text({ max: 4_000, doc: 'Send it as "Authorization: Bearer <token>"' }),
    expiresInSeconds: integer(),
    ...settings,
  }),
  errors: ['unauthenticated', 'origin-refused', 'rate-limited'],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/widget/sessions',
    scope: 'public',
    attempts: { most: 120, windowSeconds: 60 },
  },
});
