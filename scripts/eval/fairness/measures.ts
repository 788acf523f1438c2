/** What fairness means in figures: the gap between backlogged tenants, Jain's index, tail latencies. */
import type { Observer, Served } from './simulate.ts';

/**
 * Largest difference in service that two tenants got over any stretch in which both had calls waiting all
 * along. Per pair: the running difference's range since the later of the two became backlogged.
 */
export class BackloggedGap implements Observer {
  largest = 0;
  private readonly service_ = new Map<string, number>();
  private readonly backlogged = new Set<string>();
  private readonly ranges = new Map<string, { low: number; high: number }>();

  backlog(tenant: string, waiting: number): void {
    if (waiting > 0 && !this.backlogged.has(tenant)) {
      for (const other of this.backlogged) {
        const [a, b] = order(tenant, other);
        const now = this.of(a) - this.of(b);
        this.ranges.set(`${a} ${b}`, { low: now, high: now });
      }
      this.backlogged.add(tenant);
    } else if (waiting === 0) this.backlogged.delete(tenant);
  }

  service(tenant: string, units: number): void {
    this.service_.set(tenant, this.of(tenant) + units);
    if (!this.backlogged.has(tenant)) return;
    for (const other of this.backlogged) {
      if (other === tenant) continue;
      const [a, b] = order(tenant, other);
      const range = this.ranges.get(`${a} ${b}`)!;
      const now = this.of(a) - this.of(b);
      range.low = Math.min(range.low, now);
      range.high = Math.max(range.high, now);
      this.largest = Math.max(this.largest, range.high - range.low);
    }
  }

  private of(tenant: string): number {
    return this.service_.get(tenant) ?? 0;
  }
}

function order(a: string, b: string): [string, string] {
  return a < b ? [a, b] : [b, a];
}

/** (sum x)^2 / (n * sum x^2): 1 when all are equal, 1/n when one has everything (Jain, Chiu, Hawe 1984). */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** Max-min fair division of `capacity` among demands (water filling): nobody gets more than asked. */
export function maxMinShares(demands: ReadonlyMap<string, number>, capacity: number): Map<string, number> {
  const shares = new Map<string, number>();
  const ascending = [...demands].sort((a, b) => a[1] - b[1]);
  let left = capacity;
  ascending.forEach(([tenant, demand], i) => {
    const share = Math.min(demand, left / (ascending.length - i));
    shares.set(tenant, share);
    left -= share;
  });
  return shares;
}

/** The p-quantile (nearest rank), or 0 of nothing. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
}

export function byTenant(served: readonly Served[], figure: (call: Served) => number): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const call of served) {
    const group = groups.get(call.tenant);
    if (group) group.push(figure(call));
    else groups.set(call.tenant, [figure(call)]);
  }
  return groups;
}
