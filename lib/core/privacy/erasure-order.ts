/** In which order a tenant's tables are emptied: whoever refers to others first. */

export interface TenantTable {
  readonly name: string;
  /** Tables that its rows refer to. */
  readonly refersTo: readonly string[];
}

/** Throws on references in a circle: then no order exists and a migration has to say how. */
export function erasureOrder(tables: readonly TenantTable[]): readonly string[] {
  const left = new Map(tables.map(({ name, refersTo }) => [name, refersTo.filter(other => other !== name)]));
  const order: string[] = [];
  while (left.size > 0) {
    const referred = new Set([...left.values()].flat());
    const free = [...left.keys()].filter(name => !referred.has(name)).sort();
    if (free.length === 0)
      throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join(', ')}`);
    for (const name of free) {
      left.delete(name);
      order.push(name);
    }
  }
  return order;
}
