/** The ports of a run in the evaluation: HTTP to the stub, resources from it, nothing else of the world. */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { HttpCall, Ports } from '../../../lib/core/workflow/driver.ts';
import { isObject, type Json } from '../../../lib/core/workflow/jq/value.ts';
import type { Authentication, HttpAnswer } from '../../../lib/core/workflow/messages.ts';
import { HOST_HEADER, route, type StubRequest } from './stub.ts';

const MAX_REDIRECTS = 5;

/** Sends one request and does not follow redirections. */
export type Transport = (request: StubRequest) => Promise<Response>;

export function webPorts(transport: Transport): Ports {
  return {
    http: call => perform(transport, call),
    resource: async uri => {
      const response = await send(transport, 'GET', new URL(uri), {});
      if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
      return parse(await response.text()) as Json;
    },
    function: (name, input) => Promise.resolve({ function: name, with: input }),
    emit: () => {},
  };
}

async function perform(transport: Transport, call: HttpCall): Promise<HttpAnswer> {
  let url = new URL(call.endpoint.uri);
  for (const [name, value] of Object.entries(call.query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== null)
        url.searchParams.append(name, typeof each === 'object' ? JSON.stringify(each) : String(each));
  const headers = Object.fromEntries(
    Object.entries(call.headers).map(([name, value]) => [name, String(value)]),
  );
  const named = new Set(Object.keys(headers).map(name => name.toLowerCase()));
  const proof = authorization(call.endpoint.authentication);
  if (proof) headers.authorization = proof;
  const body =
    call.body === undefined
      ? undefined
      : typeof call.body === 'string'
        ? call.body
        : JSON.stringify(call.body);
  if (body !== undefined && !named.has('content-type'))
    headers['content-type'] = typeof call.body === 'string' ? 'text/plain' : 'application/json';
  let response = await send(transport, call.method, url, headers, body);
  if (response.status === 401 && call.endpoint.authentication?.scheme === 'digest') {
    headers.authorization = digest(call, url, response.headers.get('www-authenticate') ?? '');
    response = await send(transport, call.method, url, headers, body);
  }
  // Followed only where redirections are no errors.
  for (let i = 0; call.redirect && i < MAX_REDIRECTS && response.headers.has('location'); i++) {
    url = new URL(response.headers.get('location')!, url);
    response = await send(transport, response.status === 303 ? 'GET' : call.method, url, headers);
  }
  return {
    request: { method: call.method, uri: url.href, headers },
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    content: await contentOf(response, call.output),
  };
}

function send(
  transport: Transport,
  method: string,
  url: URL,
  headers: Record<string, string>,
  body = '',
): Promise<Response> {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return transport({ method, host: url.host, url, headers: lower, body });
}

/** Over a socket, to the stub at that origin. */
export function overHttp(origin: string): Transport {
  return ({ method, host, url, headers, body }) =>
    fetch(`${origin}${url.pathname}${url.search}`, {
      method,
      headers: { ...headers, [HOST_HEADER]: host },
      redirect: 'manual',
      ...(body === '' || method === 'GET' || method === 'HEAD' ? {} : { body }),
    });
}

/** Without a socket, for unit tests. */
export const inProcess: Transport = request => {
  const { status, headers = {}, body } = route(request);
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const known = { 'content-type': type, ...(headers as Record<string, string>) };
  return Promise.resolve(new Response(text ?? null, { status, headers: known }));
};

async function contentOf(response: Response, output: string): Promise<Json> {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (output === 'raw') return bytes.toString('base64');
  const type = response.headers.get('content-type') ?? '';
  if (bytes.length === 0) return null;
  if (/json/.test(type)) return JSON.parse(bytes.toString('utf8')) as Json;
  return /^text\/|xml|yaml/.test(type) ? bytes.toString('utf8') : bytes.toString('base64');
}

function authorization(proof: Authentication | undefined): string | null {
  const { username, password, token } = proof?.parameters ?? {};
  if (proof?.scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  if (proof?.scheme === 'bearer') return `Bearer ${String(token)}`;
  return proof && isObject(proof.parameters) && proof.scheme.startsWith('o') ? 'Bearer stub-token' : null;
}

function digest(call: HttpCall, url: URL, challenge: string): string {
  const part = (name: string) => new RegExp(`${name}="?([^",]*)"?`).exec(challenge)?.[1] ?? '';
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const { username, password } = call.endpoint.authentication?.parameters ?? {};
  const uri = url.pathname + url.search;
  const own = md5(`${String(username)}:${part('realm')}:${String(password)}`);
  const response = md5(
    [own, part('nonce'), '00000001', 'c0ffee', 'auth', md5(`${call.method}:${uri}`)].join(':'),
  );
  return `Digest username="${String(username)}", realm="${part('realm')}", nonce="${part('nonce')}", uri="${uri}", qop=auth, nc=00000001, cnonce="c0ffee", response="${response}", opaque="${part('opaque')}"`;
}
