/**
 * `fetch` for addresses that others choose: tools, webhooks, documents, feeds. The address is checked when the
 * connection is made, on the very answer of the resolver that is connected to, so that a name which changes its
 * answer gains nothing; every redirect is followed by hand and checked again; time and size are bounded, the size
 * after decompression. Errors: `outbound-refused`, `timeout`, `response-too-large`, `unavailable`.
 */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { TroupeError } from '../kernel/errors.ts';
import { bareHost, createOutboundGuard, type OutboundGuard } from './outbound-guard.ts';

export interface SafeFetchLimits {
  /** From the call to the last byte, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Largest body after decompression, bytes. Default 1,000,000. */
  readonly maxBytes?: number;
  /** Redirects followed. Default 3; 0 returns the redirect as the answer. */
  readonly maxRedirects?: number;
}

export interface SafeRequest extends SafeFetchLimits {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>> | Headers;
  /** Held whole, so that it can be sent again to where a redirect points. */
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export type SafeFetch = (url: string | URL, request?: SafeRequest) => Promise<Response>;

export type Resolve = (
  host: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface OutboundOptions {
  /** Hosts, addresses or ranges open although they are not public. */
  readonly allowed: readonly string[];
  /** In place of the system's resolver: tests. */
  readonly resolve?: Resolve;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const DEFAULTS = { timeoutMs: 10_000, maxBytes: 1_000_000, maxRedirects: 3 } as const;
const CONNECT_MS = 5_000;
/** Set by the connection itself, or about it. */
const NOT_OURS_TO_SET =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-length|proxy-.*)$/i;
/** All that goes along to another origin: whatever else was set may be a secret of the first. */
const TRAVELS = new Set(['accept', 'accept-language', 'content-type', 'user-agent']);

const systemResolve: Resolve = (host, done) =>
  systemLookup(host, { all: true }, (error, addresses) => done(error, addresses));

/** Makes connections to what the guard lets through, looked at on the very answer of the resolver. */
export function guardedConnector(
  guard: OutboundGuard,
  resolve: Resolve = systemResolve,
): buildConnector.connector {
  const lookup = ((host: string, options: LookupOptions, done: (...result: unknown[]) => void) =>
    resolve(host, (error, addresses) => {
      if (error) return done(error);
      try {
        guard.checkAddresses(host, addresses);
      } catch (refusal) {
        return done(refusal);
      }
      const first = addresses[0];
      if (!first) return done(new TroupeError('unavailable', `${host} has no address`));
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    })) as LookupFunction;
  const connect = buildConnector({ lookup, timeout: CONNECT_MS, allowH2: false } as never);
  return (options, callback) => {
    const host = bareHost(options.hostname);
    const family = isIP(host);
    try {
      // Nothing is looked up for an address, so the hook above is never asked.
      if (family !== 0) guard.checkAddresses(host, [{ address: host, family }]);
    } catch (refusal) {
      return callback(refusal as Error, null);
    }
    connect(options, callback);
  };
}

/** One per process: it keeps connections for reuse until `close`. */
export function openSafeFetch({ allowed, resolve = systemResolve }: OutboundOptions): {
  readonly fetch: SafeFetch;
  close(): Promise<void>;
} {
  const guard = createOutboundGuard(allowed);
  const agent = new Agent({
    connections: 32,
    maxHeaderSize: 16_384,
    connect: guardedConnector(guard, resolve),
  });

  async function send(given: string | URL, request: SafeRequest = {}): Promise<Response> {
    const { timeoutMs, maxBytes, maxRedirects } = { ...DEFAULTS, ...defined(request) };
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
    let method = (request.method ?? 'GET').toUpperCase();
    if (!METHODS.has(method)) throw new TroupeError('outbound-refused', `The method ${method} is not sent`);
    let headers = ownHeaders(request.headers);
    let body = request.body;
    let url = parse(given);
    for (let redirects = 0; ; redirects++) {
      guard.checkUrl(url);
      const response = (await undiciFetch(url, {
        method,
        headers,
        body: body as string | undefined,
        redirect: 'manual',
        signal,
        dispatcher: agent,
      }).catch((error: unknown) => {
        throw explain(error, timeout, url);
      })) as unknown as Response;
      const location = response.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null || maxRedirects === 0)
        return bounded(response, maxBytes, timeout, url);
      await response.body?.cancel();
      if (redirects >= maxRedirects)
        throw new TroupeError('outbound-refused', `${url.host} redirects more than ${maxRedirects} times`);
      const next = parse(location, url);
      if (url.protocol === 'https:' && next.protocol !== 'https:')
        throw new TroupeError('outbound-refused', `${url.host} redirects from https to ${next.protocol}`);
      if (next.origin !== url.origin) headers = headers.filter(([name]) => TRAVELS.has(name));
      if (response.status === 303 || (response.status < 303 && method === 'POST')) {
        if (method !== 'HEAD') method = 'GET';
        body = undefined;
        headers = headers.filter(([name]) => name !== 'content-type');
      }
      url = next;
    }
  }

  return { fetch: send, close: () => agent.destroy() };
}

function defined(request: SafeRequest): SafeFetchLimits {
  const { timeoutMs, maxBytes, maxRedirects } = request;
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxRedirects === undefined ? {} : { maxRedirects }),
  };
}

function parse(given: string | URL, base?: URL): URL {
  try {
    return new URL(given, base);
  } catch {
    throw new TroupeError('outbound-refused', 'That is not a URL');
  }
}

function ownHeaders(given: SafeRequest['headers'] = {}): [string, string][] {
  const entries = given instanceof Headers ? [...given] : Object.entries(given);
  return entries
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => !NOT_OURS_TO_SET.test(name));
}

/** The same response with a body that fails beyond its bound, and with the reason when time is up. */
function bounded(response: Response, maxBytes: number, timeout: AbortSignal, url: URL): Response {
  const tooLarge = () =>
    new TroupeError('response-too-large', `${url.host} answered with more than ${maxBytes} bytes`);
  if (response.body === null) return response;
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > maxBytes) {
    void response.body.cancel();
    throw tooLarge();
  }
  const reader = response.body.getReader();
  let bytes = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        bytes += value.byteLength;
        if (bytes > maxBytes) {
          void reader.cancel();
          throw tooLarge();
        }
        controller.enqueue(value);
      } catch (error) {
        controller.error(explain(error, timeout, url));
      }
    },
    cancel: reason => reader.cancel(reason),
  });
  const { status, statusText } = response;
  const headers = new Headers([...response.headers]);
  return new Response(body, { status, statusText, headers });
}

function explain(error: unknown, timeout: AbortSignal, url: URL): unknown {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof TroupeError) return at;
  if (timeout.aborted)
    return new TroupeError('timeout', `${url.host} did not answer in time`, { cause: error });
  if (error instanceof Error && error.name === 'AbortError') return error;
  return new TroupeError('unavailable', `${url.host} cannot be reached`, { cause: error });
}
