/**
 * Flags and configs of tenants as a node remembers them, so that asking costs no round trip.
 *
 * Invariants:
 * 1. A node obeys a change within a second: it is told by the coordination port at once, and what it remembers is
 *    compared with the tenant's version in the database when it is older than a second, told or not.
 * 2. When the database is away, what is remembered is served: flags must not fall over with it.
 * 3. Secrets are remembered sealed and opened for whoever asks.
 */
import type { FlagDefinition } from '../core/flags/evaluate.ts';
import type { Clock } from '../kernel/clock.ts';
import { hasCode } from '../kernel/errors.ts';
import type { Coordination } from './coordination.ts';
import type { Database, Transaction } from './database.ts';
import type { FieldSealer } from './field-sealer.ts';
import * as sql from './sql/control.ts';

export const MOST_FLAGS = 500;
export const MOST_CONFIGS = 1_000;
const MOST_TENANTS = 10_000;
/** Age past which what is remembered is compared in the background, and past which nobody is served before. */
const REFRESH_MS = 400;
const STALE_MS = 900;
const CHANNEL = 'control.changed';

export interface Snapshot {
  readonly version: number;
  readonly flags: ReadonlyMap<string, FlagDefinition>;
  readonly configs: ReadonlyMap<string, sql.ConfigRow>;
}

interface Remembered {
  readonly snapshot: Snapshot;
  checkedAt: number;
  refreshing: Promise<Snapshot> | undefined;
}

export const configName = (environment: string, key: string): string => `${environment}\n${key}`;

export class ControlPlane {
  readonly #database: Database;
  readonly #sealer: FieldSealer;
  readonly #clock: Clock;
  readonly #coordination: Coordination;
  readonly #tenants = new Map<string, Remembered>();
  #unsubscribe: (() => Promise<void>) | undefined;

  constructor(ports: { database: Database; sealer: FieldSealer; clock: Clock; coordination: Coordination }) {
    this.#database = ports.database;
    this.#sealer = ports.sealer;
    this.#clock = ports.clock;
    this.#coordination = ports.coordination;
  }

  /** Hears of changes from now on. */
  async start(): Promise<void> {
    this.#unsubscribe = await this.#coordination.subscribe(
      CHANNEL,
      message => {
        const { tenantId } = message as { tenantId: string };
        this.#expire(tenantId);
        this.#sealer.forget(tenantId);
      },
      () => {
        for (const tenantId of this.#tenants.keys()) this.#expire(tenantId);
      },
    );
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.();
  }

  async snapshot(tenantId: string): Promise<Snapshot> {
    const known = this.#tenants.get(tenantId);
    if (!known) return await this.#load(tenantId);
    const age = this.#clock.monotonic() - known.checkedAt;
    if (age < REFRESH_MS) return known.snapshot;
    known.refreshing ??= this.#refresh(tenantId, known).finally(() => {
      known.refreshing = undefined;
    });
    if (age >= STALE_MS) return await known.refreshing;
    known.refreshing.catch(() => {}); // whoever waits for it hears of it
    return known.snapshot;
  }

  /** The value of a config: of the environment, else of `default`. Rejects with `sealed-unreadable`. */
  async config(tenantId: string, environment: string, key: string): Promise<{ value: unknown } | undefined> {
    const { configs } = await this.snapshot(tenantId);
    const row = configs.get(configName(environment, key)) ?? configs.get(configName('default', key));
    if (!row || row.value === null) return undefined;
    const text = row.secret ? await this.#sealer.open(tenantId, placeOf(row), row.value) : row.value;
    return { value: JSON.parse(text) };
  }

  /** One change: counted, committed, and told to every node. */
  async change<T>(tenantId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await this.#database.withTenant(tenantId, async tx => {
      await sql.countChange(tx, tenantId);
      return await work(tx);
    });
    await this.forget(tenantId);
    return result;
  }

  /** A new data key; what was sealed with an old one is sealed anew. Readers find every value at any time. */
  async rotateKey(tenantId: string): Promise<{ keyId: string; resealed: number }> {
    const keyId = await this.#sealer.rotate(tenantId);
    await this.forget(tenantId);
    const rows = await this.#database.withTenant(tenantId, tx => sql.sealedConfigs(tx));
    const anew: [sql.ConfigRow, string][] = [];
    for (const row of rows) {
      if (!(await this.#sealer.isOutdated(tenantId, row.value!))) continue;
      const plain = await this.#sealer.open(tenantId, placeOf(row), row.value!);
      anew.push([row, await this.#sealer.seal(tenantId, placeOf(row), plain)]);
    }
    await this.change(tenantId, async tx => {
      for (const [row, sealed] of anew) await sql.replaceSealed(tx, row, sealed);
    });
    return { keyId, resealed: anew.length };
  }

  /** Makes every node read anew what it remembers of the tenant: flags, configs, opened data keys. */
  async forget(tenantId: string): Promise<void> {
    this.#expire(tenantId);
    await this.#coordination.publish(CHANNEL, { tenantId });
  }

  #expire(tenantId: string): void {
    const known = this.#tenants.get(tenantId);
    if (!known) return;
    known.checkedAt = Number.NEGATIVE_INFINITY;
    known.refreshing = undefined; // a reading that is under way may have missed the change
  }

  async #refresh(tenantId: string, known: Remembered): Promise<Snapshot> {
    const at = this.#clock.monotonic();
    try {
      const version = await this.#database.withTenant(tenantId, tx => sql.readVersion(tx));
      if (version !== known.snapshot.version) return await this.#load(tenantId);
      known.checkedAt = at;
    } catch (error) {
      if (!hasCode(error, 'unavailable')) throw error;
    }
    return known.snapshot;
  }

  async #load(tenantId: string): Promise<Snapshot> {
    const checkedAt = this.#clock.monotonic();
    // The version first: a change in between is then found at the next look, not missed.
    const snapshot = await this.#database.withTenant(tenantId, async tx => {
      const version = await sql.readVersion(tx);
      const flags = await sql.currentFlags(tx, MOST_FLAGS);
      const configs = await sql.currentConfigs(tx, MOST_CONFIGS);
      return {
        version,
        flags: new Map(flags.map(({ key, definition }) => [key, definition!])),
        configs: new Map(configs.map(row => [configName(row.environment, row.key), row])),
      };
    });
    const known = this.#tenants.get(tenantId);
    if (known && known.snapshot.version > snapshot.version) return known.snapshot;
    if (!known && this.#tenants.size >= MOST_TENANTS)
      this.#tenants.delete(this.#tenants.keys().next().value!);
    this.#tenants.set(tenantId, { snapshot, checkedAt, refreshing: undefined });
    return snapshot;
  }
}

export const placeOf = ({
  environment,
  key,
  version,
}: Pick<sql.ConfigRow, 'environment' | 'key' | 'version'>) => ({
  table: 'config_value',
  column: 'value',
  row: JSON.stringify([environment, key, version]),
});
