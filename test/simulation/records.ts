/** What the simulated database keeps, and who is told of it. */
import type { StoredRow } from '../../lib/contracts/journal.ts';

export interface Row extends StoredRow {
  readonly tenantId: string;
  readonly actor: string;
  readonly xid: bigint;
  readonly at: number;
}

export interface Lease {
  readonly epoch: number;
  readonly nodeId: string;
  state: 'alive' | 'lost' | 'recovered';
  expiresAt: number;
  lowWater: bigint;
}

export interface Transaction {
  readonly xid: bigint;
  readonly epoch: number;
  readonly rows: Row[];
  readonly keys: string[];
  waiters: (() => void)[];
}

/** What the world is told of. */
export interface DatabaseListener {
  committed(row: Row, lease: Lease): void;
  leaseChanged(lease: Lease): void;
}
