/** Owns API keys and customers' tokens as a tenant manages them. A key is shown once, kept as its hash, listed by its beginning. */
import { SignJWT } from 'jose';
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/members.contracts.ts';
import type { Revoked } from '../../lib/contracts/revoked.ts';
import { planOf } from '../../lib/core/pricing/plans.ts';
import type { Transaction } from '../../lib/io/database.ts';
import {
  endKey,
  findTenantRow,
  findWidgetKey,
  insertKeyRow,
  listKeyRows,
  replaceWidgetKey,
} from '../../lib/io/sql/members.ts';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action, type Meta } from '../../lib/moleculer/action.ts';
import { hashSecret, type IdentityPorts, keyPrefix, newSecret, publishRevoked } from './identity-ports.ts';
import { WIDGET_AUDIENCE, WIDGET_TYPE } from './sessions.ts';

const OVERLAP_SECONDS = 3_600;
const WIDGET_SECONDS = 3_600;

export function keysService(ports: IdentityPorts): ServiceSchema {
  const { database, sealer } = ports;
  const changed = (tenantId: string, ended?: Revoked['ended']) =>
    publishRevoked(ports, { tenantId, ...(ended ? { ended } : {}) });

  async function insert(
    tx: Transaction,
    meta: Meta,
    key: { name: string; scopes: readonly string[]; expiresInDays?: number | undefined },
    spare: number,
  ) {
    const beyond = key.scopes.find(scope => meta.scopes && !meta.scopes.includes(scope));
    if (beyond)
      throw new TroupeError('forbidden', `You may not give the scope "${beyond}": you do not have it`);
    const [keyId, apiKey] = [newId('apiKey'), newSecret('tk_live_')];
    const { apiKeys } = planOf((await findTenantRow(tx))?.plan ?? 'free');
    const made = await insertKeyRow(tx, {
      tenantId: meta.tenantId!,
      keyId,
      keyHash: hashSecret(apiKey),
      prefix: keyPrefix(apiKey),
      name: key.name,
      scopes: key.scopes,
      expiresInDays: key.expiresInDays,
      most: apiKeys + spare,
    });
    if (!made) throw new TroupeError('quota-exhausted', `The plan allows ${apiKeys} API keys`);
    return { keyId, apiKey };
  }

  return {
    name: 'keys',
    actions: {
      list: action(contracts.listKeys, async ({ meta }) => {
        const rows = await database.withTenant(meta.tenantId!, listKeyRows);
        return {
          keys: rows.map(row => ({
            keyId: row.key_id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes,
            createdAt: row.created_at.toISOString(),
            expiresAt: row.expires_at?.toISOString() ?? null,
            lastUsedAt: row.last_used_at?.toISOString() ?? null,
            revokedAt: row.revoked_at?.toISOString() ?? null,
          })),
        };
      }),

      create: action(contracts.makeKey, ({ params, meta }) =>
        database.withTenant(meta.tenantId!, tx => insert(tx, meta, params, 0)),
      ),

      rotate: action(contracts.rotateKey, async ({ params, meta }) => {
        const made = await database.withTenant(meta.tenantId!, async tx => {
          const old = await endKey(tx, params.keyId, params.overlapSeconds ?? OVERLAP_SECONDS);
          if (!old) throw new TroupeError('not-found', 'No living key of that id');
          return await insert(tx, meta, { name: old.name, scopes: old.scopes }, 1);
        });
        // With an overlap the old key lives on, and so do its connections.
        await changed(
          meta.tenantId!,
          params.overlapSeconds === 0 ? { kind: 'key', id: params.keyId } : undefined,
        );
        return made;
      }),

      revoke: action(contracts.revokeKey, async ({ params, meta }) => {
        const ended = await database.withTenant(meta.tenantId!, tx => endKey(tx, params.keyId, 0));
        if (!ended) throw new TroupeError('not-found', 'No living key of that id');
        await changed(meta.tenantId!, { kind: 'key', id: params.keyId });
        return { revoked: true };
      }),

      createWidgetKey: action(contracts.makeWidgetKey, async ({ meta }) => {
        const tenantId = meta.tenantId!;
        const [keyId, secret] = [newId('widgetKey'), newSecret('ws_')];
        const sealedSecret = await sealer.seal(tenantId, secretPlace('widget_key', keyId), secret);
        await database.withTenant(tenantId, tx => replaceWidgetKey(tx, { tenantId, keyId, sealedSecret }));
        await changed(tenantId, { kind: 'widget' });
        return { keyId, secret };
      }),

      createWidgetToken: action(contracts.makeWidgetToken, async ({ params, meta }) => {
        const row = await findWidgetKey(database, { tenantId: meta.tenantId! });
        if (!row)
          throw new TroupeError('conflict', 'Make a widget key first: POST /api/v1/tenants/widget-key');
        const place = secretPlace('widget_key', row.key_id);
        const secret = await sealer.open(row.tenant_id, place, row.sealed_secret);
        const token = await new SignJWT({})
          .setProtectedHeader({ alg: 'HS256', kid: row.key_id, typ: WIDGET_TYPE })
          .setSubject(params.customerId)
          .setAudience(WIDGET_AUDIENCE)
          .setIssuedAt()
          .setExpirationTime(`${params.expiresInSeconds ?? WIDGET_SECONDS}s`)
          .sign(Buffer.from(secret));
        return { token };
      }),
    },
  };
}
