/**
 * The chain of an audit log: each entry's hash covers all that it says and the hash before it, so an entry that was
 * edited, left out, put in or moved breaks the chain at its place.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../agents/canonical-json.ts';

export interface AuditEntry {
  readonly tenantId: string;
  /** Counts up from 1 without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** `user:<id>`, `key:<id>` or `node:<id>`. */
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** Canonical JSON. */
  readonly detail: string;
  /** Hash of the entry before, in hexadecimal. */
  readonly previous: string;
}

export interface ChainedEntry extends AuditEntry {
  readonly hash: string;
}

/** How far a chain has been checked. */
export interface ChainPosition {
  readonly seq: number;
  readonly hash: string;
}

export interface ChainFault {
  readonly seq: number;
  readonly fault: 'gap' | 'order' | 'link' | 'content' | 'tenant' | 'head';
}

/** Before a tenant's first entry; names the tenant, so that a whole chain cannot be passed off as another's. */
export function genesis(tenantId: string): ChainPosition {
  return { seq: 0, hash: sha256(`troupe audit ${tenantId}`) };
}

/** SHA-256 over the canonical JSON of everything that the entry says. */
export function hashEntry(entry: AuditEntry): string {
  const { tenantId, seq, at, actor, action, target, detail, previous } = entry;
  return sha256(canonicalJson([tenantId, seq, at, actor, action, target, detail, previous]));
}

/** The next entry of a chain. */
export function chain(last: ChainPosition, entry: Omit<AuditEntry, 'seq' | 'previous'>): ChainedEntry {
  const next = { ...entry, seq: last.seq + 1, previous: last.hash };
  return { ...next, hash: hashEntry(next) };
}

/** Checks entries in the order of their sequence, from a position on. */
export function checkChain(
  tenantId: string,
  from: ChainPosition,
  entries: readonly ChainedEntry[],
): ChainPosition | ChainFault {
  let { seq, hash } = from;
  for (const entry of entries) {
    if (entry.tenantId !== tenantId) return { seq: entry.seq, fault: 'tenant' };
    if (entry.seq !== seq + 1) return { seq: seq + 1, fault: entry.seq > seq + 1 ? 'gap' : 'order' };
    if (entry.previous !== hash) return { seq: entry.seq, fault: 'link' };
    if (hashEntry(entry) !== entry.hash) return { seq: entry.seq, fault: 'content' };
    ({ seq, hash } = entry);
  }
  return { seq, hash };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
