/** What the ledger's sums say, by what somebody wants to see them. Pure. */

export interface Spent {
  readonly day: string;
  readonly agent: string | null;
  readonly model: string;
  readonly tier: string;
  readonly tokens: number;
  readonly costMicroUsd: number;
}

export type Grouping = 'agent' | 'model' | 'tier';

/** Groups that are told apart in a plot; the smaller ones are one group together. */
const MOST_GROUPS = 5;

export interface Grouped {
  /** The largest first. A name of null: what belongs to no agent, or all the others together. */
  readonly groups: readonly {
    readonly name: string | null;
    readonly rest: boolean;
    readonly microUsd: number;
  }[];
  /** For each day, in their order, what each group cost. */
  readonly byDay: readonly { readonly day: string; readonly microUsd: readonly number[] }[];
}

export function grouped(rows: readonly Spent[], days: readonly string[], by: Grouping): Grouped {
  const totals = new Map<string | null, number>();
  for (const row of rows) totals.set(row[by], (totals.get(row[by]) ?? 0) + row.costMicroUsd);
  const order = [...totals].toSorted(([, a], [, b]) => b - a);
  const shown = order.length > MOST_GROUPS ? order.slice(0, MOST_GROUPS - 1) : order;
  const rest = order.slice(shown.length);
  const groups = shown.map(([name, microUsd]) => ({ name, rest: false, microUsd }));
  if (rest.length > 0)
    groups.push({ name: null, rest: true, microUsd: rest.reduce((sum, [, each]) => sum + each, 0) });
  const placeOf = new Map(shown.map(([name], at) => [name, at]));
  const sums = new Map(days.map(day => [day, groups.map(() => 0)]));
  for (const row of rows) {
    const of = sums.get(row.day);
    if (of) of[placeOf.get(row[by]) ?? shown.length]! += row.costMicroUsd;
  }
  return { groups, byDay: days.map(day => ({ day, microUsd: sums.get(day)! })) };
}

/**
 * What smaller tiers saved: their tokens at the mean price of the largest tier in the same time, less what they cost.
 * Null when nothing went to the largest tier, or to it alone: then there is nothing to compare with.
 */
export function savedBySmaller(rows: readonly Spent[], largest: string): number | null {
  const sum = (which: (row: Spent) => boolean) =>
    rows
      .filter(which)
      .reduce(
        (all, { tokens, costMicroUsd }) => ({ tokens: all.tokens + tokens, cost: all.cost + costMicroUsd }),
        { tokens: 0, cost: 0 },
      );
  const large = sum(({ tier }) => tier === largest);
  const small = sum(({ tier }) => tier !== largest);
  if (large.tokens === 0 || small.tokens === 0) return null;
  return Math.round((large.cost / large.tokens) * small.tokens - small.cost);
}
