/** Calls of an operation of an OpenAPI document. */
import { openapiRequest } from '../../core/workflow/openapi-request.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { SafeFetch } from '../safe-fetch.ts';

export interface ToolRequest {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Of the tenant's credential. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parsed JSON or the text that came back. Throws `tool-failed` (status 5xx, 429), `tool-refused` (4xx), and what SafeFetch throws. */
export async function callHttpTool(
  fetch: SafeFetch,
  { document, url }: { readonly document: Readonly<Record<string, unknown>>; readonly url: string },
  { tool, args, idempotencyKey, timeoutMs, maxBytes, headers: own = {} }: ToolRequest,
): Promise<unknown> {
  const { method, uri, headers, query, body } = openapiRequest(document as never, tool, args as never, url);
  const target = new URL(uri);
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value]) target.searchParams.append(name, String(each));
  const response = await fetch(target, {
    method,
    headers: {
      accept: 'application/json',
      'idempotency-key': idempotencyKey,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...own,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs,
    maxBytes,
  });
  const text = await response.text();
  const { status } = response;
  if (status >= 500 || status === 429 || status === 408)
    throw new TroupeError('tool-failed', `The tool answered with status ${status}`, { data: { status } });
  if (status >= 300)
    throw new TroupeError('tool-refused', `The tool refused the call (${status})`, { data: { status } });
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text; // a tool may answer in words
  }
}
