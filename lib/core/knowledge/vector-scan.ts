/** How a tenant's vectors are searched: all of them one by one, or by the graph (HNSW) that all tenants share. */

export type VectorScan = 'none' | 'exact' | 'hnsw';

/** Up to so many vectors of a tenant an exact scan is quick enough, and misses nothing; the graph is quicker from some 4,000 on (docs/benchmarks/knowledge.md). */
export const EXACT_UP_TO = 8_000;
/**
 * The graph holds every tenant's passages, and those of others are passed over: with a share below this, so many are
 * that the scan would end before it has found enough.
 */
export const LEAST_SHARE = 0.02;

/** `mine`: vectors of the tenant; `all`: of the whole platform, as PostgreSQL estimates it; `graph`: there is one. */
export function chooseScan(mine: number, all: number, graph: boolean): VectorScan {
  if (mine === 0) return 'none';
  if (!graph || mine <= EXACT_UP_TO) return 'exact';
  return mine / Math.max(mine, all) >= LEAST_SHARE ? 'hnsw' : 'exact';
}

/** The best by cosine among unit vectors, best first: for a database that cannot compare vectors. */
export function nearest<Id>(
  query: Float32Array,
  vectors: Iterable<{ readonly id: Id; readonly vector: ArrayLike<number> }>,
  limit: number,
): { readonly id: Id; readonly score: number }[] {
  const found: { id: Id; score: number }[] = [];
  for (const { id, vector } of vectors) {
    let score = 0;
    for (let i = 0; i < query.length; i++) score += query[i]! * vector[i]!;
    found.push({ id, score });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, limit);
}
