/** The ports of a run in the evaluation: the platform's own HTTP calls, with the stub as the whole web. */
import type { Ports } from '../../../lib/core/workflow/driver.ts';
import type { Json } from '../../../lib/core/workflow/jq/value.ts';
import type { Authentication, HttpAnswer } from '../../../lib/core/workflow/messages.ts';
import type { SafeFetch } from '../../../lib/io/safe-fetch.ts';
import { systemClock } from '../../../lib/kernel/clock.ts';
import { callHttp, fetchResource } from '../../../services/workflow/call-http.ts';
import { HOST_HEADER, route, type StubRequest } from './stub.ts';

/** Sends one request and does not follow redirections. */
export type Transport = (request: StubRequest) => Promise<Response>;

export function webPorts(transport: Transport): Ports {
  const ports = { outbound: outboundOver(transport), clock: systemClock };
  const context = (key: string) => ({
    signal: new AbortController().signal,
    idempotencyKey: `run-1/${key}`,
    address: { tenantId: 'evaluation', type: 'workflow-run', key: 'run-1' },
  });
  return {
    http: async call =>
      (await callHttp(
        ports,
        { ...call, endpoint: withSecret(call.endpoint) },
        context(call.key),
      )) as unknown as HttpAnswer,
    resource: async uri => {
      const fetched = { type: 'FetchResource', key: uri, endpoint: { uri } } as const;
      return ((await fetchResource(ports, fetched, context(uri))) as { document: Json }).document;
    },
    function: (name, input) => Promise.resolve({ function: name, with: input }),
    emit: () => {},
  };
}

/** Whatever secret a document names, for whatever scheme. */
const SECRET = {
  username: 'user',
  password: 'password',
  token: 'token',
  authority: 'https://identity.example',
  grant: 'client_credentials',
  client: { id: 'client', secret: 'secret' },
};

function withSecret<E extends { readonly authentication?: Authentication }>(endpoint: E): E {
  const { authentication } = endpoint;
  if (authentication?.secret === undefined) return endpoint;
  return { ...endpoint, authentication: { ...authentication, parameters: SECRET } };
}

/** In the place of the guarded fetch: every host is the stub's. */
function outboundOver(transport: Transport): SafeFetch {
  return async (address, request = {}) => {
    let url = new URL(address);
    let method = request.method ?? 'GET';
    const headers = Object.fromEntries(new Headers(request.headers));
    const ask = () =>
      transport({ method, host: url.host, url, headers, body: request.body ? String(request.body) : '' });
    let response = await ask();
    for (let i = 0; i < (request.maxRedirects ?? 3) && response.headers.has('location'); i++) {
      url = new URL(response.headers.get('location')!, url);
      if (response.status === 303) method = 'GET';
      response = await ask();
    }
    return response;
  };
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
  return Promise.resolve(new Response(text || null, { status, headers: known }));
};
