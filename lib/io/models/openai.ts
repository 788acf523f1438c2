/**
 * Any OpenAI-compatible endpoint through the `openai` package: OpenAI, Azure, vLLM, Ollama and the like differ by
 * base URL, key and model. Retries, `Retry-After` and the wire protocol are the package's.
 */
import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import type { ChatItem, ModelReply, ToolCall, Usage } from '../../contracts/chat.ts';
import { type Citable, citationsFor, spanOf } from '../../core/knowledge/cite.ts';
import { toolJsonSchema } from '../../core/tools/json-schema.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { ModelProvider, ModelRequest } from './provider.ts';

export interface OpenAiOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  readonly tier: string;
  /** It reads pictures; without, it is told that there are some. */
  readonly images?: boolean;
  readonly timeoutMs: number;
  readonly maxRetries?: number;
  /** Longest answer that is asked for; undefined leaves it to the model. */
  readonly maxTokens?: number | undefined;
  /** What the endpoint wants in each address and head besides. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the package's own: guarded, where a tenant names the address. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/** Longest answer that is kept, characters: a provider that never stops is cut off. */
const ANSWER_LIMIT = 100_000;

export function openAiProvider(options: OpenAiOptions): ModelProvider {
  const client = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey || 'none',
    timeout: options.timeoutMs,
    maxRetries: options.maxRetries ?? 2,
    ...(options.query ? { defaultQuery: { ...options.query } } : {}),
    ...(options.headers ? { defaultHeaders: { ...options.headers } } : {}),
    ...(options.fetch ? { fetch: options.fetch } : {}),
    logLevel: 'off', // it would write parts of answers to the console
  });
  return {
    name: 'openai',
    async complete(request) {
      try {
        return await stream(client, options, request);
      } catch (error) {
        request.signal.throwIfAborted();
        throw explain(error);
      }
    },
  };
}

async function stream(client: OpenAI, options: OpenAiOptions, request: ModelRequest): Promise<ModelReply> {
  const silence = new AbortController();
  const chunks = await client.chat.completions.create(
    {
      model: options.model,
      messages: [
        { role: 'system', content: request.instructions },
        ...request.context.map(item => toMessage(item, options.images ?? false)),
      ],
      stream: true,
      stream_options: { include_usage: true },
      ...(options.maxTokens ? { max_tokens: options.maxTokens } : {}),
      ...(request.tools.length > 0 ? { tools: request.tools.map(toTool) } : {}),
    },
    { signal: AbortSignal.any([request.signal, silence.signal]) },
  );
  // The package watches over the head alone: an answer that falls silent in its middle is given up here.
  const late = setTimeout(() => silence.abort(), options.timeoutMs);
  try {
    return await read(chunks, options, request, late);
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    throw new TroupeError('model-failed', 'The model provider fell silent in the middle of its answer');
  } finally {
    clearTimeout(late);
  }
}

async function read(
  chunks: AsyncIterable<OpenAI.Chat.Completions.ChatCompletionChunk>,
  options: OpenAiOptions,
  request: ModelRequest,
  late: NodeJS.Timeout,
): Promise<ModelReply> {
  let text = '';
  let finished = false;
  let usage: Usage = {
    tier: options.tier,
    model: options.model,
    inputTokens: 0,
    outputTokens: 0,
    costMicroUsd: 0,
  };
  const calls: { id: string; name: string; arguments: string }[] = [];
  for await (const chunk of chunks) {
    late.refresh();
    if (chunk.usage)
      usage = {
        ...usage,
        model: chunk.model || options.model,
        inputTokens: chunk.usage.prompt_tokens,
        outputTokens: chunk.usage.completion_tokens,
      };
    const choice = chunk.choices[0];
    if (!choice) continue;
    const piece = choice.delta.content ?? '';
    if (piece) {
      request.onText(piece, text.length);
      text += piece;
      if (text.length > ANSWER_LIMIT)
        throw new TroupeError('model-failed', `The answer is longer than ${ANSWER_LIMIT} characters`);
    }
    for (const delta of choice.delta.tool_calls ?? []) {
      calls[delta.index] ??= { id: '', name: '', arguments: '' };
      const call = calls[delta.index]!;
      call.id ||= delta.id ?? '';
      call.name += delta.function?.name ?? '';
      call.arguments += delta.function?.arguments ?? '';
    }
    const called = choice.delta.tool_calls?.length;
    const wait = piece || called ? request.onPiece?.(called ? 'tool' : 'text') : undefined;
    if (wait) await wait;
    if (choice.finish_reason) finished = true;
  }
  // A connection that closes in the middle ends the loop like a complete answer: only the finish reason tells.
  if (!finished)
    throw new TroupeError('model-failed', 'The model provider broke off in the middle of its answer');
  const toolCalls = calls
    .filter(call => call?.name)
    .map((call, index): ToolCall => ({ ...call, id: call.id || `call_${index}` }));
  return { text, toolCalls, citations: citationsOf(request.context, text), usage };
}

/** What of the passages the answer says; all that it was given first where it says it in other words. */
function citationsOf(context: readonly ChatItem[], answer: string): ModelReply['citations'] {
  const last = context.findLast(item => item.role === 'tool' && item.name === 'search_knowledge');
  if (last?.role !== 'tool') return [];
  let found: unknown;
  try {
    found = JSON.parse(last.content);
  } catch {
    return []; // the tool failed and said so in words: there is nothing to cite
  }
  const { results = [] } = (found ?? {}) as {
    results?: Citable[];
  };
  const said = citationsFor(answer, results);
  if (said.length > 0) return said;
  return results.slice(0, 3).map(passage => {
    const { documentId, title, text } = passage;
    const quote = text.slice(0, 300);
    return { documentId, title, quote, ...spanOf(passage, { start: 0, end: quote.length }) };
  });
}

/** Pictures as parts (OpenAI, "Images and vision"), named in words for a model that does not read them. */
function contentOf(
  { text, images: shown = [] }: Extract<ChatItem, { role: 'user' }>,
  images: boolean,
): OpenAI.Chat.Completions.ChatCompletionUserMessageParam['content'] {
  if (shown.length === 0) return text;
  if (!images)
    return [text, ...shown.map(({ name }) => `[${name}: a picture, which you cannot see]`)].join('\n');
  return [
    { type: 'text', text },
    ...shown.map(({ type, base64 }) => ({
      type: 'image_url' as const,
      image_url: { url: `data:${type};base64,${base64}` },
    })),
  ];
}

function toMessage(item: ChatItem, images: boolean): Message {
  switch (item.role) {
    case 'user':
      return { role: 'user', content: contentOf(item, images) };
    case 'whisper':
      return {
        role: 'system',
        content: `A colleague tells you, unheard by the customer: ${item.text}`,
      };
    case 'person':
      return { role: 'assistant', content: item.text };
    case 'tool':
      return { role: 'tool', tool_call_id: item.callId, content: item.content };
    case 'assistant':
      return {
        role: 'assistant',
        content: item.text || null,
        ...(item.toolCalls?.length
          ? {
              tool_calls: item.toolCalls.map(call => ({
                id: call.id,
                type: 'function' as const,
                function: { name: call.name, arguments: call.arguments },
              })),
            }
          : {}),
      };
  }
}

function toTool(tool: ModelRequest['tools'][number]): OpenAI.Chat.Completions.ChatCompletionTool {
  return {
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: toolJsonSchema(tool.params) },
  };
}

function explain(error: unknown): TroupeError {
  if (error instanceof TroupeError) return error;
  if (error instanceof APIConnectionTimeoutError)
    return new TroupeError('model-failed', 'The model provider did not answer in time', { cause: error });
  if (error instanceof APIUserAbortError)
    return new TroupeError('model-failed', 'The call of the model was broken off', { cause: error });
  if (error instanceof APIError) {
    const { status } = error;
    if (
      status !== undefined &&
      status >= 400 &&
      status < 500 &&
      status !== 408 &&
      status !== 409 &&
      status !== 429
    )
      return new TroupeError('model-refused', `The model provider refused the request (${status})`, {
        cause: error,
        data: { status },
      });
    return new TroupeError('model-failed', `The model provider failed${status ? ` (${status})` : ''}`, {
      cause: error,
      data: status ? { status } : {},
    });
  }
  return new TroupeError('model-failed', 'The model provider gave an answer that cannot be read', {
    cause: error,
  });
}
