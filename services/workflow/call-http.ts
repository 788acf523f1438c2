/** Calls of documents over HTTP: through the guard against addresses of the platform's own network, bounded in time and size. */
import { parse } from 'yaml';
import type { EffectContext } from '../../actors/runtime/actor-type.ts';
import { isObject, type Json } from '../../lib/core/workflow/jq/value.ts';
import type { Authentication, Effect, HttpAnswer } from '../../lib/core/workflow/messages.ts';
import { openapiRequest } from '../../lib/core/workflow/openapi-request.ts';
import { Fault, problem } from '../../lib/core/workflow/problem.ts';
import { type AuthenticationPorts, authorization, digestAnswer } from './authentication.ts';

type CallHttp = Extract<Effect, { type: 'CallHttp' }>;

type CallContext = Pick<EffectContext, 'signal' | 'idempotencyKey' | 'address'>;

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1_000_000;
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export async function callHttp(
  ports: AuthenticationPorts,
  call: Omit<CallHttp, 'key' | 'type'>,
  { signal, idempotencyKey, address }: CallContext,
): Promise<Json> {
  const url = addressOf(call.endpoint.uri);
  for (const [name, value] of Object.entries(call.query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== null)
        url.searchParams.append(name, typeof each === 'object' ? JSON.stringify(each) : String(each));
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers)) shown[name.toLowerCase()] = String(value);
  const { authentication } = call.endpoint;
  const method = call.method.toUpperCase();
  const body = READS.has(method) ? undefined : bodyOf(call.body, shown);
  if (!READS.has(method)) shown['idempotency-key'] ??= idempotencyKey;
  const send = (proof: string | undefined) =>
    ports.outbound(url, {
      method,
      headers: proof ? { ...shown, authorization: proof } : shown,
      signal,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      // A redirect that is not followed is the answer.
      maxRedirects: call.redirect ? 3 : 0,
      ...(body === undefined ? {} : { body }),
    });
  let response = await send(await authorization(ports, authentication, address.tenantId));
  if (response.status === 401 && authentication?.scheme === 'digest') {
    const challenge = response.headers.get('www-authenticate') ?? '';
    const proof = digestAnswer(authentication, method, url, challenge);
    if (proof) response = await send(proof);
  }
  const { authorization: _, ...headers } = shown;
  const answer: HttpAnswer = {
    request: { method, uri: url.href, headers },
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    content: await contentOf(response, call.output),
  };
  return answer as unknown as Json;
}

/** The body as its content type asks for; JSON where none is named. */
function bodyOf(body: Json | undefined, headers: Record<string, string>): string | undefined {
  if (body === undefined) return undefined;
  headers['content-type'] ??= typeof body === 'string' ? 'text/plain' : 'application/json';
  if (typeof body === 'string') return body;
  if (!isObject(body) || !headers['content-type'].includes('x-www-form-urlencoded'))
    return JSON.stringify(body);
  const fields = Object.entries(body).map(([name, value]): [string, string] => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return new URLSearchParams(fields).toString();
}

export async function callOpenapi(
  ports: AuthenticationPorts,
  effect: Extract<Effect, { type: 'CallOpenapi' }>,
  context: CallContext,
): Promise<Json> {
  const { document, operationId, parameters, authentication, output, redirect } = effect;
  const described = await download(ports, document, context);
  const { uri, ...request } = openapiRequest(described, operationId, parameters, document.uri);
  const endpoint = { uri, ...(authentication ? { authentication } : {}) };
  return await callHttp(ports, { ...request, endpoint, output, redirect }, context);
}

export async function fetchResource(
  ports: AuthenticationPorts,
  { endpoint }: Extract<Effect, { type: 'FetchResource' }>,
  context: CallContext,
): Promise<Json> {
  return { uri: endpoint.uri, document: await download(ports, endpoint, context) };
}

async function download(
  ports: AuthenticationPorts,
  { uri, authentication }: { readonly uri: string; readonly authentication?: Authentication },
  { signal, address }: CallContext,
): Promise<Json> {
  const proof = await authorization(ports, authentication, address.tenantId);
  const headers: Record<string, string> = proof ? { authorization: proof } : {};
  const response = await ports.outbound(addressOf(uri), {
    headers,
    signal,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  if (!response.ok)
    throw new Fault(
      problem('communication', `${uri} answered ${response.status}`, { status: response.status }),
    );
  try {
    return parse(await response.text(), { maxAliasCount: 100 }) as Json;
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('YAML'))
      throw new Fault(problem('configuration', `${uri} is neither JSON nor YAML`));
    throw error;
  }
}

function addressOf(uri: string): URL {
  if (!/^https?:/.test(uri)) throw new Fault(problem('configuration', `"${uri}" is no address of the web`));
  if (!URL.canParse(uri)) throw new Fault(problem('configuration', `"${uri}" cannot be read`));
  return new URL(uri);
}

async function contentOf(response: Response, output: string): Promise<Json> {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (output === 'raw') return bytes.toString('base64');
  if (bytes.length === 0) return null;
  const type = response.headers.get('content-type') ?? '';
  if (/json/.test(type)) {
    try {
      return JSON.parse(bytes.toString('utf8')) as Json;
    } catch {
      throw new Fault(
        problem('communication', 'The answer says that it is JSON and is not', { status: 502 }),
      );
    }
  }
  return /^text\/|xml|yaml/.test(type) ? bytes.toString('utf8') : bytes.toString('base64');
}
