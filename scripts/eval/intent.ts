/**
 * Intent classification on files in the formats of BANKING77 (csv `text,category`) and CLINC150 (json, or
 * json.gz, with the keys train / val / test and oos_*). Trains on --train alone, reports on --data.
 */

import { areaUnderRoc, expectedCalibrationError } from '../../lib/core/routing/calibration.ts';
import { classifyIntent, type LabelledText, trainIntent } from '../../lib/core/routing/intent-classifier.ts';
import { seededRandom } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';
import { readIntents } from './readers/intents.ts';

export const about = 'intent and out-of-scope detection: accuracy, calibration';
export const options = {
  train: { type: 'string', multiple: true, about: 'training file(s): csv, json or json.gz' },
  data: { type: 'string', about: 'file to report on' },
  seed: { type: 'string', about: 'seed of training, default 1' },
} as const satisfies EvalSuite['options'];

export async function run(
  given: EvalOptions,
  positionals: readonly string[],
): Promise<Record<string, unknown>> {
  const trainFiles = [given.train ?? [], ...positionals].flat().map(String);
  if (trainFiles.length === 0 || typeof given.data !== 'string')
    throw new TroupeError('validation-failed', 'needs --train and --data');
  const parts = trainFiles.map(readIntents);
  const train = parts.flatMap(part => part.train);
  const held = parts.flatMap(part => part.held);
  const began = performance.now();
  const model = trainIntent(train, held.length > 0 ? held : null, seededRandom(Number(given.seed ?? 1)));
  const trainSeconds = (performance.now() - began) / 1000;
  console.error(`trained on ${train.length + held.length} texts in ${trainSeconds.toFixed(0)} s`);
  return report(readIntents(given.data), text => classifyIntent(model, text));

  function report(
    file: ReturnType<typeof readIntents>,
    classify: (text: string) => ReturnType<typeof classifyIntent>,
  ) {
    const rows = file.test.length > 0 ? file.test : [...file.train, ...file.held];
    const answers = rows.map(row => classify(row.text));
    const inside = rows.flatMap((row, i) => (row.label === null ? [] : [i]));
    const right = (i: number) => answers[i]!.nearest === rows[i]!.label;
    const figures: Record<string, unknown> = {
      accuracy: share(inside, right),
      ece: round(
        expectedCalibrationError(
          inside.map(i => answers[i]!.confidence),
          inside.map(right),
        ),
      ),
      n: rows.length,
      train_seconds: Math.round(trainSeconds),
    };
    if (inside.length < rows.length) addScope(figures, rows, answers);
    return figures;
  }
}

function addScope(
  figures: Record<string, unknown>,
  rows: readonly LabelledText[],
  answers: readonly ReturnType<typeof classifyIntent>[],
): void {
  const all = rows.map((_, i) => i);
  const inside = all.filter(i => rows[i]!.label !== null);
  const outside = all.filter(i => rows[i]!.label === null);
  figures.in_scope_accuracy = share(inside, i => answers[i]!.label === rows[i]!.label);
  figures.oos_recall = share(outside, i => answers[i]!.label === null);
  figures.auroc = round(
    areaUnderRoc(
      answers.map(each => each.outOfScope),
      rows.map(row => row.label === null),
    ),
  );
  figures.n_oos = outside.length;
}

function share(indices: readonly number[], holds: (i: number) => boolean): number {
  return round(indices.filter(holds).length / Math.max(indices.length, 1));
}

function round(x: number): number {
  return Math.round(x * 1e4) / 1e4;
}
