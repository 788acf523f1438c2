/**
 * A question as it would be asked by somebody who has said nothing before: one that only goes on from another ("and to
 * Canada?", "how long does it last?") brings that one along.
 */
import { analyze } from './analyze.ts';

const GOES_ON = /^(?:and|or|what about|how about|còn|thế còn|vậy còn|thế|con|the con)(?![\p{L}\p{N}])/iu;
/** Words for something that was named before. */
const REFERS =
  /(?<![\p{L}\p{N}])(?:it|its|they|them|their|those|these|that one|this one|the same|the other one|nó|chúng|cái đó|cái này|cái ấy|món đó|món này|loại đó|loại này|như vậy)(?![\p{L}\p{N}])/iu;
/** A question with more words of its own says what it is about. */
const FEW = 4;
const SHORT = 2;
const LONGEST = 4_000;

/** Whether a question starts as one that goes on from another. */
export const goesOn = (question: string): boolean => GOES_ON.test(question.trim());

/** What a question goes on from, the nearest first; empty for one that stands by itself. `earlier`: the latest last. */
export function broughtAlong(question: string, earlier: readonly string[]): string {
  const asked = question.trim();
  const words = asked.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  const content = analyze(asked).filter(term => term.primary).length;
  const leans = goesOn(asked) || words <= SHORT || (REFERS.test(asked) && content <= FEW);
  if (!leans) return '';
  // What was said before may itself go on from something: back to the first that does not.
  const brought: string[] = [];
  for (const said of earlier.toReversed()) {
    if (!/[\p{L}\p{N}]/u.test(said)) continue;
    brought.push(said.trim());
    if (!goesOn(said)) break;
  }
  return brought.join(' ').slice(0, LONGEST);
}

/** The question with what it goes on from. */
export function standalone(question: string, earlier: readonly string[]): string {
  const before = broughtAlong(question, earlier);
  return before === '' ? question : `${question.trim()} ${before}`.slice(0, LONGEST);
}

/** "And to Canada? How much is shipping to Norway?": the question, and what it goes on from. */
const PUT_TOGETHER = /^(?:and|or|what about|how about|còn|thế còn|con|the con)\s[^?]{1,80}\?\s+(?=\S)/iu;

export function takenApart(text: string): { readonly question: string; readonly before: string } {
  const question = PUT_TOGETHER.exec(text)?.[0];
  return question ? { question, before: text.slice(question.length) } : { question: text, before: '' };
}
