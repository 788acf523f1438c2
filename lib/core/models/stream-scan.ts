/**
 * What passes of a streamed chat completion (server-sent events): how many pieces came, what was used, whether it
 * ended well. Bytes are looked at, not parsed, but for the one event that holds the usage.
 */

const DATA = Buffer.from('data:');
const USAGE = Buffer.from('"usage"');
const DONE = Buffer.from('[DONE]');
const FINISHED = Buffer.from('"finish_reason"');
const [CR, BRACE, QUOTE] = [0x0d, 0x7b, 0x22];
const END = Buffer.from('\n\n');

export interface StreamUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** Longest single event that is held until it is whole, bytes. */
const LONGEST_EVENT = 1_048_576;

export class StreamScan {
  /** Events that held a piece of the answer, about one token each. */
  pieces = 0;
  usage: StreamUsage | undefined;
  /** It came to its end: a finish reason or `[DONE]` was seen. */
  finished = false;
  /** An event that is not JSON, or longer than may be held: the stream is no chat completion. */
  broken = false;
  readonly #hidesUsage: boolean;
  #rest: Buffer | undefined;

  /** `hidesUsage`: the client did not ask for the usage event, so it is taken out. */
  constructor(hidesUsage: boolean) {
    this.#hidesUsage = hidesUsage;
  }

  /** The bytes to pass on of those that came: whole events only. */
  take(chunk: Buffer): Buffer | undefined {
    const lines = chunk.includes(CR) ? chunk.filter(byte => byte !== CR) : chunk; // JSON holds none as it is
    let whole = this.#rest ? Buffer.concat([this.#rest, lines]) : (lines as Buffer);
    this.#rest = undefined;
    const { length } = whole;
    if (whole[length - 1] !== 10 || whole[length - 2] !== 10) {
      const end = whole.lastIndexOf(END);
      this.#rest = end < 0 ? whole : whole.subarray(end + 2);
      if (this.#rest.length > LONGEST_EVENT) this.broken = true;
      if (end < 0) return undefined;
      whole = whole.subarray(0, end + 2);
    }
    let suspect = false;
    for (let at = whole.indexOf(DATA); at >= 0; at = whole.indexOf(DATA, at + 5)) {
      this.pieces++;
      suspect ||= at > 0 && !endsValue(whole, at);
    }
    if ((suspect || !endsValue(whole, whole.length)) && !isReadable(whole)) {
      this.broken = true;
      return undefined;
    }
    if (!this.finished && (holds(whole, FINISHED, QUOTE) || whole.includes(DONE))) this.finished = true;
    return holds(whole, USAGE, BRACE) ? this.#withUsage(whole) : whole;
  }

  /** What had come of an event that never became whole. */
  get rest(): Buffer | undefined {
    return this.#rest;
  }

  #withUsage(whole: Buffer): Buffer | undefined {
    const kept: string[] = [];
    for (const event of whole.toString('utf8').split('\n\n')) {
      if (event === '') continue;
      const parsed = usageOf(event);
      if (parsed) this.usage = parsed.usage;
      if (parsed?.alone) {
        this.pieces--;
        if (this.#hidesUsage) continue;
      }
      kept.push(`${event}\n\n`);
    }
    return kept.length > 0 ? Buffer.from(kept.join('')) : undefined;
  }
}

/** Whether a member of that name has a value that begins so; providers put spaces where they like. */
function holds(bytes: Buffer, name: Buffer, begin: number): boolean {
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at)) {
    at += name.length;
    while (bytes[at] === 0x20 || bytes[at] === 0x3a || bytes[at] === 0x09 || bytes[at] === 0x0a) at++;
    if (bytes[at] === begin) return true;
  }
  return false;
}

/** Whether what ends there (before an empty line) looks like the end of a JSON value, or of `[DONE]`. */
function endsValue(bytes: Buffer, end: number): boolean {
  const last = bytes[end - 3];
  return last === 0x7d || last === 0x5d;
}

/** Whether each event's data is JSON. Comments and other fields are left alone. */
function isReadable(whole: Buffer): boolean {
  for (const event of whole.toString('utf8').split('\n\n')) {
    const data = event
      .split('\n')
      .filter(line => line.startsWith('data:'))
      .map(line => line.slice('data:'.length).trim())
      .join('\n');
    if (data === '' || data === '[DONE]') continue;
    try {
      JSON.parse(data);
    } catch {
      return false;
    }
  }
  return true;
}

function usageOf(event: string): { usage: StreamUsage; alone: boolean } | undefined {
  if (!event.startsWith('data:') || !event.includes('"usage"')) return undefined;
  try {
    const { usage, choices } = JSON.parse(event.slice(5)) as { usage?: WireUsage; choices?: unknown[] };
    return usage ? { usage: readUsage(usage), alone: !choices?.length } : undefined;
  } catch {
    return undefined; // it only looked like one, or the provider's JSON is broken: the client sees it as it is
  }
}

export interface WireUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
}

/** A provider's `usage` object with what it does not say taken as 0. */
export function readUsage(usage: WireUsage): StreamUsage {
  const count = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
  const inputTokens = count(usage.prompt_tokens);
  return {
    inputTokens,
    cachedInputTokens: Math.min(inputTokens, count(usage.prompt_tokens_details?.cached_tokens)),
    outputTokens: count(usage.completion_tokens),
  };
}
