/**
 * What there is to know of a text before it is taken in: its language, attempts to give orders, how sensitive it looks,
 * its quality. Piece by piece, letting others run in between: a large document takes seconds.
 */
import { setImmediate } from 'node:timers/promises';
import { detectAll } from 'tinyld';
import { createDetector, type Detector } from '../../core/dlp/detect.ts';
import { detect } from '../../core/dlp/scanner.ts';
import type { Chunk } from '../../core/knowledge/chunk.ts';
import { FINDINGS, type FindingKind, type Findings, neutralise } from '../../core/knowledge/injection.ts';
import { likelyLanguages } from '../../core/knowledge/language.ts';
import { qualityOf } from '../../core/knowledge/quality.ts';
import { SensitivityEvidence, type Verdict } from '../../core/knowledge/sensitivity.ts';

export interface Inspection {
  /** ISO 639-1, null where it cannot be told. */
  readonly language: string | null;
  readonly findings: Findings;
  readonly quality: readonly string[];
  readonly verdict: Verdict;
}

const LANGUAGE_CHARS = 3_000;
/** Those that businesses write in, by the script that each needs; short texts look like some rare language easily. */
const LATIN = 'en vi de fr es it pt nl pl sv da no fi cs sk hu ro tr id ms tl'.split(' ');
const OTHERS: Readonly<Record<string, RegExp>> = {
  ru: /\p{Script=Cyrillic}/u,
  uk: /\p{Script=Cyrillic}/u,
  bg: /\p{Script=Cyrillic}/u,
  el: /\p{Script=Greek}{3}/u,
  zh: /\p{Script=Han}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
  ko: /\p{Script=Hangul}/u,
  th: /\p{Script=Thai}/u,
  hi: /\p{Script=Devanagari}/u,
  ar: /\p{Script=Arabic}/u,
  he: /\p{Script=Hebrew}/u,
};
const AT_ONCE_MS = 10;
let detector: Detector | undefined;

export async function inspectText(
  title: string,
  text: string,
  chunks: readonly Chunk[],
  hidden = 0,
): Promise<Inspection> {
  detector ??= createDetector();
  const evidence = new SensitivityEvidence(title, text);
  const counts: Partial<Record<FindingKind, number>> = {};
  let since = performance.now();
  for (const { body } of [{ body: title }, ...chunks]) {
    evidence.add(body, detect(body, detector));
    const { findings } = neutralise(body);
    for (const kind of FINDINGS) if (findings[kind]) counts[kind] = (counts[kind] ?? 0) + findings[kind];
    if (performance.now() - since < AT_ONCE_MS) continue;
    await setImmediate();
    since = performance.now();
  }
  const dangerous = FINDINGS.filter(kind => kind !== 'link').reduce(
    (sum, kind) => sum + (counts[kind] ?? 0),
    0,
  );
  return {
    language: languageOf(`${title}\n${text.slice(0, LANGUAGE_CHARS)}`),
    findings: counts,
    quality: qualityOf(text, { hidden, findings: dangerous }),
    verdict: evidence.verdict(),
  };
}

/** ISO 639-1; null: it cannot be told. */
export function languageOf(text: string): string | null {
  const words = text.replace(/[^\p{L}\p{M}\s']+/gu, ' ');
  const likely = likelyLanguages(words);
  if (likely.length === 1) return likely[0]!;
  if (likely.length > 1) return detectAll(words, { only: likely })[0]?.lang ?? likely[0]!;
  const only = [...LATIN, ...Object.keys(OTHERS).filter(language => OTHERS[language]!.test(words))];
  return detectAll(words, { only })[0]?.lang ?? null;
}
