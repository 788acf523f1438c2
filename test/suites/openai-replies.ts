/** What the fake of `openai-server.ts` sends: completions, streams with faults, embeddings. */
import type { ServerResponse } from 'node:http';

interface Paced {
  /** Time before each chunk of a stream, or `manual`: each chunk waits for `release()`. */
  readonly pace?: number | 'manual';
}

export type ScriptedReply =
  | ({ readonly kind: 'text'; readonly text: string; readonly finishReason?: 'stop' | 'length' } & Paced)
  | ({
      readonly kind: 'tools';
      readonly calls: readonly { readonly name: string; readonly arguments: unknown; readonly id?: string }[];
      readonly text?: string;
    } & Paced)
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      /** Seconds, for the header; no header when missing. */
      readonly retryAfter?: number;
    }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Streams some chunks of the text, then breaks the connection; without streaming, half of the body. */
  | { readonly kind: 'cut'; readonly text: string; readonly afterChunks: number }
  /** Status 200 with a body, or an event, that is not JSON. */
  | { readonly kind: 'malformed' };

/** 14 Nov 2023; the protocol wants a moment and tests want the same one. Seconds. */
export const CREATED = 1_700_000_000;
const tokens = (text: string) => Math.ceil(text.length / 4);

const broken = new WeakSet<ServerResponse>();

/** Breaks the connection from this side. */
function breakOff(res: ServerResponse): void {
  broken.add(res);
  res.destroy();
}

/** True when the client went away before the answer was complete. */
export function wasAborted(res: ServerResponse): boolean {
  return !res.writableFinished && !broken.has(res);
}

/** Lets as many pass as were let through, whichever comes first. */
export class Gate {
  #permits = 0;
  readonly #waiting: (() => void)[] = [];

  /** Whoever comes next waits again. */
  close(): void {
    this.#permits = 0;
  }

  pass(): Promise<void> {
    if (this.#permits > 0) {
      this.#permits -= 1;
      return Promise.resolve();
    }
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  open(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#permits += 1;
    }
  }
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_fake', ...headers });
  res.end(JSON.stringify(body));
}

export function sendError(
  res: ServerResponse,
  status: number,
  code: string,
  message: string,
  retryAfter?: number,
): void {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  sendJson(res, status, { error: { message, type, param: null, code } }, headers);
}

export async function sendReply(
  res: ServerResponse,
  request: Record<string, unknown>,
  reply: ScriptedReply,
  index: number,
  gate: Gate,
): Promise<void> {
  if (reply.kind === 'hang') return;
  if (reply.kind === 'error') {
    const { status, code = 'scripted', message = 'A scripted error.', retryAfter } = reply;
    return sendError(res, status, code, message, retryAfter);
  }
  const base = { id: `chatcmpl-fake-${index}`, created: CREATED, model: request.model };
  const completion = completionOf(request, reply);
  if (request.stream === true) return sendStream(res, request, reply, base, completion, gate);
  const { message, finishReason: finish_reason, usage } = completion;
  const choices = [{ index: 0, message, finish_reason, logprobs: null }];
  const body = JSON.stringify({ ...base, object: 'chat.completion', choices, usage });
  const half = body.slice(0, body.length / 2);
  res.writeHead(200, {
    'content-type': 'application/json',
    ...(reply.kind === 'cut' ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
  });
  if (reply.kind === 'cut') res.write(half, () => breakOff(res));
  else res.end(reply.kind === 'malformed' ? half : body);
}

type Said = Exclude<ScriptedReply, { kind: 'error' | 'hang' }>;

function completionOf(request: Record<string, unknown>, reply: Said) {
  const content = 'text' in reply ? (reply.text ?? null) : reply.kind === 'malformed' ? 'malformed' : null;
  const calls = (reply.kind === 'tools' ? reply.calls : []).map((call, i) => ({
    id: call.id ?? `call_${i}`,
    type: 'function' as const,
    function: {
      name: call.name,
      arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
    },
  }));
  const prompt_tokens = tokens(JSON.stringify(request.messages));
  const completion_tokens = tokens((content ?? '') + (calls.length > 0 ? JSON.stringify(calls) : ''));
  return {
    message: {
      role: 'assistant',
      content,
      refusal: null,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
    calls,
    content,
    finishReason:
      calls.length > 0 ? 'tool_calls' : reply.kind === 'text' ? (reply.finishReason ?? 'stop') : 'stop',
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

/** Deltas of a completion: words of the text, then each call with its arguments in pieces. */
function* deltasOf({ content, calls }: ReturnType<typeof completionOf>): Generator<Record<string, unknown>> {
  yield { role: 'assistant', content: content === null ? null : '' };
  for (const piece of content?.match(/\s*\S+\s*$|\s*\S+/g) ?? []) yield { content: piece };
  for (const [index, { id, type, function: called }] of calls.entries()) {
    yield { tool_calls: [{ index, id, type, function: { name: called.name, arguments: '' } }] };
    for (const piece of called.arguments.match(/[\s\S]{1,7}/g) ?? []) {
      yield { tool_calls: [{ index, function: { arguments: piece } }] };
    }
  }
}

async function sendStream(
  res: ServerResponse,
  request: Record<string, unknown>,
  reply: Said,
  base: Record<string, unknown>,
  completion: ReturnType<typeof completionOf>,
  gate: Gate,
): Promise<void> {
  const includeUsage =
    (request.stream_options as { include_usage?: boolean } | undefined)?.include_usage === true;
  const pace = 'pace' in reply ? reply.pace : undefined;
  const gone = new Promise<true>(resolve => res.once('close', () => resolve(true)));
  const send = (data: unknown) =>
    res.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  const chunk = (delta: unknown, finish_reason: string | null) => ({
    ...base,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
    ...(includeUsage ? { usage: null } : {}),
  });
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  res.flushHeaders();
  let sent = 0;
  for (const delta of deltasOf(completion)) {
    const turn = pace === 'manual' ? gate.pass() : pace === undefined ? undefined : after(pace);
    if (turn !== undefined && (await Promise.race([turn, gone])) === true) return;
    if (reply.kind === 'cut' && sent >= reply.afterChunks) {
      // What was written has to arrive before the connection breaks.
      await new Promise(resolve => res.write('', resolve));
      breakOff(res);
      return;
    }
    send(reply.kind === 'malformed' && sent === 1 ? '{"choices":[{"delta":' : chunk(delta, null));
    sent += 1;
  }
  send(chunk({}, completion.finishReason));
  if (includeUsage) send({ ...chunk({}, null), choices: [], usage: completion.usage });
  send('[DONE]');
  res.end();
}

function after(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}

/** Unit vectors that depend on the text alone; equal texts have equal vectors. */
export function sendEmbeddings(
  res: ServerResponse,
  { input, model, dimensions, encoding_format }: Record<string, unknown>,
): void {
  const texts = (Array.isArray(input) ? input : [input]).map(String);
  const size = typeof dimensions === 'number' ? dimensions : 8;
  const data = texts.map((text, index) => {
    let state = 2_166_136_261;
    for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 16_777_619);
    const raw = Array.from({ length: size }, () => {
      state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1;
      return (state >>> 0) / 2 ** 31 - 1;
    });
    const norm = Math.hypot(...raw) || 1;
    const vector = Float32Array.from(raw, value => value / norm);
    const embedding =
      encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const used = texts.reduce((sum, text) => sum + tokens(text), 0);
  sendJson(res, 200, { object: 'list', model, data, usage: { prompt_tokens: used, total_tokens: used } });
}
