/** What a tenant manages of its own: its people, its API keys, its customers' tokens, its issuer. */
import { contract, SCOPES } from './contract.ts';
import { emailAddress } from './identity.contracts.ts';
import { ROLES } from './roles.ts';
import { flag, id, integer, list, nullable, object, oneOf, optional, STORABLE, text } from './schema.ts';

const when = text({ max: 30 });

const member = object({
  userId: id(),
  email: text({ max: 254 }),
  role: oneOf(ROLES),
  state: oneOf(['invited', 'active', 'removed']),
  createdAt: when,
  signedInAt: nullable(when),
});

export const listMembers = contract({
  name: 'members.list',
  doc: 'The people of the tenant.',
  params: object({}),
  result: object({ members: list(member, { max: 5_000 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/tenants/members', scope: 'view' },
});

export const inviteMember = contract({
  name: 'members.invite',
  doc: 'Invites a person by mail. Inviting again sends a new link.',
  params: object({ email: emailAddress, role: oneOf(ROLES) }),
  result: object({ userId: id() }),
  errors: ['conflict', 'quota-exhausted', 'unavailable'],
  policy: { timeoutMs: 20_000 },
  http: { method: 'POST', path: '/tenants/members', status: 201, scope: 'members' },
});

export const changeRole = contract({
  name: 'members.changeRole',
  doc: 'Changes what a person may do; it counts within a second. The last owner stays one.',
  params: object({ userId: id(), role: oneOf(ROLES) }),
  result: object({ changed: flag() }),
  errors: ['not-found', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/tenants/members/:userId', scope: 'members' },
});

export const removeMember = contract({
  name: 'members.remove',
  doc: 'Takes a person out of the tenant and ends every sign-in of theirs. The last owner stays.',
  params: object({ userId: id() }),
  result: object({ removed: flag() }),
  errors: ['not-found', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/tenants/members/:userId', scope: 'members' },
});

const keyScopes = list(oneOf(SCOPES), { min: 1, max: 10 });

export const listKeys = contract({
  name: 'keys.list',
  doc: "The tenant's API keys by their beginnings; a key itself is never shown again.",
  params: object({}),
  result: object({
    keys: list(
      object({
        keyId: id(),
        name: text({ max: 200 }),
        prefix: nullable(text({ max: 40 })),
        scopes: list(text({ max: 50 }), { max: 20 }),
        createdAt: when,
        expiresAt: nullable(when),
        lastUsedAt: nullable(when),
        revokedAt: nullable(when),
      }),
      { max: 1_000 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/tenants/keys', scope: 'keys' },
});

export const makeKey = contract({
  name: 'keys.create',
  doc: 'Makes an API key, which is shown only here. Nobody gives a key more than he may do himself.',
  params: object({
    name: text({ min: 1, max: 200, pattern: STORABLE, example: 'shop backend' }),
    scopes: keyScopes,
    expiresInDays: optional(integer({ min: 1, max: 3_650 })),
  }),
  result: object({ keyId: id(), apiKey: text({ max: 200 }) }),
  errors: ['forbidden', 'quota-exhausted'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/tenants/keys', status: 201, secret: true, scope: 'keys' },
});

export const rotateKey = contract({
  name: 'keys.rotate',
  doc: 'Makes a new key in place of one, which goes on being good for a while so that nothing fails meanwhile.',
  params: object({
    keyId: id(),
    overlapSeconds: optional(integer({ min: 0, max: 604_800, doc: 'Default 3600' })),
  }),
  result: object({ keyId: id(), apiKey: text({ max: 200 }) }),
  errors: ['not-found', 'forbidden'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/tenants/keys/:keyId/rotate', status: 201, secret: true, scope: 'keys' },
});

export const revokeKey = contract({
  name: 'keys.revoke',
  doc: 'Ends an API key; every node refuses it within a second.',
  params: object({ keyId: id() }),
  result: object({ revoked: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/tenants/keys/:keyId', scope: 'keys' },
});

export const makeWidgetKey = contract({
  name: 'keys.createWidgetKey',
  doc: "Makes the secret by which your own server signs your customers' tokens (JWT, HS256). Shown only here; older ones end.",
  params: object({}),
  result: object({ keyId: id(), secret: text({ max: 100 }) }),
  errors: [],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/tenants/widget-key', status: 201, secret: true, scope: 'keys' },
});

export const makeWidgetToken = contract({
  name: 'keys.createWidgetToken',
  doc: 'Makes a token for a customer, who can only chat with it and sees only his own conversations.',
  params: object({
    customerId: text({ min: 1, max: 200, pattern: STORABLE, doc: 'Your own id of the customer' }),
    expiresInSeconds: optional(integer({ min: 60, max: 86_400, doc: 'Default 3600' })),
  }),
  result: object({ token: text({ max: 4_000 }) }),
  errors: ['conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/tenants/widget-tokens', status: 201, secret: true, scope: 'keys' },
});

const issuerRole = oneOf(['admin', 'agent', 'viewer']);

export const readOidc = contract({
  name: 'oidc.configured',
  doc: "The issuer by which the tenant's people may sign in, without its secret.",
  params: object({}),
  result: object({
    issuer: nullable(
      object({ issuer: text({ max: 500 }), clientId: text({ max: 300 }), defaultRole: issuerRole }),
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/tenants/oidc', scope: 'view' },
});

export const removeOidc = contract({
  name: 'oidc.remove',
  doc: 'Nobody signs in by the issuer any more. Sign-ins that there are go on until they end.',
  params: object({}),
  result: object({ removed: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/tenants/oidc', scope: 'members' },
});

export const setOidc = contract({
  name: 'oidc.configure',
  doc: "Lets the tenant's people sign in by an OpenID Connect issuer. Who comes the first time gets the default role.",
  params: object({
    issuer: text({ min: 8, max: 500, pattern: /^https?:\/\/\S+$/, example: 'https://login.example.com' }),
    clientId: text({ min: 1, max: 300, pattern: STORABLE }),
    clientSecret: text({ min: 1, max: 500, pattern: STORABLE }),
    defaultRole: issuerRole,
  }),
  result: object({ configured: flag() }),
  errors: ['unavailable', 'outbound-refused', 'forbidden'],
  policy: { timeoutMs: 20_000 },
  http: { method: 'PUT', path: '/tenants/oidc', scope: 'members' },
});
