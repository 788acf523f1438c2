/**
 * Tools of MCP servers through the official SDK, by streamable HTTP or as a command that the operator offers. Each
 * call has a connection of its own, so that tenants never share a server's session or process. The newest revision
 * that the server speaks is used (2026-07-28, else 2025-11-25 and older).
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { FoundTool } from '../../core/tools/tool-source.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { SafeFetch } from '../safe-fetch.ts';
import type { ToolRequest } from './http-tool.ts';

export interface McpAddress {
  readonly url?: string;
  readonly command?: readonly string[];
}

interface Limits {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

async function connected<T>(
  fetch: SafeFetch,
  { url, command }: McpAddress,
  limits: Limits,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { timeoutMs: timeout, maxBytes, headers = {} } = limits;
  const client = new Client({ name: 'troupe', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  const [program = '', ...args] = command ?? [];
  let failure: unknown;
  const transport = command
    ? new StdioClientTransport({ command: program, args, env: {}, stderr: 'ignore', maxBufferSize: maxBytes })
    : new StreamableHTTPClientTransport(new URL(url ?? ''), {
        fetch: async (to, init) => {
          try {
            return await fetch(to, {
              ...requestOf(init, headers),
              timeoutMs: timeout,
              maxBytes,
              maxRedirects: 0,
            });
          } catch (error) {
            failure ??= error; // the SDK wraps it in an error of its own
            throw error;
          }
        },
      });
  client.onerror = error => {
    failure ??= error;
  };
  const ended = new AbortController();
  const limit = AbortSignal.any([AbortSignal.timeout(timeout), ended.signal]);
  try {
    return await Promise.race([
      client.connect(transport, { timeout }).then(() => work(client)),
      new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () =>
          reject(new TroupeError('timeout', 'The MCP server did not answer in time')),
        );
      }),
    ]);
  } catch (error) {
    throw explain(error, failure);
  } finally {
    ended.abort();
    await client.close();
  }
}

function requestOf(init: RequestInit = {}, own: Readonly<Record<string, string>>) {
  const { method, body, signal } = init;
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  return {
    ...(method ? { method } : {}),
    headers,
    ...(typeof body === 'string' ? { body } : {}),
    ...(signal ? { signal } : {}),
  };
}

function explain(error: unknown, failure: unknown): TroupeError {
  for (const first of [error, failure])
    for (let at = first; at instanceof Error; at = at.cause as Error)
      if (at instanceof TroupeError) return at;
  return new TroupeError('tool-failed', 'The MCP server failed', { cause: error });
}

export async function listMcpTools(
  fetch: SafeFetch,
  address: McpAddress,
  limits: Limits,
): Promise<readonly FoundTool[]> {
  return await connected(fetch, address, limits, async client => {
    const { tools } = await client.listTools();
    return tools.map(({ name, description, inputSchema, outputSchema }) => ({
      name,
      description: description ?? name,
      parameters: inputSchema as Record<string, unknown>,
      ...(outputSchema ? { output: outputSchema as Record<string, unknown> } : {}),
    }));
  });
}

/** Structured content when there is some, else the text. Throws `tool-refused` when the tool says that it failed. */
export async function callMcpTool(
  fetch: SafeFetch,
  address: McpAddress,
  request: ToolRequest,
): Promise<unknown> {
  const { tool, args, idempotencyKey } = request;
  return await connected(fetch, address, request, async client => {
    const result = await client.callTool({
      name: tool,
      arguments: { ...args },
      _meta: { 'troupe/idempotencyKey': idempotencyKey },
    });
    const {
      content = [],
      structuredContent,
      isError,
    } = result as {
      content?: readonly { readonly type: string; readonly text?: string }[];
      structuredContent?: unknown;
      isError?: boolean;
    };
    const text = content.map(part => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
    if (Buffer.byteLength(text) > request.maxBytes)
      throw new TroupeError(
        'response-too-large',
        `The tool answered with more than ${request.maxBytes} bytes`,
      );
    if (isError)
      throw new TroupeError('tool-refused', 'The tool says that it failed', {
        data: { text: text.slice(0, 2_000) },
      });
    return structuredContent ?? text;
  });
}
