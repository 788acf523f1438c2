/**
 * Router quality on RouteLLM's response data (jsonl, plain or gzipped: prompt, weak, strong, contaminated):
 * APGR, CPT(50 %) and CPT(80 %) of arXiv 2406.18665, beside "longer prompt" as the baseline to beat.
 * Only the prompt's text is used to decide; subject and id are not looked at.
 */

import {
  DIFFICULTY,
  estimateDifficulty,
  type OutcomeRow,
  trainDifficulty,
} from '../../lib/core/routing/difficulty-model.ts';
import { type RoutedRow, routerQuality } from '../../lib/core/routing/router-quality.ts';
import { seededRandom } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';
import { readText } from './readers/intents.ts';

export const about = 'which prompts deserve the strong model: APGR, CPT(50), CPT(80)';
export const options = {
  train: {
    type: 'string',
    multiple: true,
    about: 'jsonl file(s) to learn from; further names without a flag count too',
  },
  data: { type: 'string', multiple: true, about: 'jsonl file(s) to report on' },
  seed: { type: 'string', about: 'seed of training, default 1' },
} as const satisfies EvalSuite['options'];

export async function run(
  given: EvalOptions,
  positionals: readonly string[],
): Promise<Record<string, unknown>> {
  const train = [given.train ?? [], ...positionals].flat().flatMap(path => readOutcomes(String(path)));
  const test = [given.data ?? []].flat().flatMap(path => readOutcomes(String(path)));
  if (train.length === 0 || test.length === 0)
    throw new TroupeError('validation-failed', 'needs --train and --data');
  const seed = Number(given.seed ?? 1);
  const model = trainDifficulty(train, seededRandom(seed), DIFFICULTY);
  console.error(`trained on ${train.length} prompts`);
  const routed = test.map(row => ({ ...row, score: estimateDifficulty(model, row.prompt).gain }));
  const quality = routerQuality(routed);
  return {
    apgr: round(quality.apgr),
    cpt50: round(quality.cpt50),
    cpt80: round(quality.cpt80),
    n: quality.n,
    apgr_standard_error: round(standardError(routed, seed)),
    apgr_by_length: round(routerQuality(test.map(row => ({ ...row, score: row.prompt.length }))).apgr),
    weak_accuracy: round(quality.weakAccuracy),
    strong_accuracy: round(quality.strongAccuracy),
  };
}

function readOutcomes(path: string): OutcomeRow[] {
  return readText(path)
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line) as OutcomeRow & { contaminated?: boolean })
    .filter(row => !row.contaminated)
    .map(({ prompt, weak, strong }) => ({ prompt, weak, strong }));
}

/** Bootstrap over the rows, 200 draws. */
function standardError(rows: readonly RoutedRow[], seed: number): number {
  const random = seededRandom(seed);
  const draw = () => rows[Math.floor(random() * rows.length)]!;
  const figures = Array.from({ length: 200 }, () => routerQuality(rows.map(draw)).apgr);
  const mean = figures.reduce((a, b) => a + b, 0) / figures.length;
  return Math.sqrt(figures.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (figures.length - 1));
}

function round(x: number | null): number | null {
  return x === null ? null : Math.round(x * 1e4) / 1e4;
}
