/**
 * Seals single fields with a tenant's data key (envelope encryption): what is stored is of no use without the
 * key service, cannot be moved to another tenant, table, column or row, and is gone with the tenant's keys.
 */
import { newId } from '../kernel/ids.ts';
import type { Database } from './database.ts';
import { decrypt, encrypt, type Kms, newDataKey, unreadable, type WrappedKey } from './kms.ts';

/** Where a value stands: part of what is authenticated. */
export interface FieldPlace {
  readonly table: string;
  readonly column: string;
  /** Primary key of the row. */
  readonly row: string;
}

interface KeyRow {
  readonly key_id: string;
  readonly wrapped: string;
  readonly wrapped_by: string;
}

const VERSION = 'v1';
const OWN_VERSION = 'p1';
/** Stands where a tenant would: no tenant has that id. */
const PLATFORM = '';
const MOST_KEYS = 10_000;

export class FieldSealer {
  readonly #database: Database;
  readonly #kms: Kms;
  /** Opened data keys by tenant and name; the newest use of a full memory pushes out the oldest. */
  readonly #keys = new Map<string, Buffer>();
  readonly #current = new Map<string, string>();

  constructor(database: Database, kms: Kms) {
    this.#database = database;
    this.#kms = kms;
  }

  /** Text that holds the key's name, never the value. */
  async seal(tenantId: string, place: FieldPlace, plain: string): Promise<string> {
    return (await this.prepared(tenantId))(place, plain);
  }

  /** The same with the key at hand, for inside a transaction: an embedded database has one connection. */
  async prepared(tenantId: string): Promise<(place: FieldPlace, plain: string) => string> {
    const keyId = this.#current.get(tenantId) ?? (await this.#currentOf(tenantId));
    const key = await this.#key(tenantId, keyId);
    return (place, plain) =>
      `${VERSION}.${keyId}.${encrypt(key, Buffer.from(plain), context(tenantId, place))}`;
  }

  /** Whether there are keys at all: a cluster may run without. */
  get configured(): boolean {
    return this.#kms.current !== 'none';
  }

  /** Rejects with `sealed-unreadable` when it is not of this place, or its key is gone. */
  async open(tenantId: string, place: FieldPlace, sealed: string): Promise<string> {
    const [version, keyId, bytes] = sealed.split('.');
    if (version !== VERSION || !keyId || !bytes) throw unreadable();
    return decrypt(await this.#key(tenantId, keyId), bytes, context(tenantId, place)).toString('utf8');
  }

  /** For what belongs to the platform and to no tenant: a data key of its own, wrapped and kept beside it. */
  async sealOwn(place: FieldPlace, plain: string): Promise<string> {
    const key = newDataKey();
    const name = context(PLATFORM, place);
    const wrapped = Buffer.from(JSON.stringify(await this.#kms.wrap(key, name))).toString('base64url');
    return `${OWN_VERSION}.${wrapped}.${encrypt(key, Buffer.from(plain), name)}`;
  }

  /** Rejects with `sealed-unreadable` when it is not of this place, or was wrapped by a key that this node has not. */
  async openOwn(place: FieldPlace, sealed: string): Promise<string> {
    const [version, wrapped, bytes] = sealed.split('.');
    if (version !== OWN_VERSION || !wrapped || !bytes) throw unreadable();
    const name = context(PLATFORM, place);
    const key = await this.#kms.unwrap(
      JSON.parse(Buffer.from(wrapped, 'base64url').toString()) as WrappedKey,
      name,
    );
    return decrypt(key, bytes, name).toString('utf8');
  }

  /** Whether a value should be sealed anew: its key is not the tenant's newest. */
  async isOutdated(tenantId: string, sealed: string): Promise<boolean> {
    return sealed.split('.')[1] !== (await this.#currentOf(tenantId));
  }

  /** A new data key for what is sealed from now on; the old ones open what they sealed. */
  async rotate(tenantId: string): Promise<string> {
    const keyId = await this.#make(tenantId);
    this.#current.set(tenantId, keyId);
    return keyId;
  }

  /** Forgets what other nodes may have changed: called when they say so. */
  forget(tenantId: string): void {
    this.#current.delete(tenantId);
    for (const name of this.#keys.keys()) if (name.startsWith(`${tenantId} `)) this.#keys.delete(name);
  }

  /** Makes everything that was sealed for the tenant unreadable for ever. */
  async shred(tenantId: string): Promise<void> {
    await this.#database.withTenant(tenantId, tx => tx.query('delete from data_key'));
    this.forget(tenantId);
  }

  /** Wraps data keys anew that another key-encryption key than the current one wrapped; nothing else is rewritten. */
  async rewrap(limit = 1_000): Promise<number> {
    const rows = await this.#database.asJob('troupe_control', tx =>
      tx.query<KeyRow & { tenant_id: string }>(
        'select tenant_id, key_id, wrapped, wrapped_by from data_key where wrapped_by <> $1 limit $2',
        [this.#kms.current, limit],
      ),
    );
    for (const { tenant_id: tenantId, key_id: keyId, wrapped, wrapped_by: wrappedBy } of rows) {
      const name = wrapping(tenantId, keyId);
      const anew = await this.#kms.wrap(await this.#kms.unwrap({ wrapped, wrappedBy }, name), name);
      await this.#database.asJob('troupe_control', tx =>
        tx.query('update data_key set wrapped = $3, wrapped_by = $4 where tenant_id = $1 and key_id = $2', [
          tenantId,
          keyId,
          anew.wrapped,
          anew.wrappedBy,
        ]),
      );
    }
    return rows.length;
  }

  async #currentOf(tenantId: string): Promise<string> {
    const [row] = await this.#database.withTenant(tenantId, tx =>
      tx.query<{ key_id: string }>(
        'select key_id from data_key order by created_at desc, key_id desc limit 1',
      ),
    );
    const keyId = row?.key_id ?? (await this.#make(tenantId));
    this.#current.set(tenantId, keyId);
    return keyId;
  }

  async #make(tenantId: string): Promise<string> {
    const keyId = newId('dataKey');
    const key = newDataKey();
    const { wrapped, wrappedBy } = await this.#kms.wrap(key, wrapping(tenantId, keyId));
    await this.#database.withTenant(tenantId, tx =>
      tx.query('insert into data_key (tenant_id, key_id, wrapped, wrapped_by) values ($1, $2, $3, $4)', [
        tenantId,
        keyId,
        wrapped,
        wrappedBy,
      ]),
    );
    this.#remember(tenantId, keyId, key);
    return keyId;
  }

  async #key(tenantId: string, keyId: string): Promise<Buffer> {
    const known = this.#keys.get(`${tenantId} ${keyId}`);
    if (known) return known;
    const [row] = await this.#database.withTenant(tenantId, tx =>
      tx.query<KeyRow>('select key_id, wrapped, wrapped_by from data_key where key_id = $1', [keyId]),
    );
    if (!row) throw unreadable();
    const key = await this.#kms.unwrap(
      { wrapped: row.wrapped, wrappedBy: row.wrapped_by },
      wrapping(tenantId, keyId),
    );
    this.#remember(tenantId, keyId, key);
    return key;
  }

  #remember(tenantId: string, keyId: string, key: Buffer): void {
    if (this.#keys.size >= MOST_KEYS) this.#keys.delete(this.#keys.keys().next().value!);
    this.#keys.set(`${tenantId} ${keyId}`, key);
  }
}

const wrapping = (tenantId: string, keyId: string) => JSON.stringify(['data_key', tenantId, keyId]);

/** A list, so that no two places read the same. */
function context(tenantId: string, { table, column, row }: FieldPlace): string {
  return JSON.stringify([tenantId, table, column, row]);
}
