/** What the events of a streamed chat completion say: its text, and whether it is more than text. */

export interface StreamText {
  readonly text: string;
  /** It calls tools, refuses, or holds more than one answer: text alone does not tell it. */
  readonly plain: boolean;
  readonly finish: string | undefined;
  readonly id: string | undefined;
}

interface Chunk {
  readonly id?: string;
  readonly choices?: readonly {
    readonly index?: number;
    readonly delta?: Readonly<Record<string, unknown>>;
    readonly finish_reason?: string | null;
    readonly logprobs?: unknown;
  }[];
}

/** Members of a piece that belong to plain text. */
const PLAIN = new Set(['role', 'content']);

export function streamText(events: string): StreamText {
  let text = '';
  let plain = true;
  let finish: string | undefined;
  let id: string | undefined;
  for (const event of events.split('\n\n')) {
    if (!event.startsWith('data:') || event.endsWith('[DONE]')) continue;
    const chunk = JSON.parse(event.slice('data:'.length)) as Chunk;
    id ??= chunk.id;
    for (const { index = 0, delta = {}, finish_reason, logprobs } of chunk.choices ?? []) {
      if (index !== 0 || logprobs) plain = false;
      for (const [name, value] of Object.entries(delta)) if (value != null && !PLAIN.has(name)) plain = false;
      if (typeof delta.content === 'string') text += delta.content;
      if (finish_reason) finish = finish_reason;
    }
  }
  return { text, plain, finish, id };
}

/** A stream that goes on with another: text that was said already is taken out, the id stays, and it says what it is. */
export function continuedEvents(
  events: string,
  { id, join, told }: { readonly id: string | undefined; readonly join: Join; readonly told: object },
): string {
  return events
    .split('\n\n')
    .flatMap(event => {
      if (!event.startsWith('data:') || event.endsWith('[DONE]')) return [event];
      const chunk = JSON.parse(event.slice('data:'.length)) as {
        choices?: { delta?: { content?: unknown; role?: unknown }; finish_reason?: unknown }[];
        usage?: unknown;
      };
      const [choice] = chunk.choices ?? [];
      if (choice) {
        const { delta = {} } = choice;
        const said = typeof delta.content === 'string' ? join.push(delta.content) : '';
        const content = said + (choice.finish_reason ? join.end() : '');
        if (content === '' && !choice.finish_reason) return [];
        choice.delta = content === '' ? {} : { content };
      }
      return [`data: ${JSON.stringify({ ...chunk, ...(id ? { id } : {}), ...told })}`];
    })
    .join('\n\n');
}

interface Join {
  push(piece: string): string;
  end(): string;
}
