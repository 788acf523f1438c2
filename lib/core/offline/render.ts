/** Sentences from templates: see `ReplyHint` for the notation. Total: any template and any value give a string. */
import type { OfflineLanguage, ReplyHint, ToolHints, ToolOutcome } from './declaration.ts';
import { visible } from './text.ts';

/** Lines of a list that are shown. */
const MAX_LINES = 10;

type Words = ReplyHint['words'];

/** The value at a dotted path of own properties, or undefined. */
export function fieldAt(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function shown(value: unknown, language: OfflineLanguage, words: Words): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return undefined;
  const word = words && Object.hasOwn(words, value) ? words[value] : undefined;
  return word ? word[language] : visible(value).replace(/\s*\n\s*/g, ', ');
}

export function renderTemplate(
  template: string,
  fields: unknown,
  language: OfflineLanguage,
  words?: Words,
  extra: Readonly<Record<string, string>> = {},
): string {
  const fill = (part: string): { text: string; complete: boolean } => {
    let complete = true;
    const text = part.replace(/\{([\w.]{1,60})\}/g, (_, path: string) => {
      const value = Object.hasOwn(extra, path) ? extra[path] : shown(fieldAt(fields, path), language, words);
      if (value === undefined) complete = false;
      return value ?? '';
    });
    return { text, complete };
  };
  const withoutOptional = template.split(/\[([^[\]]*)\]/).map((part, index) => {
    const { text, complete } = fill(part);
    return index % 2 === 1 && !complete ? '' : text;
  });
  return withoutOptional.join('').trim();
}

/** The sentence for what a tool answered. */
export function renderOutcome(
  outcome: ToolOutcome,
  hints: ToolHints | undefined,
  language: OfflineLanguage,
): string {
  const reply = hints?.reply;
  if (!outcome.ok) {
    const refusals = reply?.refusals;
    const refusal = refusals && Object.hasOwn(refusals, outcome.code) ? refusals[outcome.code] : undefined;
    return refusal
      ? renderTemplate(refusal[language], outcome.data ?? {}, language, reply?.words)
      : visible(outcome.message);
  }
  if (!reply) return renderPlain(outcome.result);
  if (!reply.list) return renderTemplate(reply.done[language], outcome.result, language, reply.words);
  const elements = fieldAt(outcome.result, reply.list.path);
  const line = reply.list.line[language];
  const lines = (Array.isArray(elements) ? elements : [])
    .slice(0, MAX_LINES)
    .map(element => `- ${renderTemplate(line, element, language, reply.words)}`);
  if (lines.length === 0 && reply.empty) {
    return renderTemplate(reply.empty[language], outcome.result, language, reply.words);
  }
  return renderTemplate(reply.done[language], outcome.result, language, reply.words, {
    list: lines.join('\n'),
  });
}

/** Scalars of a result, one a line, for a tool that does not say how to put it. */
function renderPlain(result: Readonly<Record<string, unknown>>): string {
  return Object.entries(result)
    .flatMap(([name, value]) => {
      const text = shown(value, 'en', undefined);
      return text === undefined ? [] : [`- ${visible(name, 60)}: ${text}`];
    })
    .slice(0, MAX_LINES)
    .join('\n');
}

/** What a `tool` message holds; undefined when it is not JSON of an object. */
export function parseOutcome(content: string): ToolOutcome | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const ok = fieldAt(value, 'ok');
  if (ok === undefined) return { ok: true, result: value as Record<string, unknown> };
  if (ok === true) {
    const result = fieldAt(value, 'result');
    return typeof result === 'object' && result !== null
      ? { ok: true, result: result as Record<string, unknown> }
      : undefined;
  }
  const code = fieldAt(value, 'code');
  const message = fieldAt(value, 'message');
  const data = fieldAt(value, 'data');
  return {
    ok: false,
    code: typeof code === 'string' ? code : 'failed',
    message: typeof message === 'string' ? message : '',
    data: typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {},
  };
}
