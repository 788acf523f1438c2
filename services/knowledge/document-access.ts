/** Rules of access as callers set them. */
import { KEEPER, readerOf } from '../../lib/core/knowledge/access.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import * as documents from '../../lib/io/sql/knowledge-access.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Meta } from '../../lib/moleculer/action.ts';

/** The document's rules, if the caller may read it; expired or not. */
export function managed(database: Database, meta: Meta, documentId: string) {
  const reader = { ...readerOf(meta), expired: true };
  return database.withTenant(meta.tenantId!, tx => documents.readAccess(tx, documentId), reader);
}

export async function changeAccess(
  database: Database,
  meta: Meta,
  documentId: string,
  change: documents.AccessChange,
  also: (tx: Transaction) => Promise<void> = async () => {},
) {
  if (!(await managed(database, meta, documentId))) return undefined;
  const work = async (tx: Transaction) => {
    await documents.changeAccess(tx, documentId, change);
    await also(tx);
    return await documents.readAccess(tx, documentId);
  };
  return await database.withTenant(meta.tenantId!, work, KEEPER);
}

/** Throws `forbidden` or `validation-failed`. */
export function checkAccess(meta: Meta, { expiresAt, legalHold }: documents.AccessChange): void {
  if (legalHold !== undefined && !meta.scopes?.includes('operate'))
    throw new TroupeError('forbidden', 'Legal hold needs the scope "operate"');
  if (typeof expiresAt === 'string' && Number.isNaN(Date.parse(expiresAt)))
    throw new TroupeError('validation-failed', '"expiresAt" is no date');
}

export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
