/** Calls of documents over HTTP: through the guard against addresses of the platform's own network, bounded in time and size. */
import { parse } from 'yaml';
import type { EffectContext } from '../../actors/runtime/actor-type.ts';
import { isObject, type Json } from '../../lib/core/workflow/jq/value.ts';
import type { Authentication, Effect, HttpAnswer } from '../../lib/core/workflow/messages.ts';
import { openapiRequest } from '../../lib/core/workflow/openapi-request.ts';
import { Fault, problem } from '../../lib/core/workflow/problem.ts';
import type { WorkflowPorts } from './ports.ts';

type CallHttp = Extract<Effect, { type: 'CallHttp' }>;

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1_000_000;
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export async function callHttp(
  { outbound }: WorkflowPorts,
  call: Omit<CallHttp, 'key' | 'type'>,
  { signal, idempotencyKey }: EffectContext,
): Promise<Json> {
  const url = addressOf(call.endpoint.uri);
  for (const [name, value] of Object.entries(call.query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== null)
        url.searchParams.append(name, typeof each === 'object' ? JSON.stringify(each) : String(each));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers)) headers[name.toLowerCase()] = String(value);
  const proof = authorization(call.endpoint.authentication);
  if (proof) headers.authorization = proof;
  const { body } = call;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  if (text !== undefined)
    headers['content-type'] ??= typeof body === 'string' ? 'text/plain' : 'application/json';
  const method = call.method.toUpperCase();
  if (!READS.has(method)) headers['idempotency-key'] ??= idempotencyKey;
  const response = await outbound(url, {
    method,
    headers,
    signal,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    // A redirect that is not followed is the answer.
    maxRedirects: call.redirect ? 3 : 0,
    ...(text === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: text }),
  });
  const { authorization: _, ...shown } = headers;
  const answer: HttpAnswer = {
    request: { method, uri: url.href, headers: shown },
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    content: await contentOf(response, call.output),
  };
  return answer as unknown as Json;
}

export async function callOpenapi(
  ports: WorkflowPorts,
  effect: Extract<Effect, { type: 'CallOpenapi' }>,
  context: EffectContext,
): Promise<Json> {
  const { document, operationId, parameters, authentication, output, redirect } = effect;
  const described = await download(ports, document, context);
  const { uri, ...request } = openapiRequest(described, operationId, parameters, document.uri);
  const endpoint = { uri, ...(authentication ? { authentication } : {}) };
  return await callHttp(ports, { ...request, endpoint, output, redirect }, context);
}

export async function fetchResource(
  ports: WorkflowPorts,
  { endpoint }: Extract<Effect, { type: 'FetchResource' }>,
  context: EffectContext,
): Promise<Json> {
  return { uri: endpoint.uri, document: await download(ports, endpoint, context) };
}

async function download(
  { outbound }: WorkflowPorts,
  { uri, authentication }: { readonly uri: string; readonly authentication?: Authentication },
  { signal }: EffectContext,
): Promise<Json> {
  const proof = authorization(authentication);
  const headers: Record<string, string> = proof ? { authorization: proof } : {};
  const response = await outbound(addressOf(uri), {
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

function authorization(proof: Authentication | undefined): string | undefined {
  if (!proof) return undefined;
  const { username, password, token } = isObject(proof.parameters) ? proof.parameters : {};
  if (proof.scheme === 'basic')
    return `Basic ${Buffer.from(`${String(username)}:${String(password)}`).toString('base64')}`;
  if (proof.scheme === 'bearer') return `Bearer ${String(token)}`;
  throw new Fault(
    problem('authentication', `Authentication by ${proof.scheme} is not offered here: use basic or bearer`, {
      status: 501,
    }),
  );
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
