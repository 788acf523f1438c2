/**
 * A FAKE of an OpenAI-compatible server, for tests: a real HTTP server on a free port that speaks the chat
 * completions, embeddings and models protocol and answers from a script, faults included. There is no model in
 * it. What a client sends is checked as strictly as the real service does, and recorded.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CREATED,
  Gate,
  type ScriptedReply,
  sendEmbeddings,
  sendError,
  sendJson,
  sendReply,
  wasAborted,
} from './openai-replies.ts';

export type { ScriptedReply };

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  /** True once the client has closed the connection before the answer was complete: a cancellation. */
  aborted: boolean;
  /** Settles when the answer is complete or the connection is gone. */
  readonly ended: Promise<void>;
}

export type Script =
  | readonly ScriptedReply[]
  | ((request: RecordedRequest, index: number) => ScriptedReply | undefined);

export interface OpenAiServerOptions {
  /** Replies to chat completions in order, or a function; without a reply left the answer is status 400. */
  readonly script?: Script;
  readonly models?: readonly string[];
  /** Any other key is answered with 401; every key is good when missing. */
  readonly apiKey?: string;
}

export interface OpenAiServer {
  /** Base URL for a client, with `/v1`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** The request of that number, as soon as it has arrived. */
  request(index: number): Promise<RecordedRequest>;
  /** Lets chunks of `manual` streams go. */
  release(chunks?: number): void;
  /** Takes back what was let go and has not gone yet: the next `manual` stream waits. */
  hold(): void;
  close(): Promise<void>;
}

/** What stands before a path at Azure. */
const AZURE_PREFIX = /^\/openai\/deployments\/[^/]+/;
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const requests: RecordedRequest[] = [];
  const waiting: { index: number; resolve: (request: RecordedRequest) => void }[] = [];
  const gate = new Gate();
  let answered = 0;

  const server = createServer((req, res) => {
    void handle(req, res).catch(() => res.destroy());
  });

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const body = await readBody(req);
    const [path = '/', query] = (req.url ?? '/').split('?');
    const request: RecordedRequest = {
      method: req.method ?? '',
      path,
      query: new URLSearchParams(query),
      headers: req.headers,
      body: body ?? {},
      aborted: false,
      ended,
    };
    res.on('close', () => {
      request.aborted = wasAborted(res);
      resolve();
    });
    requests.push(request);
    for (const each of waiting.filter(({ index }) => index === requests.length - 1)) each.resolve(request);

    if (options.apiKey !== undefined && req.headers.authorization !== `Bearer ${options.apiKey}`) {
      return sendError(res, 401, 'invalid_api_key', 'Incorrect API key provided.');
    }
    if (body === undefined) return sendError(res, 400, 'invalid_json', 'The body is not JSON.');
    const route = `${req.method} ${path.replace(AZURE_PREFIX, '/v1')}`;
    if (route === 'GET /v1/models' || route.startsWith('GET /v1/models/')) return sendModels(res, path);
    if (route === 'POST /v1/embeddings') return sendEmbeddings(res, body);
    if (route !== 'POST /v1/chat/completions') return sendError(res, 404, 'not_found', `No ${route}.`);

    const problem = complaintAbout(body);
    if (problem !== undefined) return sendError(res, 400, 'invalid_request_error', problem);
    const { script = [] } = options;
    const index = answered++;
    const reply = typeof script === 'function' ? script(request, index) : script[index];
    if (!reply) return sendError(res, 400, 'script_exhausted', `The script has no reply number ${index}.`);
    return sendReply(res, body, reply, index, gate);
  }

  function sendModels(res: ServerResponse, path: string): void {
    const models = (options.models ?? ['fake-small', 'fake-large']).map(id => ({
      id,
      object: 'model',
      created: CREATED,
      owned_by: 'test',
    }));
    const wanted = decodeURIComponent(path.slice('/v1/models/'.length));
    if (wanted === '') {
      sendJson(res, 200, { object: 'list', data: models });
      return;
    }
    const found = models.find(model => model.id === wanted);
    if (found) sendJson(res, 200, found);
    else sendError(res, 404, 'model_not_found', `No model ${wanted}.`);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    request(index) {
      const there = requests[index];
      if (there) return Promise.resolve(there);
      return new Promise(resolve => waiting.push({ index, resolve }));
    },
    hold: () => gate.close(),
    release: chunks => gate.open(chunks ?? 1),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readBody(req: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return undefined;
    parts.push(part);
  }
  if (size === 0) return {};
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What the real service would refuse in a chat request. */
function complaintAbout({ model, messages }: Record<string, unknown>): string | undefined {
  if (typeof model !== 'string' || model === '') return 'you must provide a model parameter';
  if (!Array.isArray(messages) || messages.length === 0) return 'messages must be a non-empty array';
  let open = new Set<unknown>();
  for (const message of messages as Record<string, unknown>[]) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) return 'a tool message must follow its tool call';
      continue;
    }
    if (open.size > 0) return 'each tool call must be followed by its tool message';
    if (!['system', 'developer', 'user', 'assistant'].includes(String(message.role))) return 'unknown role';
    const calls = (message.tool_calls ?? []) as { id: string }[];
    open = new Set(calls.map(call => call.id));
  }
  return open.size > 0 ? 'each tool call must be followed by its tool message' : undefined;
}
