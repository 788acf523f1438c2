/**
 * Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): rankings whose scores cannot be compared are joined by
 * rank, score = sum of weight / (k + rank), with k = 60 as in the paper.
 */

export const RRF_K = 60;

export interface Ranked<Id> {
  readonly id: Id;
  readonly score: number;
}

export interface Ranking<Id> {
  /** Best first. */
  readonly ids: readonly Id[];
  readonly weight?: number;
}

/** Best first; ties keep the order of first appearance. */
export function fuse<Id>(rankings: readonly Ranking<Id>[], k = RRF_K): Ranked<Id>[] {
  const scores = new Map<Id, number>();
  for (const { ids, weight = 1 } of rankings) {
    for (const [i, id] of ids.entries()) scores.set(id, (scores.get(id) ?? 0) + weight / (k + i + 1));
  }
  return Array.from(scores, ([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score);
}
