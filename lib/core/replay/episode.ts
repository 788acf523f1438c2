/**
 * Recorded episodes as they come: of other domains, agents and recorders. Brought into the one form that the recorded
 * model and the recorded tools compare with, so that what differs only in writing is no divergence.
 */
import type { RecordedMessage } from './replay.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Stands for a message of a person that has no words, such as a picture. */
const NO_WORDS = '(no text)';

/**
 * System messages and whatever comes before the first message of a person are left out: the actor is not told them.
 * Messages of one role in a row are one. Calls have ids and arguments as text; each has its answer right after it,
 * in the order of the calls, an empty one where none was recorded; answers to no call are left out.
 */
export function normalEpisode(messages: readonly unknown[]): readonly RecordedMessage[] {
  const known = messages.filter(isRaw).filter(({ role }) => role !== 'system' && role !== 'developer');
  const first = known.findIndex(({ role }) => role === 'user');
  const told = first < 0 ? [] : known.slice(first);
  const episode: RecordedMessage[] = [];
  for (const [at, message] of told.entries()) {
    if (message.role === 'user') {
      const before = episode.at(-1);
      const content = textOf(message) || NO_WORDS;
      if (before?.role === 'user')
        episode[episode.length - 1] = { role: 'user', content: joined(before.content, content) };
      else episode.push({ role: 'user', content });
    } else if (message.role === 'assistant') {
      const before = episode.at(-1);
      if (before?.role === 'assistant') episode.pop();
      const calls = callsOf(message).map((call, i) => ({
        ...call,
        id: call.id || `call-${episode.length}-${i}`,
      }));
      const content = joined(before?.role === 'assistant' ? before.content : '', textOf(message));
      episode.push({ role: 'assistant', content, ...(calls.length > 0 ? { tool_calls: calls } : {}) });
      if (calls.length > 0) episode.push(...answersOf(calls, answersAfter(told, at)));
    }
  }
  return episode;
}

function joined(before: string | null, now: string): string {
  if (now === NO_WORDS && before) return before;
  return [before === NO_WORDS ? '' : before, now].filter(Boolean).join('\n');
}

function answersAfter(told: readonly Raw[], at: number): readonly Raw[] {
  const end = told.findIndex(({ role }, i) => i > at && role !== 'tool' && role !== 'function');
  return told.slice(at + 1, end < 0 ? told.length : end);
}

type Call = NonNullable<RecordedMessage['tool_calls']>[number];

function callsOf({ tool_calls: calls, function_call: single }: Raw): Call[] {
  const given = Array.isArray(calls) ? calls : isRaw(single) ? [{ function: single }] : [];
  return given.filter(isRaw).map(call => {
    const inner = isRaw(call.function) ? call.function : call;
    const args = inner.arguments ?? inner.input ?? {};
    return {
      id: typeof call.id === 'string' ? clean(call.id) : '',
      function: {
        name: clean(String(inner.name ?? '')),
        arguments: clean(typeof args === 'string' ? args : JSON.stringify(args)),
      },
    };
  });
}

/** By the call's id where it is told, else by place. */
function answersOf(calls: readonly Call[], answers: readonly Raw[]): RecordedMessage[] {
  const ids = new Set(calls.map(({ id }) => id));
  const named = ids.size === calls.length && answers.some(each => ids.has(String(each.tool_call_id)));
  return calls.map(({ id, function: { name } }, i) => {
    const answer = named ? answers.find(each => each.tool_call_id === id) : answers[i];
    return { role: 'tool', tool_call_id: id, name, content: answer ? textOf(answer) : '' };
  });
}

/** Text of a content that is text, a list of parts, or nothing; anything else as JSON. */
function textOf({ content }: Raw): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return clean(content);
  if (Array.isArray(content))
    return content
      .map(part =>
        typeof part === 'string'
          ? clean(part)
          : isRaw(part) && typeof part.text === 'string'
            ? clean(part.text)
            : '',
      )
      .filter(Boolean)
      .join('\n');
  return clean(JSON.stringify(content));
}

/** What neither a journal nor a network keeps as it is: U+0000, and halves of surrogate pairs. */
function clean(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
