/** The linear model that decides what a run is: softmax over four classes, weights from `weights.ts`. */
import { FEATURES, featuresOf, Given } from './features.ts';
import type { Run } from './runs.ts';
import type { Token } from './tokens.ts';
import { WEIGHTS } from './weights.ts';

export const CLASSES = ['none', 'PERSON', 'GPE', 'ORGANIZATION'] as const;

/** Weights by input, all classes of one input side by side. */
const table = new Float64Array(FEATURES.length * CLASSES.length);
for (const [c, row] of WEIGHTS.entries())
  for (const [i, weight] of row.entries()) table[i * CLASSES.length + c] = weight;

/** Turns the logits into probabilities, in place. */
export function softmax(logits: Float64Array): Float64Array {
  let top = logits[0]!;
  for (const value of logits) if (value > top) top = value;
  let total = 0;
  for (let c = 0; c < logits.length; c++) {
    logits[c] = Math.exp(logits[c]! - top);
    total += logits[c]!;
  }
  for (let c = 0; c < logits.length; c++) logits[c]! /= total;
  return logits;
}

const given = new Given();
const p = new Float64Array(CLASSES.length);

/** The likeliest class of a run that is not `none`, with its probability and that of its being none. */
export function classify(
  tokens: readonly Token[],
  run: Run,
): { entity: string; score: number; none: number } {
  featuresOf(tokens, run, given);
  p.fill(0);
  for (let i = 0; i < given.size; i++) {
    const at = given.index[i]! * CLASSES.length;
    const value = given.value[i]!;
    for (let c = 0; c < p.length; c++) p[c]! += table[at + c]! * value;
  }
  softmax(p);
  let best = 1;
  for (let c = 2; c < p.length; c++) if (p[c]! > p[best]!) best = c;
  // Nobody writes of companies in lower case as often as of people.
  if (run.lower && CLASSES[best] === 'ORGANIZATION' && tokens[run.first]!.word.first)
    best = CLASSES.indexOf('PERSON');
  return { entity: CLASSES[best]!, score: p[best]!, none: p[0]! };
}
