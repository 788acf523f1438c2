/** A kept answer as OpenAI's protocol has it, whole or streamed, and which requests may have one. */

export interface KeptCompletion {
  readonly content: string;
  readonly model: string;
  readonly tier: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Fields of a request that an answer does not depend on, or that stand in its place by themselves. */
const APART = new Set(['model', 'messages', 'stream', 'stream_options', 'user', 'metadata', 'n']);
/** A request with any of these asks for more than a text, or for something to be done. */
const MORE_THAN_TEXT = [
  'tools',
  'functions',
  'tool_choice',
  'audio',
  'modalities',
  'logprobs',
  'prediction',
  'store',
];

/** Question, what was said before, and settings of a request whose answer may be kept; undefined for all others. */
export function keepable(
  asked: Json,
): { readonly question: string; readonly before: readonly unknown[]; readonly settings: Json } | undefined {
  if (MORE_THAN_TEXT.some(name => asked[name] != null && asked[name] !== false)) return undefined;
  if (asked.n != null && asked.n !== 1) return undefined;
  const messages = asked.messages as readonly Json[];
  const last = messages.at(-1);
  if (last?.role !== 'user' || typeof last.content !== 'string') return undefined;
  if (messages.some(({ role, tool_calls }) => role === 'tool' || tool_calls != null)) return undefined;
  const settings = Object.fromEntries(
    Object.entries(asked).filter(([name, value]) => !APART.has(name) && value != null),
  );
  return { question: last.content, before: messages.slice(0, -1), settings };
}

/** The text of an answer that came whole; undefined for one that is cut, or more than text. */
export function contentOf(body: string): string | undefined {
  const { choices = [] } = JSON.parse(body) as {
    choices?: { message?: Json; finish_reason?: unknown }[];
  };
  const [choice] = choices;
  const { content, tool_calls, refusal } = choice?.message ?? {};
  if (choices.length !== 1 || choice!.finish_reason !== 'stop' || tool_calls != null || refusal != null)
    return undefined;
  return typeof content === 'string' && content !== '' ? content : undefined;
}

export function keptBody(
  { content, model }: KeptCompletion,
  { id, created, streams, usage }: { id: string; created: number; streams: boolean; usage: boolean },
): string {
  const used = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  if (!streams)
    return JSON.stringify({
      id,
      object: 'chat.completion',
      created,
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content, refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: used,
    });
  const chunk = (choices: readonly object[], more: object = {}) =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices, ...more })}\n\n`;
  const piece = (delta: object, finish: string | null) =>
    chunk([{ index: 0, delta, finish_reason: finish }], usage ? { usage: null } : {});
  return [
    piece({ role: 'assistant', content }, null),
    piece({}, 'stop'),
    ...(usage ? [chunk([], { usage: used })] : []),
    'data: [DONE]\n\n',
  ].join('');
}
