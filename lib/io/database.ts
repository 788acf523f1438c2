/**
 * The database port. PostgreSQL (`postgres.ts`) and the embedded PGlite (`pglite.ts`) implement it and pass
 * one suite of tests (`test/suites/database.ts`).
 *
 * Invariants:
 * 1. Tenant tables are reached by `withTenant` only: it sets the role and `app.tenant_id` inside the
 *    transaction, and row-level security does the rest.
 * 2. Work across tenants uses a named role whose policies allow just that work (`asJob`, `statement`).
 * 3. A promise that resolves means committed; one that rejects means nothing was written, unless the
 *    connection broke: then the outcome is unknown and the caller asks the database.
 */

import type { Reader } from '../core/knowledge/access.ts';

/** Roles for work that is not one tenant's. Migration 0001 says what each may do. */
export type JobRole =
  | 'troupe_identity'
  | 'troupe_runtime'
  | 'troupe_relay'
  | 'troupe_control'
  | 'troupe_erasure'
  | 'troupe_metering'
  | 'troupe_routing'
  | 'troupe_channels'
  | 'troupe_knowledge';

export interface Transaction {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

export interface Database {
  readonly kind: 'postgres' | 'pglite';
  /**
   * One transaction as the application's role, confined to the tenant by row-level security. Of the tenant's knowledge
   * it reads what `reader` may; without one, what any customer may.
   */
  withTenant<T>(tenantId: string, work: (tx: Transaction) => Promise<T>, reader?: Reader): Promise<T>;
  /** One transaction as a job's role. */
  asJob<T>(role: JobRole, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * One prepared statement in its own transaction, as a job's role: a single round trip, for hot paths.
   * Arrays must be text[] (strings), int8[] (numbers) or bool[] (booleans).
   */
  statement<Row extends object>(
    role: JobRole,
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]>;
  /** One transaction as the owner of the schema. For migrations only. */
  asOwner<T>(work: (tx: OwnerTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface OwnerTransaction extends Transaction {
  /** Runs several statements without values. */
  script(text: string): Promise<void>;
}
