/** An echo service in the manner of httpbin. */
import { createHash, randomUUID } from 'node:crypto';
import type { StubAnswer, StubRequest } from './stub.ts';

const HIDDEN = new Set(['x-stub-host', 'host', 'connection', 'sec-fetch-mode', 'transfer-encoding']);

export function httpbin(request: StubRequest): StubAnswer {
  const { url, method } = request;
  const [, first = '', second = '', third = ''] = url.pathname.split('/').map(decodeURIComponent);
  switch (first) {
    case 'get':
    case 'post':
    case 'put':
    case 'patch':
    case 'delete':
      if (method !== first.toUpperCase()) return { status: 405, body: 'method not allowed' };
      return { status: 200, body: echo(request) };
    case 'anything':
      return { status: 200, body: { ...echo(request), method } };
    case 'status':
      return { status: Number(second.split(',')[0]) || 200, body: '' };
    case 'headers':
      return { status: 200, body: { headers: titled(request) } };
    case 'ip':
      return { status: 200, body: { origin: '127.0.0.1' } };
    case 'uuid':
      return { status: 200, body: { uuid: randomUUID() } };
    case 'user-agent':
      return { status: 200, body: { 'user-agent': request.headers['user-agent'] ?? '' } };
    case 'json':
      return {
        status: 200,
        body: {
          slideshow: {
            title: 'Sample Slide Show',
            author: 'Yours Truly',
            date: 'date of publication',
            slides: [],
          },
        },
      };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<h1>Herman Melville - Moby-Dick</h1>',
      };
    case 'xml':
      return { status: 200, headers: { 'content-type': 'application/xml' }, body: '<slideshow/>' };
    case 'delay':
      return { status: 200, body: echo(request) };
    case 'base64':
      return { status: 200, body: Buffer.from(second, 'base64').toString('utf8') };
    case 'bytes':
      return {
        status: 200,
        headers: { 'content-type': 'application/octet-stream' },
        body: 'x'.repeat(Math.min(1_000, Number(second) || 0)),
      };
    case 'cookies':
      return { status: 200, body: { cookies: {} } };
    case 'response-headers':
      return {
        status: 200,
        headers: Object.fromEntries(url.searchParams),
        body: Object.fromEntries(url.searchParams),
      };
    case 'redirect-to':
      return redirect(
        url.searchParams.get('url') ?? '/get',
        Number(url.searchParams.get('status_code')) || 302,
      );
    case 'redirect':
    case 'relative-redirect':
    case 'absolute-redirect':
      return redirect(Number(second) > 1 ? `/redirect/${Number(second) - 1}` : '/get', 302);
    case 'basic-auth':
    case 'hidden-basic-auth':
      return basic(request, second, third, first.startsWith('hidden') ? 404 : 401);
    case 'bearer':
      return bearer(request);
    case 'digest-auth':
      return digest(request, third, url.pathname.split('/')[4] ?? '');
    default:
      return { status: 404, body: 'not found' };
  }
}

function redirect(location: string, status: number): StubAnswer {
  return { status, headers: { location } };
}

function echo({ url, headers, body, method, host }: StubRequest): Record<string, unknown> {
  let json: unknown = null;
  try {
    json = body ? JSON.parse(body) : null;
  } catch {
    // As httpbin does: what is no JSON has none.
    json = null;
  }
  const form = headers['content-type']?.includes('form-urlencoded')
    ? Object.fromEntries(new URLSearchParams(body))
    : {};
  return {
    args: Object.fromEntries(url.searchParams),
    headers: titled({ headers, host } as StubRequest),
    origin: '127.0.0.1',
    url: url.href,
    ...(method === 'GET' ? {} : { data: body, files: {}, form, json }),
  };
}

function titled({ headers, host }: StubRequest): Record<string, string> {
  const shown = Object.entries(headers).filter(([name]) => !HIDDEN.has(name));
  const title = (name: string) => name.replace(/(^|-)[a-z]/g, each => each.toUpperCase());
  return { ...Object.fromEntries(shown.map(([name, value]) => [title(name), value])), Host: host };
}

function basic({ headers }: StubRequest, user: string, password: string, refusal: number): StubAnswer {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (headers.authorization === wanted) return { status: 200, body: { authenticated: true, user } };
  return { status: refusal, headers: { 'www-authenticate': 'Basic realm="Fake Realm"' }, body: '' };
}

function bearer({ headers }: StubRequest): StubAnswer {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (token) return { status: 200, body: { authenticated: true, token } };
  return { status: 401, headers: { 'www-authenticate': 'Bearer' }, body: '' };
}

const NONCE = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';

/** RFC 7616 with MD5, as httpbin offers it. */
function digest({ headers, method }: StubRequest, user: string, password: string): StubAnswer {
  const given = headers.authorization ?? '';
  const part = (name: string) => new RegExp(`${name}="?([^",]*)"?`).exec(given)?.[1] ?? '';
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const own = md5(`${user}:${part('realm')}:${password}`);
  const call = md5(`${method}:${part('uri')}`);
  const wanted = md5([own, part('nonce'), part('nc'), part('cnonce'), part('qop'), call].join(':'));
  if (given.startsWith('Digest ') && part('response') === wanted)
    return { status: 200, body: { authenticated: true, user } };
  const challenge = `Digest realm="me@kennethreitz.com", nonce="${NONCE}", qop="auth", opaque="5ccc069c403ebaf9f0171e9517f40e41", algorithm=MD5`;
  return { status: 401, headers: { 'www-authenticate': challenge }, body: '' };
}
