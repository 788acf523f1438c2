/**
 * How a call proves who it is: basic, bearer, digest (RFC 7616), and tokens of an OAuth 2.0 authority (RFC 6749, 7523,
 * 8693) or an OpenID provider, which are asked for through the same guard and kept in memory until they expire.
 */
import { createHash, randomBytes } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../lib/core/workflow/jq/value.ts';
import type { Authentication } from '../../lib/core/workflow/messages.ts';
import { Fault, problem } from '../../lib/core/workflow/problem.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import type { Clock } from '../../lib/kernel/clock.ts';

export interface AuthenticationPorts {
  readonly outbound: SafeFetch;
  readonly clock: Clock;
}

interface Token {
  readonly value: string;
  readonly until: number;
}

/** By a digest of everything that was asked with, so that no two tenants share one. */
const tokens = new Map<string, Token>();
const MOST_TOKENS = 1_000;
/** A token is asked for anew so long before it expires. */
const EARLY_MS = 30_000;
const DEFAULT_TOKEN_S = 60;
const ANSWER_BYTES = 200_000;

/** The `Authorization` of a request; undefined where there is none, or a challenge must come first (digest). */
export async function authorization(
  ports: AuthenticationPorts,
  proof: Authentication | undefined,
  tenantId: string,
): Promise<string | undefined> {
  if (!proof || proof.scheme === 'digest') return undefined;
  const given = isObject(proof.parameters) ? proof.parameters : {};
  if (proof.scheme === 'basic')
    return `Basic ${Buffer.from(`${text(given.username)}:${text(given.password)}`).toString('base64')}`;
  if (proof.scheme === 'bearer') return `Bearer ${text(given.token)}`;
  return `Bearer ${await token(ports, proof.scheme, given, tenantId)}`;
}

/** The answer to a challenge; undefined when it is no digest. */
export function digestAnswer(
  proof: Authentication,
  method: string,
  url: URL,
  challenge: string,
): string | undefined {
  if (!/^Digest\s/i.test(challenge)) return undefined;
  const part = (name: string) =>
    new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^\\s,]+))`, 'i').exec(challenge)?.slice(1).find(Boolean) ?? '';
  const named = part('algorithm') || 'MD5';
  const algorithm = /sha-?256/i.test(named) ? 'sha256' : 'md5';
  const hash = (value: string) => createHash(algorithm).update(value).digest('hex');
  const { username, password } = isObject(proof.parameters) ? proof.parameters : {};
  const [realm, nonce, opaque] = [part('realm'), part('nonce'), part('opaque')];
  const uri = url.pathname + url.search;
  const client = randomBytes(8).toString('hex');
  const own = hash(`${text(username)}:${realm}:${text(password)}`);
  const secret = /-sess$/i.test(named) ? hash(`${own}:${nonce}:${client}`) : own;
  const asked = hash(`${method}:${uri}`);
  const quality = part('qop')
    .split(/\s*,\s*/)
    .includes('auth');
  const response = hash(
    quality ? [secret, nonce, '00000001', client, 'auth', asked].join(':') : `${secret}:${nonce}:${asked}`,
  );
  const fields = [
    `username="${text(username)}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `algorithm=${named}`,
    ...(quality ? ['qop=auth', 'nc=00000001', `cnonce="${client}"`] : []),
    `response="${response}"`,
    ...(opaque ? [`opaque="${opaque}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

async function token(
  ports: AuthenticationPorts,
  scheme: 'oauth2' | 'oidc',
  given: JsonObject,
  tenantId: string,
): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([tenantId, scheme, given]))
    .digest('hex');
  const known = tokens.get(key);
  if (known && known.until > ports.clock.now()) return known.value;
  const endpoint = await tokenEndpoint(ports, scheme, given);
  const { headers, body } = tokenRequest(given);
  const answer = await ports.outbound(endpoint, { method: 'POST', headers, body, maxBytes: ANSWER_BYTES });
  const content = await readJson(answer);
  const value = content.access_token;
  if (!answer.ok || typeof value !== 'string')
    throw refused(
      `${endpoint} gave no token (${answer.status}${content.error ? `, ${text(content.error)}` : ''})`,
    );
  const seconds = typeof content.expires_in === 'number' ? content.expires_in : DEFAULT_TOKEN_S;
  if (tokens.size >= MOST_TOKENS) tokens.delete(tokens.keys().next().value!);
  tokens.set(key, { value, until: ports.clock.now() + Math.max(0, seconds * 1_000 - EARLY_MS) });
  return value;
}

async function tokenEndpoint(
  { outbound }: AuthenticationPorts,
  scheme: 'oauth2' | 'oidc',
  given: JsonObject,
): Promise<string> {
  const authority = text(given.authority).replace(/\/$/, '');
  if (!URL.canParse(authority)) throw refused('The authority is no address');
  if (scheme === 'oauth2') {
    const path = isObject(given.endpoints) ? text(given.endpoints.token ?? '/oauth2/token') : '/oauth2/token';
    return URL.canParse(path) ? path : `${authority}/${path.replace(/^\//, '')}`;
  }
  const described = authority.endsWith('/.well-known/openid-configuration')
    ? authority
    : `${authority}/.well-known/openid-configuration`;
  const answer = await outbound(described, { maxBytes: ANSWER_BYTES });
  const endpoint = (await readJson(answer)).token_endpoint;
  if (!answer.ok || typeof endpoint !== 'string') throw refused(`${described} names no token endpoint`);
  return endpoint;
}

function tokenRequest(given: JsonObject): { headers: Record<string, string>; body: string } {
  const client = isObject(given.client) ? given.client : {};
  const method = text(client.authentication ?? 'client_secret_post');
  const grant = text(given.grant).replaceAll('-', '_');
  const fields: Record<string, string> = {
    grant_type: grant.startsWith('urn:') ? text(given.grant) : grant,
  };
  const add = (name: string, value: Json | undefined) => {
    if (value !== undefined && value !== null)
      fields[name] = Array.isArray(value) ? value.map(text).join(' ') : text(value);
  };
  add('scope', given.scopes);
  add('audience', given.audiences);
  add('username', given.username);
  add('password', given.password);
  for (const role of ['subject', 'actor'] as const) {
    const about = given[role];
    if (!isObject(about)) continue;
    add(`${role}_token`, about.token);
    add(`${role}_token_type`, about.type);
  }
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method === 'client_secret_basic') {
    const pair = `${encodeURIComponent(text(client.id))}:${encodeURIComponent(text(client.secret))}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else {
    add('client_id', client.id);
    if (method === 'client_secret_post') add('client_secret', client.secret);
    else if (method === 'private_key_jwt') {
      fields.client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      add('client_assertion', client.assertion);
    } else if (method !== 'none')
      throw refused(`Client authentication by ${method} is not offered here`, 501);
  }
  const encoding = isObject(given.request) ? text(given.request.encoding ?? '') : '';
  headers['content-type'] = encoding === 'application/json' ? encoding : 'application/x-www-form-urlencoded';
  const body =
    encoding === 'application/json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  return { headers, body };
}

async function readJson(answer: Response): Promise<JsonObject> {
  try {
    const value = JSON.parse(await answer.text()) as Json;
    return isObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // an authority that answers with a page: told by its status
    throw error;
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}

function refused(detail: string, status = 401): Fault {
  return new Fault(problem('authentication', detail, { status }));
}
