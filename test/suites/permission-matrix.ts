/** Documents for every cell of the matrix of permissions: tenant, sensitivity, roles, expiry. */
import { SENSITIVITIES } from '../../lib/contracts/document-shapes.ts';
import { ingestDocument, setDocumentAccess } from '../../lib/contracts/knowledge.contracts.ts';
import type { Access } from '../../lib/core/knowledge/access.ts';
import { call } from '../../lib/moleculer/action.ts';
import type { TestNode } from './embedded-node.ts';

const YEAR_MS = 365 * 86_400_000;
export const ROLES = [[], ['agent'], ['finance', 'viewer']];
export const EXPIRIES = ['never', 'ahead', 'past'] as const;

export interface Planted extends Access {
  readonly id: string;
  readonly tenantId: string;
  readonly word: string;
}

/** One document for each cell, found by the word they share and told apart by one of its own. */
export async function plant(node: TestNode, tenants: readonly string[]): Promise<Planted[]> {
  const planted: Planted[] = [];
  for (const tenantId of tenants)
    for (const sensitivity of SENSITIVITIES)
      for (const roles of ROLES)
        for (const expiry of EXPIRIES) {
          const word = `quarry${planted.length.toString().padStart(3, '0')}x`;
          const expiresAt =
            expiry === 'never'
              ? null
              : Math.round((Date.now() + (expiry === 'ahead' ? YEAR_MS : -YEAR_MS)) / 1_000) * 1_000;
          const operates = { meta: { tenantId, scopes: ['knowledge', 'operate'] } };
          const { id } = await call(
            node.broker,
            ingestDocument,
            { title: `Stone ${word}`, text: `Marble from ${word}.`, sensitivity, roles },
            operates,
          );
          planted.push({ id, tenantId, word, sensitivity, roles, expiresAt });
        }
  // Afterwards, for each ingestion removes what has expired.
  for (const { id: documentId, tenantId, expiresAt } of planted)
    if (expiresAt !== null)
      await call(
        node.broker,
        setDocumentAccess,
        { documentId, expiresAt: new Date(expiresAt).toISOString() },
        { meta: { tenantId, scopes: ['knowledge', 'operate'] } },
      );
  return planted;
}
