/**
 * One ranking of the words' and the vectors' rankings, by reciprocal rank fusion (`fuse.ts`). Fused scores say nothing
 * but the order, and answers weigh passages by their scores: so the i-th passage of the fused order gets the i-th best
 * score of the words.
 */
import { fuse, type Ranked } from './fuse.ts';

export interface FusionWeight {
  /** Weight of the vectors' ranking beside the words' (1). */
  readonly weight: number;
  /** The constant of the fusion. */
  readonly k: number;
  /** Cosine from which a passage counts that the words do not find. */
  readonly least: number;
}

/**
 * The lexical embedding says what the words say, less well: chosen on the training queries of SciFact among weights of
 * 0.02 to 1 and k of 10 and 60 (nDCG@10 0.7195 and recall@10 0.8371 beside 0.7181 and 0.8350 of the words alone; at k
 * 60 and weight 1 it would be 0.6253). Some passage is always nearest: one with none of the words must be rather near (at
 * 0.3 nDCG@10 is 0.7189). A model's vectors count as much as the words, with k of the paper.
 */
export const LEXICAL_FUSION: FusionWeight = { weight: 0.1, k: 10, least: 0.3 };
export const MODEL_FUSION: FusionWeight = { weight: 1, k: 60, least: 0 };

/** Ranks taken of either ranking. */
export const FUSION_DEPTH = 100;
/** What a passage that only the vectors know scores beside the one before it, when the words' scores have run out. */
const DECAY = 0.95;

export interface Fused<Id> extends Ranked<Id> {
  /** From 1; undefined where the ranking does not have it. */
  readonly lexicalRank: number | undefined;
  readonly vectorRank: number | undefined;
}

/** Best first. Scores fall along the order. */
export function fuseHybrid<Id>(
  lexical: readonly Ranked<Id>[],
  nearest: readonly Ranked<Id>[],
  { weight, k, least }: FusionWeight,
  limit: number,
): Fused<Id>[] {
  const lexicalRanks = new Map(lexical.map(({ id }, i) => [id, i + 1]));
  const vectors = nearest.filter(({ id, score }) => score >= least || lexicalRanks.has(id));
  const vectorRanks = new Map(nearest.map(({ id }, i) => [id, i + 1]));
  const order =
    vectors.length === 0
      ? lexical
      : fuse([{ ids: lexical.map(({ id }) => id) }, { ids: vectors.map(({ id }) => id), weight }], k);
  let last = vectors[0]?.score ?? 0;
  return order.slice(0, limit).map(({ id }, i) => {
    last = lexical[i]?.score ?? last * DECAY;
    return { id, score: last, lexicalRank: lexicalRanks.get(id), vectorRank: vectorRanks.get(id) };
  });
}
