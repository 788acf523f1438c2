/** Which of overlapping candidates count: the surest first, the longer at a tie, none twice. */
import type { Detection } from './recognizer.ts';

/** Whether `a` counts before `b`. */
function comesFirst(a: Detection, b: Detection): boolean {
  if (a.score !== b.score) return a.score > b.score;
  const longer = a.end - a.start - (b.end - b.start);
  return longer !== 0 ? longer > 0 : a.start < b.start;
}

/** Puts `one` after all that are to stand before it; of few, which is what a segment has, this is the quickest way. */
function insert(into: Detection[], one: Detection, before: (a: Detection, b: Detection) => boolean): void {
  let at = into.length;
  into.push(one);
  for (; at > 0 && before(one, into[at - 1]!); at--) into[at] = into[at - 1]!;
  into[at] = one;
}

const startsFirst = (a: Detection, b: Detection): boolean => a.start < b.start;

/** Detections of at least `threshold` that do not overlap, in order of the text. */
export function resolve(candidates: readonly Detection[], threshold: number): Detection[] {
  const ranked: Detection[] = [];
  for (const one of candidates)
    if (one.score >= threshold && one.end > one.start) insert(ranked, one, comesFirst);
  if (ranked.length < 2) return ranked;
  const kept: Detection[] = [];
  next: for (const one of ranked) {
    for (const other of kept) if (one.start < other.end && other.start < one.end) continue next;
    insert(kept, one, startsFirst);
  }
  return kept;
}
