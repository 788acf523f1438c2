/** The web as conformance kits expect it: a pet store and an echo service on a local port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpbin } from './httpbin.ts';
import { petstore } from './petstore.ts';

export interface StubRequest {
  readonly method: string;
  readonly host: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface StubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

/** The header that names the host a call was meant for. */
export const HOST_HEADER = 'x-stub-host';

export interface Stub {
  /** Base of the stub's addresses. */
  readonly origin: string;
  close(): Promise<void>;
}

export async function startStub(): Promise<Stub> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  const host = headers[HOST_HEADER] ?? 'localhost';
  const request: StubRequest = {
    method: (incoming.method ?? 'GET').toUpperCase(),
    host,
    url: new URL(incoming.url ?? '/', `https://${host}`),
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
  const { status, headers: extra = {}, body } = route(request);
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': type }),
    ...(extra as Record<string, string>),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

export function route(request: StubRequest): StubAnswer {
  if (request.host === 'petstore.swagger.io' || request.host === 'petstore3.swagger.io')
    return petstore(request);
  const path = request.url.pathname;
  if (/\.well-known\/openid-configuration$/.test(path))
    return { status: 200, body: { token_endpoint: `https://${request.host}/oauth2/token` } };
  if (request.method === 'POST' && /\/token$/.test(path)) return tokenOf(request);
  if (/(^|\.)httpbin\.|httpbingo|postman-echo/.test(request.host)) return httpbin(request);
  return { status: 404, body: { message: `nobody answers for ${request.host}` } };
}

/** An authority that gives a token to every client but `unknown`. */
function tokenOf({ body, headers }: StubRequest): StubAnswer {
  const basic = Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
  if (/client_id=unknown|"client_id":"unknown"/.test(body) || basic.startsWith('unknown:'))
    return { status: 401, body: { error: 'invalid_client' } };
  return { status: 200, body: { access_token: 'stub-token', token_type: 'Bearer', expires_in: 300 } };
}
