/**
 * Detection of personal data against labelled spans and against tables of single recognisers.
 *
 * A predicted span is right when it overlaps a labelled span of a matching type, a labelled span is found when a
 * predicted span of a matching type overlaps it. Types match by `GROUPS`; `strict` in the figures takes the 17 types
 * of the data as they are. Character figures ask only whether what is labelled is masked, whatever as.
 */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createDetector, DEFAULT_THRESHOLD, NAME_ENTITIES } from '../../lib/core/dlp/detect.ts';
import type { Detection } from '../../lib/core/dlp/recognizer.ts';
import { patternEntities, patternRecognizers } from '../../lib/core/dlp/recognizers.ts';
import { resolve } from '../../lib/core/dlp/resolve.ts';
import { detect } from '../../lib/core/dlp/scanner.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';

/**
 * Types that mean the same to a policy. Places and addresses are one (Presidio's LOCATION): whether the town at the
 * end of an address is part of it or a place of its own is a matter of annotation. A driver's licence, telephone
 * number or account of any country answers to the type of the data.
 */
const GROUPS: Readonly<Record<string, string>> = {
  STREET_ADDRESS: 'LOCATION',
  GPE: 'LOCATION',
  ZIP_CODE: 'ZIP_CODE',
  UK_POSTCODE: 'ZIP_CODE',
  DE_PLZ: 'ZIP_CODE',
  URL: 'DOMAIN_NAME',
  TR_PHONE_NUMBER: 'PHONE_NUMBER',
  PH_MOBILE_NUMBER: 'PHONE_NUMBER',
  KR_DRIVER_LICENSE: 'US_DRIVER_LICENSE',
  IT_DRIVER_LICENSE: 'US_DRIVER_LICENSE',
};

interface Span {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}
interface Row {
  readonly id: string | number;
  readonly template_id: number;
  readonly text: string;
  readonly spans: readonly Span[];
}
interface Vector {
  readonly recognizer: string;
  readonly entities: readonly string[];
  readonly text: string;
  readonly expected_count: number;
  readonly expected_spans: readonly (readonly [number, number])[] | null;
}
interface Counts {
  predicted: number;
  correct: number;
  gold: number;
  found: number;
}

/** Scores below this are noise even for a recogniser on its own. */
const LEAST_SCORE = 0.01;

export const about = 'detection of personal data: spans of labelled texts, vectors of single recognisers';
export const options = {
  data: { type: 'string', about: 'labelled texts, .jsonl or .jsonl.gz' },
  vectors: { type: 'string', about: 'cases of single recognisers, .jsonl' },
  threshold: { type: 'string', about: `least score that counts, ${DEFAULT_THRESHOLD} by default` },
  half: {
    type: 'string',
    about: '0 or 1: only templates of that parity, to hold one half back while developing',
  },
  errors: { type: 'boolean', about: 'prints each span missed or wrong to standard error' },
} satisfies EvalSuite['options'];

function lines<T>(path: string): T[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter(line => line.trim())
    .map(line => JSON.parse(line) as T);
}

const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }): boolean =>
  a.start < b.end && b.start < a.end;
const round = (value: number): number => Math.round(value * 10_000) / 10_000;

function figures({ predicted, correct, gold, found }: Counts): {
  precision: number;
  recall: number;
  f2: number;
} {
  const precision = predicted === 0 ? 1 : correct / predicted;
  const recall = gold === 0 ? 1 : found / gold;
  const f2 = precision + recall === 0 ? 0 : (5 * precision * recall) / (4 * precision + recall);
  return { precision: round(precision), recall: round(recall), f2: round(f2) };
}

/** Counts by type, and over all under the empty name. */
function count(
  rows: readonly Row[],
  predictions: readonly (readonly Detection[])[],
  group: (type: string) => string,
  report?: (line: string) => void,
): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  const add = (type: string, what: keyof Counts): void => {
    for (const name of ['', type]) {
      const entry = counts.get(name) ?? { predicted: 0, correct: 0, gold: 0, found: 0 };
      entry[what]++;
      counts.set(name, entry);
    }
  };
  for (const [i, row] of rows.entries()) {
    const predicted = predictions[i]!;
    for (const each of predicted) {
      const type = group(each.entity);
      const right = row.spans.some(span => group(span.type) === type && overlaps(span, each));
      add(type, 'predicted');
      if (right) add(type, 'correct');
      else
        report?.(
          `WRONG  ${row.template_id} ${type} [${row.text.slice(each.start, each.end)}] ${each.source} in ${row.text}`,
        );
    }
    for (const span of row.spans) {
      const type = group(span.type);
      const found = predicted.some(each => group(each.entity) === type && overlaps(span, each));
      add(type, 'gold');
      if (found) add(type, 'found');
      else
        report?.(
          `MISSED ${row.template_id} ${type} [${row.text.slice(span.start, span.end)}] in ${row.text}`,
        );
    }
  }
  return counts;
}

function characters(rows: readonly Row[], predictions: readonly (readonly Detection[])[]): [number, number] {
  let gold = 0;
  let masked = 0;
  let both = 0;
  for (const [i, row] of rows.entries()) {
    const isGold = new Uint8Array(row.text.length);
    for (const span of row.spans) isGold.fill(1, span.start, span.end);
    const isMasked = new Uint8Array(row.text.length);
    for (const each of predictions[i]!) isMasked.fill(1, each.start, each.end);
    for (let k = 0; k < row.text.length; k++) {
      gold += isGold[k]!;
      masked += isMasked[k]!;
      both += isGold[k]! & isMasked[k]!;
    }
  }
  return [masked === 0 ? 1 : both / masked, gold === 0 ? 1 : both / gold];
}

function evaluateTexts(path: string, settings: EvalOptions): Record<string, unknown> {
  const half = settings.half === undefined ? undefined : Number(settings.half);
  const rows = lines<Row>(path).filter(row => half === undefined || row.template_id % 2 === half);
  const detector = createDetector({ threshold: Number(settings.threshold ?? DEFAULT_THRESHOLD) });
  const started = performance.now();
  const predictions = rows.map(row => detect(row.text, detector));
  const elapsedMs = performance.now() - started;
  const report = settings.errors ? (line: string) => console.error(line.replaceAll('\n', '⏎')) : undefined;
  const counts = count(rows, predictions, type => GROUPS[type] ?? type, report);
  const strict = count(rows, predictions, type => (type === 'URL' ? 'DOMAIN_NAME' : type));
  const [charPrecision, charRecall] = characters(rows, predictions);
  const byType = Object.fromEntries(
    [...counts]
      .filter(([type]) => type !== '')
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([type, each]) => [type, { ...figures(each), gold: each.gold, predicted: each.predicted }]),
  );
  return {
    texts: rows.length,
    ...figures(counts.get('')!),
    strict: figures(strict.get('')!),
    char_precision: round(charPrecision),
    char_recall: round(charRecall),
    ms_per_text: round(elapsedMs / rows.length),
    mapping: GROUPS,
    by_type: byType,
  };
}

/** Each case runs the recognisers of its entities alone, whatever their score, as the tables were written. */
function evaluateVectors(path: string, settings: EvalOptions): Record<string, unknown> {
  const recognizers = patternRecognizers();
  const supported = patternEntities(recognizers);
  const named = new Set<string>(NAME_ENTITIES);
  const cases = lines<Vector>(path);
  const failed: string[] = [];
  const unsupported = new Set<string>();
  let total = 0;
  for (const each of cases) {
    if (!each.entities.every(entity => supported.has(entity) || named.has(entity))) {
      for (const entity of each.entities) unsupported.add(entity);
      continue;
    }
    total++;
    const found: Detection[] = [];
    for (const recognizer of recognizers) {
      if (!each.entities.includes(recognizer.entity)) continue;
      const { entity, source } = recognizer;
      recognizer.scan(each.text, 0, (start, end, score) => found.push({ entity, start, end, score, source }));
    }
    const got = resolve(found, LEAST_SCORE);
    const right =
      got.length === each.expected_count &&
      (each.expected_spans ?? []).every(([start, end]) =>
        got.some(one => one.start === start && one.end === end),
      );
    if (!right) failed.push(`${each.recognizer}: ${JSON.stringify(each.text)}`);
  }
  if (settings.errors) for (const line of failed) console.error(`VECTOR ${line}`);
  return {
    cases: cases.length,
    supported: total,
    supported_share: round(total / cases.length),
    passed: total - failed.length,
    pass_rate: round((total - failed.length) / total),
    unsupported: [...unsupported],
  };
}

export function run(settings: EvalOptions): Promise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  if (typeof settings.data === 'string') Object.assign(result, evaluateTexts(settings.data, settings));
  if (typeof settings.vectors === 'string') result.vectors = evaluateVectors(settings.vectors, settings);
  if (Object.keys(result).length === 0)
    throw new TroupeError('validation-failed', 'give --data, --vectors or both');
  return Promise.resolve(result);
}
