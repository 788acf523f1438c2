/**
 * Adds to and checks the audit log of a tenant. Writers on all nodes queue at the row of the chain's end, so entries
 * are numbered without gaps. The end is sealed with the tenant's key where there is one: who can write the database
 * but not open the key cannot cut entries off and make a new end.
 */
import { canonicalJson } from '../core/agents/canonical-json.ts';
import { type ChainFault, type ChainPosition, chain, checkChain, genesis } from '../core/audit/chain.ts';
import { auditDetail } from '../core/audit/detail.ts';
import { createDetector } from '../core/dlp/detect.ts';
import type { Clock } from '../kernel/clock.ts';
import { hasCode } from '../kernel/errors.ts';
import type { Database } from './database.ts';
import type { FieldSealer } from './field-sealer.ts';
import * as sql from './sql/audit.ts';

export interface AuditRecord {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** Whatever the entry tells; masked before it is kept. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Verification {
  readonly intact: boolean;
  readonly entries: number;
  readonly sealed: boolean;
  readonly fault?: ChainFault;
}

const PAGE = 1_000;

export class AuditLog {
  readonly #database: Database;
  readonly #sealer: FieldSealer;
  readonly #clock: Clock;
  readonly #detector = createDetector();

  constructor(database: Database, sealer: FieldSealer, clock: Clock) {
    this.#database = database;
    this.#sealer = sealer;
    this.#clock = clock;
  }

  /** Resolves once the entry is committed. */
  async record(tenantId: string, { actor, action, target, detail }: AuditRecord): Promise<ChainPosition> {
    const seal = this.#sealer.configured ? await this.#sealer.prepared(tenantId) : undefined;
    const entry = {
      tenantId,
      at: new Date(this.#clock.now()).toISOString(),
      actor,
      action,
      target,
      detail: canonicalJson(auditDetail(detail, this.#detector)),
    };
    return await this.#database.withTenant(tenantId, async tx => {
      const next = chain(await sql.lockHead(tx, tenantId, genesis(tenantId)), entry);
      await sql.addEntry(tx, next, seal?.(placeOf(tenantId), canonicalJson([next.seq, next.hash])) ?? null);
      return { seq: next.seq, hash: next.hash };
    });
  }

  async verify(tenantId: string): Promise<Verification> {
    // The end first: entries may be added while the chain is read, never taken away.
    const head = await this.#database.withTenant(tenantId, tx => sql.readHead(tx));
    let position: ChainPosition = genesis(tenantId);
    let atHead = position;
    for (;;) {
      const page = await this.#database.withTenant(tenantId, tx => sql.readEntries(tx, position.seq, PAGE));
      const checked = checkChain(tenantId, position, page);
      const sealed = head?.seal != null;
      if ('fault' in checked) return { intact: false, entries: checked.seq - 1, sealed, fault: checked };
      const end = page.find(({ seq }) => seq === head?.seq);
      if (end) atHead = { seq: end.seq, hash: end.hash };
      position = checked;
      if (page.length < PAGE) {
        const intact = await this.#isHead(tenantId, atHead, head);
        return {
          intact,
          entries: position.seq,
          sealed,
          ...(intact ? {} : { fault: { seq: head?.seq ?? position.seq, fault: 'head' } }),
        };
      }
    }
  }

  async #isHead(
    tenantId: string,
    end: ChainPosition,
    head: (ChainPosition & { readonly seal: string | null }) | undefined,
  ): Promise<boolean> {
    if (!head) return end.seq === 0;
    if (end.seq !== head.seq || end.hash !== head.hash) return false;
    if (!this.#sealer.configured || head.seq === 0) return true;
    if (head.seal === null) return false;
    try {
      const opened = await this.#sealer.open(tenantId, placeOf(tenantId), head.seal);
      return opened === canonicalJson([head.seq, head.hash]);
    } catch (error) {
      if (hasCode(error, 'sealed-unreadable')) return false;
      throw error;
    }
  }
}

const placeOf = (tenantId: string) => ({ table: 'audit_head', column: 'seal', row: tenantId });
