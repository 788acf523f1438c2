/**
 * The English stemmer "Porter2" (M. F. Porter, snowballstem.org/algorithms/english), written from its
 * published description: suffixes are removed only inside R1 or R2, the regions after the first and the second
 * vowel-consonant pair.
 */

const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
  ['sky', 'sky'],
  ['news', 'news'],
  ['howe', 'howe'],
  ['atlas', 'atlas'],
  ['cosmos', 'cosmos'],
  ['bias', 'bias'],
  ['andes', 'andes'],
]);
const LEFT_ALONE_AFTER_PLURAL: ReadonlySet<string> = new Set([
  'inning',
  'outing',
  'canning',
  'herring',
  'earring',
  'proceed',
  'exceed',
  'succeed',
]);

/** Longest first where one suffix ends another. */
const STEP_2: readonly (readonly [string, string])[] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
];
const STEP_3: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];
const STEP_4: readonly string[] = [
  'ement',
  'ance',
  'ence',
  'able',
  'ible',
  'ment',
  'ant',
  'ent',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
  'al',
  'er',
  'ic',
];
const VOWEL = /[aeiouy]/;
const DOUBLE = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/;
const LI_ENDING = /[cdeghkmnrt]li$/;
/** A vowel between a non-vowel and a non-vowel other than w, x, Y; or a vowel at the beginning and a non-vowel. */
const SHORT_END = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$/;

/** The stem of one lower-case word. Words of two letters or less, and those not in a-z, are returned as they are. */
export function stemEnglish(word: string): string {
  if (word.length <= 2 || !/^[a-z']+$/.test(word)) return word;
  const exception = EXCEPTIONS.get(word);
  if (exception !== undefined) return exception;
  let w = word
    .replace(/^'/, '')
    .replace(/^y/, 'Y')
    .replace(/([aeiouy])y/g, '$1Y');
  const r1 = firstRegion(w);
  const r2 = region(w, r1);
  w = w.replace(/'s?'?$/, '');
  w = plural(w);
  if (LEFT_ALONE_AFTER_PLURAL.has(w)) return w;
  w = pastAndGerund(w, r1);
  if (w.length > 2 && /[yY]$/.test(w) && !VOWEL.test(w[w.length - 2]!)) w = `${w.slice(0, -1)}i`;
  w = replaceSuffix(w, r1, STEP_2, derived);
  w = replaceSuffix(w, r1, STEP_3, rest =>
    rest.endsWith('ative') && rest.length - 5 >= r2 ? rest.slice(0, -5) : rest,
  );
  w = removeResidue(w, r2);
  return finish(w, r1, r2).replaceAll('Y', 'y');
}

function firstRegion(w: string): number {
  const special = /^(?:gener|commun|arsen)/.exec(w);
  return special ? special[0].length : region(w, 0);
}

/** Index after the first non-vowel that follows a vowel, searched from `from`. */
function region(w: string, from: number): number {
  for (let i = from + 1; i < w.length; i++) {
    if (!VOWEL.test(w[i]!) && VOWEL.test(w[i - 1]!)) return i + 1;
  }
  return w.length;
}

function plural(w: string): string {
  if (w.endsWith('sses')) return w.slice(0, -2);
  if (/ie[ds]$/.test(w)) return w.slice(0, w.length > 4 ? -2 : -1);
  if (/(?:us|ss)$/.test(w)) return w;
  if (w.endsWith('s') && VOWEL.test(w.slice(0, -2))) return w.slice(0, -1);
  return w;
}

function pastAndGerund(w: string, r1: number): string {
  const ee = /eed(?:ly)?$/.exec(w);
  if (ee) return ee.index >= r1 ? `${w.slice(0, ee.index)}ee` : w;
  const match = /(?:ingly|edly|ing|ed)$/.exec(w);
  if (!match || !VOWEL.test(w.slice(0, match.index))) return w;
  const rest = w.slice(0, match.index);
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (DOUBLE.test(rest)) return /^[aeo]..$/.test(rest) ? rest : rest.slice(0, -1);
  return rest.length <= r1 && SHORT_END.test(rest) ? `${rest}e` : rest;
}

function replaceSuffix(
  w: string,
  r1: number,
  table: readonly (readonly [string, string])[],
  otherwise: (w: string) => string,
): string {
  for (const [suffix, replacement] of table) {
    if (!w.endsWith(suffix)) continue;
    const at = w.length - suffix.length;
    return at >= r1 ? w.slice(0, at) + replacement : w;
  }
  const changed = otherwise(w);
  return changed.length >= r1 ? changed : w;
}

function derived(w: string): string {
  if (w.endsWith('logi')) return w.slice(0, -1);
  return LI_ENDING.test(w) ? w.slice(0, -2) : w;
}

function removeResidue(w: string, r2: number): string {
  if (/[st]ion$/.test(w)) return w.length - 3 >= r2 ? w.slice(0, -3) : w;
  for (const suffix of STEP_4) {
    if (w.endsWith(suffix)) return w.length - suffix.length >= r2 ? w.slice(0, -suffix.length) : w;
  }
  return w;
}

function finish(w: string, r1: number, r2: number): string {
  const at = w.length - 1;
  if (w.endsWith('e')) {
    return at >= r2 || (at >= r1 && !SHORT_END.test(w.slice(0, -1))) ? w.slice(0, -1) : w;
  }
  return w.endsWith('ll') && at >= r2 ? w.slice(0, -1) : w;
}
