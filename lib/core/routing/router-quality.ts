/**
 * How well a score decides which prompts deserve the strong model (Ong et al., RouteLLM, arXiv 2406.18665).
 * Performance gap recovered at a share c of strong calls: (accuracy(c) - weak) / (strong - weak). APGR is its
 * area over c in [0, 1]; CPT(x) the least share of strong calls that recovers x of the gap.
 */

export interface RoutedRow {
  /** Larger: rather the strong model. */
  readonly score: number;
  readonly weak: boolean;
  readonly strong: boolean;
}

export interface RouterQuality {
  readonly apgr: number;
  /** Shares of strong calls, 0 to 1; null where the curve never recovers that much. */
  readonly cpt50: number | null;
  readonly cpt80: number | null;
  readonly weakAccuracy: number;
  readonly strongAccuracy: number;
  readonly n: number;
}

/** Thresholds at the deciles of the score; trapezoids between them; equal scores are routed alike. */
export function routerQuality(rows: readonly RoutedRow[], steps = 10): RouterQuality {
  const n = rows.length;
  const sorted = [...rows].sort((a, b) => b.score - a.score);
  const right = (of: 'weak' | 'strong') => rows.filter(row => row[of]).length / Math.max(n, 1);
  const weakAccuracy = right('weak');
  const strongAccuracy = right('strong');
  const gap = strongAccuracy - weakAccuracy;
  const curve: [share: number, recovered: number][] = [[0, 0]];
  let strongCalls = 0;
  let gain = 0;
  for (let step = 1; step <= steps; step++) {
    const threshold = sorted[Math.min(n - 1, Math.round((step * n) / steps) - 1)]?.score ?? 0;
    while (strongCalls < n && sorted[strongCalls]!.score >= threshold) {
      gain += Number(sorted[strongCalls]!.strong) - Number(sorted[strongCalls]!.weak);
      strongCalls++;
    }
    curve.push([strongCalls / n, gap === 0 ? 0 : gain / n / gap]);
  }
  return {
    apgr: area(curve),
    cpt50: firstReaching(curve, 0.5),
    cpt80: firstReaching(curve, 0.8),
    weakAccuracy,
    strongAccuracy,
    n,
  };
}

function area(curve: readonly [number, number][]): number {
  let sum = 0;
  for (let i = 1; i < curve.length; i++)
    sum += ((curve[i]![0] - curve[i - 1]![0]) * (curve[i]![1] + curve[i - 1]![1])) / 2;
  return sum;
}

function firstReaching(curve: readonly [number, number][], recovered: number): number | null {
  for (let i = 1; i < curve.length; i++) {
    const [fromShare, fromGap] = curve[i - 1]!;
    const [toShare, toGap] = curve[i]!;
    if (toGap >= recovered)
      return fromShare + ((recovered - fromGap) / Math.max(toGap - fromGap, 1e-12)) * (toShare - fromShare);
  }
  return null;
}
