/**
 * The endpoints that tenants bring themselves: read from the database once a second at most for a tenant that calls,
 * so a change reaches every node within that; keys are opened here and stay in memory.
 */

import type { Catalog } from '../../core/models/catalog.ts';
import { type Candidate, type Capability, candidatesFor, parseCatalog } from '../../core/models/catalog.ts';
import type { Tier } from '../../core/routing/early-exit.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../database.ts';
import type { FieldSealer } from '../field-sealer.ts';
import { endpointsOf } from '../sql/model-endpoints.ts';

interface Entry {
  readonly until: number;
  readonly reading: Promise<Catalog>;
  known: Catalog | undefined;
}

const FRESH_MS = 900;
const MOST_TENANTS = 10_000;
export const NO_CATALOG: Catalog = { endpoints: [] };

export const keyPlace = (name: string) => ({ table: 'model_endpoint', column: 'sealed_key', row: name });

export class TenantEndpoints {
  readonly #ports: { database: Database; sealer: FieldSealer; clock: Clock };
  readonly #entries = new Map<string, Entry>();

  constructor(ports: { database: Database; sealer: FieldSealer; clock: Clock }) {
    this.#ports = ports;
  }

  /** Undefined while they have to be read. */
  now(tenantId: string): Catalog | undefined {
    const entry = this.#entries.get(tenantId);
    return entry && entry.until > this.#ports.clock.monotonic() ? entry.known : undefined;
  }

  async of(tenantId: string): Promise<Catalog> {
    const now = this.#ports.clock.monotonic();
    const found = this.#entries.get(tenantId);
    if (found && found.until > now) return await found.reading;
    const entry: Entry = { until: now + FRESH_MS, known: undefined, reading: this.#read(tenantId) };
    if (this.#entries.size >= MOST_TENANTS) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(tenantId, entry);
    try {
      entry.known = await entry.reading;
      return entry.known;
    } catch (error) {
      if (this.#entries.get(tenantId) === entry) this.#entries.delete(tenantId);
      throw error;
    }
  }

  forget(tenantId: string): void {
    this.#entries.delete(tenantId);
  }

  async #read(tenantId: string): Promise<Catalog> {
    const { database, sealer } = this.#ports;
    const rows = await database.withTenant(tenantId, endpointsOf);
    if (rows.length === 0) return NO_CATALOG;
    const { endpoints } = parseCatalog({
      endpoints: rows.map(row => ({ ...row.definition, name: row.name })),
    });
    return {
      endpoints: await Promise.all(
        endpoints.map(async (endpoint, n) => {
          const { name, sealedKey } = rows[n]!;
          const key = sealedKey === null ? undefined : await sealer.open(tenantId, keyPlace(name), sealedKey);
          // Health is kept by name, over all tenants: each has names of its own.
          return { ...endpoint, name: `${tenantId}/${name}`, own: { key } };
        }),
      ),
    };
  }
}

/** What a tenant brings for this is asked there; only what it does not bring is asked at the platform's. */
export function ownCandidates(
  catalog: Catalog,
  wanted: { readonly model?: string; readonly tier?: Tier },
  capability: Capability,
  region: string | null,
  atMs: number,
): Candidate[] {
  return catalog.endpoints.length === 0 ? [] : candidatesFor(catalog, wanted, capability, region, atMs);
}
