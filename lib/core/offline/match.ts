/** Whether a message holds what an intent rule asks for. */
import type { Alternatives, IntentRule } from './declaration.ts';
import { isOneTypoApart, type Words, wordsOf } from './text.ts';

/** Words of a shape's value or an e-mail would match by accident; `present` names the slots that were found. */
export interface Matchable {
  readonly words: Words;
  readonly present: ReadonlySet<string>;
  /** The message asks how something works, and does not ask to do it. */
  readonly isQuestion: boolean;
}

interface Alternative {
  readonly kind: 'phrase' | 'beginning' | 'typo' | 'slot';
  readonly exact: string;
  readonly folded: string;
  readonly size: number;
}

const compiled = new Map<Alternatives, readonly Alternative[]>();
/** Distinct alternatives kept; rules come from declarations, so there are few. */
const MAX_COMPILED = 5_000;

function compile(alternatives: Alternatives): readonly Alternative[] {
  const known = compiled.get(alternatives);
  if (known) return known;
  const made = alternatives.split('|').flatMap((source): Alternative[] => {
    const slot = /^\{(.+)\}$/.exec(source.trim())?.[1];
    if (slot !== undefined) return [{ kind: 'slot', exact: slot, folded: slot, size: 1 }];
    const kind = source.endsWith('*') ? 'beginning' : source.endsWith('~') ? 'typo' : 'phrase';
    const { exact, folded, count } = wordsOf(source);
    return count === 0 ? [] : [{ kind, exact, folded, size: count }];
  });
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(alternatives, made);
  return made;
}

function holds(message: Matchable, alternative: Alternative): boolean {
  if (alternative.kind === 'slot') return message.present.has(alternative.exact);
  const { accented, exact, folded } = message.words;
  const text = accented ? exact : folded;
  const phrase = accented ? alternative.exact : alternative.folded;
  if (text.includes(phrase)) return true;
  if (alternative.kind === 'beginning') return text.includes(phrase.trimEnd());
  if (alternative.kind !== 'typo') return false;
  const word = phrase.trim();
  return text.split(' ').some(each => each.length >= 4 && each[0] === word[0] && isOneTypoApart(each, word));
}

/** Words of the longest alternative that the message holds; 0 when it holds none. */
export function longestIn(message: Matchable, alternatives: Alternatives): number {
  let longest = 0;
  for (const each of compile(alternatives)) {
    if (each.size > longest && holds(message, each)) longest = each.size;
  }
  return longest;
}

/**
 * How well a rule fits: 0 when it does not, else more for more and longer phrases. A rule for requests fits a
 * question only when the question names one of `identifiers`: "can I cancel KM-10001?" means that order.
 */
export function ruleScore(message: Matchable, rule: IntentRule, identifiers: readonly string[]): number {
  const names = identifiers.some(name => message.present.has(name));
  if (message.isQuestion && rule.form !== 'any' && !names) return 0;
  if (rule.none !== undefined && longestIn(message, rule.none) > 0) return 0;
  let score = names ? 1 : 0;
  for (const group of rule.all) {
    const longest = longestIn(message, group);
    if (longest === 0) return 0;
    score += 1 + longest;
  }
  return score;
}

/** True when one of the rules fits. */
export function fits(message: Matchable, rules: readonly IntentRule[]): boolean {
  return rules.some(rule => ruleScore(message, rule, []) > 0);
}

/** True when the message begins with one of them. */
export function startsWith(message: Matchable, alternatives: Alternatives): boolean {
  const { accented, exact, folded } = message.words;
  const text = accented ? exact : folded;
  return compile(alternatives).some(each => text.startsWith(accented ? each.exact : each.folded));
}

/** How many words the message has besides these phrases. For short messages. */
export function wordsLeft(message: Matchable, alternatives: Alternatives): number {
  const { accented, exact, folded } = message.words;
  let rest = accented ? exact : folded;
  for (const each of compile(alternatives).toSorted((a, b) => b.size - a.size)) {
    const phrase = accented ? each.exact : each.folded;
    while (rest.includes(phrase)) rest = rest.replace(phrase, ' ');
  }
  return rest.match(/\S+/g)?.length ?? 0;
}
