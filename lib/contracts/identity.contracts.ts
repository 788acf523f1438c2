/** Who people are: sign-up, sign-in by password or issuer, tokens. */
import { contract } from './contract.ts';
import { ROLES } from './roles.ts';
import { flag, id, integer, list, nullable, object, oneOf, optional, STORABLE, text } from './schema.ts';

export const emailAddress = text({
  min: 3,
  max: 254,
  pattern: /^[^\s@<>()",;:\\[\]\p{Cc}]+@[^\s@<>()",;:\\[\]\p{Cc}]+$/u,
  example: 'mara@kettlemoor.example',
});
const password = text({ min: 10, max: 200, doc: '10 to 200 characters', example: 'a long phrase of yours' });
const secretText = text({ min: 10, max: 400, pattern: /^[\w.-]+$/ });

const tokens = object({
  tenantId: id(),
  userId: id(),
  role: oneOf(ROLES),
  accessToken: text({ max: 4_000, doc: 'Send it as "Authorization: Bearer <token>"' }),
  expiresInSeconds: integer(),
  refreshToken: text({ max: 200, doc: 'Good for one refresh' }),
});

export const signUp = contract({
  name: 'identity.signUp',
  doc: 'Asks for a tenant. A mail with a link confirms the address; the answer is the same whether the address is known or not.',
  params: object({
    name: text({ min: 1, max: 200, pattern: STORABLE, doc: 'Of your business', example: 'Kettlemoor' }),
    email: emailAddress,
    password,
  }),
  result: object({ status: oneOf(['mail-sent']) }),
  errors: ['rate-limited', 'overloaded', 'unavailable'],
  policy: { timeoutMs: 20_000, bulkhead: { concurrency: 2, queue: 50 } },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/tenants',
    status: 202,
    scope: 'public',
    attempts: { most: 20, windowSeconds: 600 },
  },
});

export const confirmSignUp = contract({
  name: 'identity.confirmSignUp',
  doc: 'Makes the tenant, its owner and its first API key, which is shown only here. A link is good once.',
  params: object({ token: secretText }),
  result: object({ tenantId: id(), userId: id(), apiKey: text({ max: 200 }) }),
  errors: ['unauthenticated', 'rate-limited'],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/tenants/confirm',
    status: 201,
    scope: 'public',
    attempts: { most: 30, windowSeconds: 600 },
  },
});

const guessing = { most: 30, windowSeconds: 600 };

export const signIn = contract({
  name: 'identity.signIn',
  doc: 'Signs a person in by password. Ten tries in fifteen minutes for an address, wherever they come from.',
  params: object({
    email: emailAddress,
    password: text({ min: 1, max: 200 }),
    tenantId: optional(id({ doc: 'When you belong to several tenants; default: the newest' })),
  }),
  result: tokens,
  errors: ['unauthenticated', 'rate-limited', 'overloaded'],
  policy: { timeoutMs: 20_000, bulkhead: { concurrency: 2, queue: 50 } },
  tenant: 'none',
  http: { method: 'POST', path: '/auth/login', scope: 'public', attempts: guessing },
});

export const refresh = contract({
  name: 'identity.refresh',
  doc: 'Gives a new access token and a new refresh token. One that is used a second time ends the sign-in that it comes from.',
  params: object({ refreshToken: secretText }),
  result: tokens,
  errors: ['unauthenticated', 'rate-limited'],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/auth/refresh',
    scope: 'public',
    attempts: { most: 300, windowSeconds: 60 },
  },
});

export const signOut = contract({
  name: 'identity.signOut',
  doc: 'Ends the sign-in that a refresh token comes from; its access tokens are refused within a second.',
  params: object({ refreshToken: secretText }),
  result: object({ signedOut: flag() }),
  errors: ['rate-limited'],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/auth/logout',
    scope: 'public',
    attempts: { most: 300, windowSeconds: 60 },
  },
});

export const forgotPassword = contract({
  name: 'identity.forgotPassword',
  doc: 'Sends a link that sets a new password, if that address belongs to somebody; the answer does not tell.',
  params: object({ email: emailAddress, tenantId: optional(id()) }),
  result: object({ status: oneOf(['mail-sent']) }),
  errors: ['rate-limited', 'unavailable'],
  policy: { timeoutMs: 20_000 },
  tenant: 'none',
  http: { method: 'POST', path: '/auth/forgot', status: 202, scope: 'public', attempts: guessing },
});

export const setPassword = contract({
  name: 'identity.setPassword',
  doc: 'Sets a password by the link of an invitation or of a forgotten one. Every sign-in of that person ends.',
  params: object({ token: secretText, password }),
  result: object({ tenantId: id(), userId: id() }),
  errors: ['unauthenticated', 'rate-limited', 'overloaded'],
  policy: { timeoutMs: 20_000, bulkhead: { concurrency: 2, queue: 50 } },
  tenant: 'none',
  http: { method: 'POST', path: '/auth/password', scope: 'public', attempts: guessing },
});

export const authenticateToken = contract({
  name: 'identity.authenticate',
  doc: 'Whose an access token or a widget token is. For gateways.',
  params: object({ token: text({ min: 10, max: 4_000 }) }),
  result: object({
    tenantId: id(),
    plan: text({ max: 50 }),
    region: nullable(text({ max: 50 })),
    subject: object({ kind: oneOf(['key', 'user', 'widget']), id: text({ max: 200 }) }),
    name: optional(text({ max: 254, doc: 'Of a person: the e-mail address' })),
    role: optional(oneOf(ROLES)),
    scopes: list(text({ max: 50 }), { max: 20 }),
    expiresAt: integer({ doc: 'Of the token, milliseconds since the Unix epoch' }),
  }),
  errors: ['unauthenticated'],
  policy: { timeoutMs: 5_000, retries: 2, breaker: true },
  tenant: 'none',
});

export const publicKeys = contract({
  name: 'identity.publicKeys',
  doc: 'The public keys that access tokens are signed with, as a JSON Web Key Set (RFC 7517).',
  params: object({}),
  result: object({
    keys: list(
      object({
        kty: text({ max: 10 }),
        crv: text({ max: 20 }),
        x: text({ max: 100 }),
        kid: id(),
        alg: text({ max: 10 }),
        use: text({ max: 10 }),
      }),
      { max: 20 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  tenant: 'none',
});

export const rotateSigningKey = contract({
  name: 'identity.rotateSigningKey',
  doc: 'Signs with a new key from now on; what older keys signed is believed until it runs out. For operators.',
  params: object({}),
  result: object({ keyId: id() }),
  errors: [],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
});

export const whoAmI = contract({
  name: 'identity.whoAmI',
  doc: 'Whose credentials these are and what they may do.',
  params: object({}),
  result: object({
    tenantId: id(),
    name: text({ max: 200 }),
    plan: text({ max: 50 }),
    role: nullable(oneOf(ROLES)),
    email: nullable(text({ max: 254, doc: 'Of a person; null for a key' })),
    scopes: list(text({ max: 50 }), { max: 20 }),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/auth/me', scope: 'view' },
});

export const beginOidc = contract({
  name: 'oidc.begin',
  doc: "Begins a sign-in by the tenant's issuer: send the person to `url`, keep `flow` where only you can read it.",
  params: object({
    tenantId: id(),
    redirectUri: text({ min: 8, max: 500, pattern: /^https?:\/\/\S+$/, doc: 'A page of this platform' }),
  }),
  result: object({ url: text({ max: 4_000 }), flow: text({ max: 200 }) }),
  errors: ['not-found', 'unavailable', 'outbound-refused', 'rate-limited'],
  policy: { timeoutMs: 20_000 },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/auth/oidc/begin',
    scope: 'public',
    attempts: { most: 60, windowSeconds: 600 },
  },
});

export const finishOidc = contract({
  name: 'oidc.finish',
  doc: 'Ends a sign-in by the issuer with the whole address that it sent the person back to.',
  params: object({ flow: secretText, returnedTo: text({ min: 8, max: 4_000, pattern: /^https?:\/\/\S+$/ }) }),
  result: tokens,
  errors: ['unauthenticated', 'unavailable', 'outbound-refused', 'rate-limited'],
  policy: { timeoutMs: 20_000 },
  tenant: 'none',
  http: {
    method: 'POST',
    path: '/auth/oidc/finish',
    scope: 'public',
    attempts: { most: 60, windowSeconds: 600 },
  },
});
