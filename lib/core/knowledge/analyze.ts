/**
 * The analyzer: text in, terms out. The same one serves documents and queries, in memory and in SQL, so a change
 * here changes `ANALYZER_VERSION` and asks for indexing again.
 *
 * Each word gives a primary term (case and diacritics folded, stemmed as English) and, where it differs, more
 * terms at the same position: the spelling with diacritics, the joined form of a compound ("TGF-β1" gives tgf,
 * beta1 and tgfbeta1). Vietnamese syllables also give bigrams, since most Vietnamese words have two.
 */
import { stemEnglish } from './porter2.ts';
import { isStopWord } from './stop-words.ts';
import { foldDiacritics, looksVietnamese, normaliseTone } from './vietnamese.ts';

export const ANALYZER_VERSION = 1;
/** Characters analysed of one text; what lies beyond is not indexed. */
export const MAX_ANALYSED_CHARS = 2_000_000;
/** Characters of one term; longer runs (base64, keys) are cut. */
export const MAX_TERM_CHARS = 64;

export interface Term {
  readonly text: string;
  /** Ordinal of the word in the text, stop words counted. Terms of one word share it. */
  readonly position: number;
  /** False for the additional forms of a word: they count for matching, not for the length of a text. */
  readonly primary: boolean;
}

export interface Word {
  /** As written, NFC and lower case. */
  readonly text: string;
  readonly position: number;
  /** Whether punctuation other than a joiner stood between this word and the one before. */
  readonly joined: boolean;
}

const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+|[.,](?=\p{N})\p{N}+)*/gu;
const JOINERS = /^[-\u2010-\u2013_/+&@.:]$/u;
const GREEK = new Map(
  Object.entries({
    α: 'alpha',
    β: 'beta',
    γ: 'gamma',
    δ: 'delta',
    ε: 'epsilon',
    ζ: 'zeta',
    η: 'eta',
    θ: 'theta',
    κ: 'kappa',
    λ: 'lambda',
    μ: 'mu',
    ν: 'nu',
    π: 'pi',
    ρ: 'rho',
    σ: 'sigma',
    τ: 'tau',
    φ: 'phi',
    χ: 'chi',
    ψ: 'psi',
    ω: 'omega',
  }),
);
const GREEK_WORD = /^[\p{Script=Greek}\p{N}]{1,4}$|^[a-z]+[\p{Script=Greek}]\d*$/u;

/** Splits a text into words, lower-cased; "joined" marks the parts of a compound such as "IL-10". */
export function words(text: string): Word[] {
  const source = text.slice(0, MAX_ANALYSED_CHARS).normalize('NFKC').toLowerCase();
  const found: Word[] = [];
  let end = -1;
  for (const match of source.matchAll(WORD)) {
    const between = end >= 0 ? source.slice(end, match.index) : ' ';
    found.push({
      text: match[0].slice(0, MAX_TERM_CHARS).replaceAll('’', "'"),
      position: found.length,
      joined: JOINERS.test(between),
    });
    end = match.index + match[0].length;
  }
  return found;
}

/** The terms of a text in order. `vietnamese` is found from the text unless given. */
export function analyze(text: string, vietnamese = looksVietnamese(text)): Term[] {
  const terms: Term[] = [];
  let compound: string[] = [];
  let previous: { folded: string; position: number } | undefined;
  const closeCompound = (position: number) => {
    if (compound.length > 1) push(terms, stemEnglish(compound.join('')), position, false);
    compound = [];
  };
  const all = words(text);
  for (const word of all) {
    if (!word.joined) closeCompound(word.position - 1);
    const { exact, folded, primary } = forms(word.text);
    compound.push(folded);
    const numeric = isNumeric(folded);
    if (isStopWord(word.text, vietnamese) && !word.joined && !all[word.position + 1]?.joined) {
      previous = undefined;
      continue;
    }
    push(terms, primary, word.position, true);
    if (exact !== folded) push(terms, exact, word.position, false);
    if (vietnamese && previous) push(terms, `${previous.folded}_${folded}`, word.position, false);
    previous = numeric ? undefined : { folded, position: word.position };
  }
  closeCompound(all.length - 1);
  return terms;
}

interface Forms {
  /** With diacritics, the tone mark in its one place. */
  readonly exact: string;
  readonly folded: string;
  readonly primary: string;
}

/** The forms of words met lately: a text repeats its words, and stemming is most of the work. */
const known = new Map<string, Forms>();
const MAX_KNOWN = 50_000;

function forms(word: string): Forms {
  const found = known.get(word);
  if (found) return found;
  const spelled = spell(word);
  const folded = foldDiacritics(spelled);
  const exact = spelled === folded ? folded : normaliseTone(spelled);
  const primary = isNumeric(folded) ? folded.replaceAll(',', '') : stemEnglish(folded.replace(/'s?$/, ''));
  if (known.size >= MAX_KNOWN) known.clear();
  const made = { exact, folded, primary };
  known.set(word, made);
  return made;
}

const isNumeric = (word: string) => /^[\d.,]+$/.test(word);

/** Greek letters by name, so that "β" meets "beta"; Greek prose is left alone. */
function spell(word: string): string {
  return GREEK_WORD.test(word)
    ? word.replace(/\p{Script=Greek}/gu, letter => GREEK.get(letter) ?? letter)
    : word;
}

function push(terms: Term[], text: string, position: number, primary: boolean): void {
  if (text.length > 0) terms.push({ text: text.slice(0, MAX_TERM_CHARS), position, primary });
}

/** Character n-grams of a word with its borders marked ("#refund#"), as in Bojanowski et al. 2017. */
export function characterNgrams(word: string, size: number): string[] {
  const padded = `#${word}#`;
  if (padded.length <= size) return [padded];
  return Array.from({ length: padded.length - size + 1 }, (_, i) => padded.slice(i, i + size));
}

/** FNV-1a of the UTF-16 units with a final avalanche (MurmurHash3's): an unsigned 32-bit id for a term. */
export function hashTerm(term: string, seed = 0): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < term.length; i++) h = Math.imul(h ^ term.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
