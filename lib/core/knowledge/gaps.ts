/** Questions that nothing answered: without what is personal in them, and like ones together. */
import { createDetector, type Detector } from '../dlp/detect.ts';
import { LOG_POLICY } from '../dlp/policy.ts';
import { redact } from '../dlp/redact.ts';
import { cosine } from './embed.ts';

/** Characters kept of a question. */
export const MOST_QUESTION = 1_000;
/** From this cosine of the lexical embedding two questions are one gap: they ask it in nearly the same words. */
export const SAME_GAP = 0.6;

let detector: Detector | undefined;

export function redactQuestion(question: string): string {
  detector ??= createDetector();
  return redact(question, { detector, policy: LOG_POLICY }).text;
}

/** The gap that a question belongs to, if there is one. */
export function closestGap<G extends { readonly embedding: ArrayLike<number> }>(
  embedding: Float32Array,
  gaps: readonly G[],
): G | undefined {
  let best: G | undefined;
  let nearest = SAME_GAP;
  for (const gap of gaps) {
    const near = cosine(embedding, Float32Array.from(gap.embedding));
    if (near < nearest) continue;
    nearest = near;
    best = gap;
  }
  return best;
}
