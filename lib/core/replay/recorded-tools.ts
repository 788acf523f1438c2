/** The tools of a recorded episode: each recorded call is answered once, with its recorded answer, in the recorded order. */
import type { EffectClass } from '../../contracts/chat.ts';
import { canonicalJson } from '../agents/canonical-json.ts';
import type { RecordedMessage } from './replay.ts';

export interface RecordedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly content: string;
  /** Which of the recording's messages asked for it: calls of one message may come in any order. */
  readonly askedAt: number;
}

/** The calls of an episode in order. A call that was never answered in the recording is answered with nothing. */
export function recordedCalls(episode: readonly RecordedMessage[]): readonly RecordedCall[] {
  return episode.flatMap((message, askedAt) =>
    (message.tool_calls ?? []).map(({ id, function: { name, arguments: text } }, nth) => {
      const answer = episode[askedAt + 1 + nth];
      const content = (answer?.role === 'tool' && answer.content) || '';
      return { id, name, arguments: text, content, askedAt };
    }),
  );
}

/** The recorded call that this one is, by its index: the next that was not taken, or another of the same message. */
export function nextRecorded(
  calls: readonly RecordedCall[],
  taken: ReadonlySet<number>,
  name: string,
  text: string,
): number | undefined {
  const next = calls.findIndex((_, index) => !taken.has(index));
  if (next < 0) return undefined;
  const { askedAt } = calls[next]!;
  const found = calls.findIndex(
    (call, index) =>
      index >= next &&
      !taken.has(index) &&
      call.askedAt === askedAt &&
      call.name === name &&
      sameArguments(call.arguments, text),
  );
  return found < 0 ? undefined : found;
}

/** Equal as JSON values: neither spaces nor the order of names matter. */
export function sameArguments(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return canonicalJson(JSON.parse(a)) === canonicalJson(JSON.parse(b));
  } catch {
    return false; // text that is not JSON equals itself only
  }
}

const READS = /^(get|list|search|find|look|calculate|think)/;

/** What repeating each tool of an episode means, by its name alone: what does not plainly read counts as `once`. */
export function effectsOf(episode: readonly RecordedMessage[]): Readonly<Record<string, EffectClass>> {
  const names = new Set(recordedCalls(episode).map(({ name }) => name));
  return Object.fromEntries(Array.from(names, name => [name, READS.test(name) ? 'read' : 'once'] as const));
}

/** Probability that k trials of a task, drawn without replacement, all succeed: mean over tasks (tau-bench, arXiv 2406.12045). */
export function passHatK(successes: readonly (readonly boolean[])[], k: number): number {
  const choose = (n: number, r: number) => {
    let product = 1;
    for (let i = 0; i < r; i++) product *= (n - i) / (i + 1);
    return n < r ? 0 : product;
  };
  const rates = successes.map(trials => choose(trials.filter(Boolean).length, k) / choose(trials.length, k));
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}
