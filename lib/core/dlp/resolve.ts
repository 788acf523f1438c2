/** Which of overlapping candidates count: the surest first, the longer at a tie, none twice. */
import type { Detection } from './recognizer.ts';

/** Detections of at least `threshold` that do not overlap, in order of the text. */
export function resolve(candidates: readonly Detection[], threshold: number): Detection[] {
  if (candidates.length === 1) {
    const { score, start, end } = candidates[0]!;
    return score >= threshold && end > start ? [candidates[0]!] : [];
  }
  const ranked = candidates
    .filter(candidate => candidate.score >= threshold && candidate.end > candidate.start)
    .sort((a, b) => b.score - a.score || b.end - b.start - (a.end - a.start) || a.start - b.start);
  const kept: Detection[] = [];
  for (const candidate of ranked) {
    if (!kept.some(other => candidate.start < other.end && other.start < candidate.end)) kept.push(candidate);
  }
  return kept.sort((a, b) => a.start - b.start);
}
