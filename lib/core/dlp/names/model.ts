/** The linear model that decides what a run is: softmax over four classes, weights from `weights.ts`. */
import { featuresOf } from './features.ts';
import type { Run } from './runs.ts';
import type { Token } from './tokens.ts';
import { WEIGHTS } from './weights.ts';

export const CLASSES = ['none', 'PERSON', 'GPE', 'ORGANIZATION'] as const;

/** Probabilities of the classes from inputs and weights (class by class). */
export function softmax(x: Float64Array, weights: readonly (readonly number[])[]): number[] {
  const logits = weights.map(row => row.reduce((sum, weight, i) => sum + weight * x[i]!, 0));
  const top = Math.max(...logits);
  const exp = logits.map(value => Math.exp(value - top));
  const total = exp.reduce((sum, value) => sum + value, 0);
  return exp.map(value => value / total);
}

/** The likeliest class of a run that is not `none`, with the probability that it is none. */
export function classify(
  tokens: readonly Token[],
  run: Run,
): { entity: string; score: number; none: number } {
  const p = softmax(featuresOf(tokens, run), WEIGHTS);
  let best = 1;
  for (let c = 2; c < p.length; c++) if (p[c]! > p[best]!) best = c;
  return { entity: CLASSES[best]!, score: p[best]!, none: p[0]! };
}
