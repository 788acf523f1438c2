/**
 * What a prompt's surface says about its difficulty, in features that carry over to subjects never seen:
 * shape and length of the question and its options, arithmetic, formulas, negation, statements to be weighed,
 * cues of reasoning, rarity of the words. No word identities.
 */
import { wordsOf } from './text-features.ts';

export interface PromptParts {
  readonly question: string;
  /** Texts of lettered options; empty for an open question. */
  readonly options: readonly string[];
}

const MAX_CHARS = 12_000;

/** Splits lettered options (`A. ...` at line starts) from the question. */
export function partsOf(prompt: string): PromptParts {
  const text = prompt.slice(0, MAX_CHARS).replace(/\n?Answer:\s*$/, '');
  const starts = [...text.matchAll(/^([A-J])[.)] ?/gm)];
  const first = starts.findIndex((start, i) => start[1] === 'A' && starts[i + 1]?.[1] === 'B');
  if (first < 0) return { question: text, options: [] };
  const lettered = starts.slice(first);
  return {
    question: text.slice(0, lettered[0]!.index),
    options: lettered.map((start, i) =>
      text.slice(start.index + start[0].length, lettered[i + 1]?.index ?? text.length).trim(),
    ),
  };
}

/** Count of texts that hold each word, from which rarity is told. */
export type WordRarity = ReadonlyMap<string, number>;

export function fitRarity(prompts: readonly string[]): Map<string, number> {
  const seen = new Map<string, number>();
  for (const prompt of prompts)
    for (const word of new Set(wordsOf(prompt, MAX_CHARS))) seen.set(word, (seen.get(word) ?? 0) + 1);
  for (const [word, count] of seen) seen.set(word, Math.log((prompts.length + 1) / count));
  return seen;
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const has = (text: string, pattern: RegExp): number => Number(pattern.test(text));

/** Named features in a stable order. */
export function promptFeatures(prompt: string, rarity: WordRarity): Record<string, number> {
  const { question, options } = partsOf(prompt);
  const words = wordsOf(question, MAX_CHARS);
  const all = `${question}\n${options.join('\n')}`;
  return {
    ...shapeFeatures(question, words),
    ...optionFeatures(words, options),
    ...contentFeatures(all, question),
    ...cueFeatures(question, all),
    ...rarityFeatures(words, options, rarity),
  };
}

function shapeFeatures(question: string, words: readonly string[]): Record<string, number> {
  const sentences = Math.max(1, count(question, /[.?!](?=\s|$)/g));
  return {
    logChars: Math.log1p(question.length),
    logWords: Math.log1p(words.length),
    sentences: Math.log1p(sentences),
    wordsPerSentence: Math.log1p(words.length / sentences),
    lines: Math.log1p(count(question, /\n/g)),
    wordLength: words.reduce((s, w) => s + w.length, 0) / Math.max(words.length, 1),
    longWords: words.filter(w => w.length > 9).length / Math.max(words.length, 1),
    distinct: new Set(words).size / Math.max(words.length, 1),
    endsInQuestion: has(question, /\?\s*$/),
    endsInColon: has(question, /:\s*$/),
    blank: has(question, /_{2,}/),
    unfinished: has(question, /[a-z,]\s*$/),
  };
}

function optionFeatures(words: readonly string[], options: readonly string[]): Record<string, number> {
  const lists = options.map(option => wordsOf(option, MAX_CHARS));
  const lengths = lists.map(list => list.length);
  const n = Math.max(options.length, 1);
  const mean = lengths.reduce((a, b) => a + b, 0) / n;
  const asked = new Set(words);
  const overlap = lists.map(
    list => list.filter(w => w.length > 3 && asked.has(w)).length / Math.max(list.length, 1),
  );
  let alike = 0;
  let pairs = 0;
  for (let i = 0; i < lists.length; i++)
    for (let j = i + 1; j < lists.length; j++, pairs++) alike += jaccard(lists[i]!, lists[j]!);
  const share = (pattern: RegExp) => options.filter(option => pattern.test(option)).length / n;
  return {
    options: options.length,
    optionWords: Math.log1p(mean),
    optionLongest: Math.log1p(Math.max(0, ...lengths)),
    optionSpread: Math.sqrt(lengths.reduce((s, x) => s + (x - mean) ** 2, 0) / n) / (mean + 1),
    optionAlike: pairs ? alike / pairs : 0,
    optionOverlap: overlap.reduce((a, b) => a + b, 0) / n,
    optionOneWord: lengths.filter(l => l === 1).length / n,
    optionNumbers: share(/^[\s$(\\[-]*\d[\d.,/^%\s$)]*[a-zA-Z°%\s]{0,12}$/),
    optionDigits: share(/\d/),
    optionFormula: share(/[\\^=√π∞{}]|\d\s*[a-z]\b/),
    optionYesNo: share(/^(yes|no)\b/i),
    optionTrueFalse: share(/^(true|false|wrong|not wrong|correct|incorrect)\b/i),
    optionBecause: share(/\b(because|since|unless|if)\b/i),
    optionRoman: share(/^(both |only |neither )?(I|II|III|IV|1|2|3)\b(.*\bonly\b|,? and )?/),
    optionAllAbove: share(/\b(all|none|both|neither) of (the|these|them)\b|all the above|\bnone\b/i),
    optionCommas: options.filter(option => count(option, /[,;]/g) === 1).length / n,
    optionCapital: share(/^[A-Z][a-z]+ [A-Z]/),
  };
}

function contentFeatures(all: string, question: string): Record<string, number> {
  const chars = Math.max(all.length, 1);
  const numbers = count(question, /\d+(?:[.,]\d+)*/g);
  return {
    digitShare: count(all, /\d/g) / chars,
    numbers: Math.log1p(numbers),
    numbersPerWord: numbers / Math.max(count(question, /\S+/g), 1),
    years: has(question, /\b1[0-9]{3}\b|\b20[0-2]\d\b/),
    money: has(all, /[$€£]\s?\d/),
    percent: has(all, /\d\s?%|percent/i),
    latex: has(all, /\$[^$]*\\|\\(frac|sqrt|cdot|text|begin)/),
    mathSymbols: Math.log1p(count(all, /[=+*/^<>√∑∫π≤≥±×÷∞∈∪∩]/g)),
    logicSymbols: has(all, /[⊃∨≡∀∃•]|\bwff|∴/),
    variables: Math.log1p(count(question, /\b[b-hj-z]\b(?!['’.])/g)),
    units: Math.log1p(count(all, /\d\s?(?:k?m|cm|mm|kg|g|s|ms|J|N|V|W|Hz|K|Pa|mol|m\/s|°C|ohm|Ω)\b/g)),
    parentheses: Math.log1p(count(question, /\(/g)),
    quotes: Math.log1p(count(question, /["“”‘]/g)),
    capitals: count(question, /(?<=[a-z,] )[A-Z][a-z]+/g) / Math.max(count(question, /\S+/g), 1),
    acronyms: has(all, /\b[A-Z]{2,}\b/),
    code: has(all, /[a-z]\(\)|;\n|:=|==|\bint\b|\{[^}]*\}/),
  };
}

function cueFeatures(question: string, all: string): Record<string, number> {
  return {
    negated: has(question, /\b(NOT|EXCEPT|LEAST|INCORRECT|FALSE|false|incorrect|except|least)\b/),
    not: Math.log1p(count(question, /\b(not|no|never|neither|nor|without|n't|cannot)\b/gi)),
    superlative: has(question, /\b(best|most|main|primary|greatest|highest|lowest|largest|first)\b/i),
    statements: has(question, /statement (1|I)\b|statements?\b.*\b(true|correct)/i),
    scenarios: has(question, /scenario (1|I)\b/i),
    enumerated: has(question, /^\(?(I{1,3}|IV|[1-4])[.)]/m),
    following: has(question, /\bfollowing\b/i),
    which: has(question, /\bwhich\b/i),
    what: has(question, /\bwhat\b/i),
    why: has(question, /\b(why|because|reason)\b/i),
    how: has(question, /\bhow\b/i),
    howMany: has(question, /how (many|much|far|long|fast|often)/i),
    suppose: has(question, /\b(suppose|assume|consider|given|imagine|let)\b/i),
    conditional: Math.log1p(count(question, /\b(if|when|then|would|should|could)\b/gi)),
    compute: has(
      question,
      /\b(calculate|compute|find|solve|evaluate|determine|estimate|simplify|approximately)\b/i,
    ),
    change: has(all, /\b(increase|decrease|rise|fall|higher|lower|greater|twice|half)s?d?\b/i),
    according: has(question, /\b(according|refers? to|passage|excerpt|argues?|suggests?)\b/i),
    define: has(question, /\b(defined?|definition|called|known as|term|means?)\b/i),
    persons: Math.log1p(
      count(question, /\b(he|she|his|her|man|woman|patient|plaintiff|defendant|student|I|my)\b/g),
    ),
    example: has(question, /\b(example|illustrat|describes?|characteri)/i),
    relation: has(question, /\b(relationship|between|difference|compare|cause|effect|due to)\b/i),
  };
}

function rarityFeatures(
  words: readonly string[],
  options: readonly string[],
  rarity: WordRarity,
): Record<string, number> {
  const known = words.filter(word => /\p{L}{3}/u.test(word));
  const rare = known.map(word => rarity.get(word) ?? 9).sort((a, b) => b - a);
  const inOptions = wordsOf(options.join(' '), MAX_CHARS)
    .filter(word => /\p{L}{3}/u.test(word))
    .map(word => rarity.get(word) ?? 9);
  const mean = (list: readonly number[]) => (list.length ? list.reduce((a, b) => a + b, 0) / list.length : 4);
  return {
    rarityMean: mean(rare),
    rarityTop: mean(rare.slice(0, 3)),
    rarityOptions: mean(inOptions),
    rareShare: rare.filter(r => r > 7).length / Math.max(rare.length, 1),
  };
}

function jaccard(a: readonly string[], b: readonly string[]): number {
  const left = new Set(a);
  const right = new Set(b);
  const shared = [...left].filter(word => right.has(word)).length;
  return shared / Math.max(left.size + right.size - shared, 1);
}
