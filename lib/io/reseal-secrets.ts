/**
 * Rolls secrets forward that were sealed before the key service was the one way to seal: under a master key of their
 * own (TROUPE_MASTER_KEY, or `master.key` in the data folder). Opens only; nothing is sealed so any more. Any number of
 * nodes may do it at once, and doing it twice does no harm.
 */
import { createDecipheriv } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../kernel/config.ts';
import { hasCode, TroupeError } from '../kernel/errors.ts';
import { describeError, type Log } from '../kernel/log.ts';
import type { Database } from './database.ts';
import type { FieldSealer } from './field-sealer.ts';
import { unreadable } from './kms.ts';
import { replaceSecret, type SealedSecret, secretPlace, secretsOfOldForm } from './sql/sealed-secrets.ts';

const MOST = 1_000;
const IV_BYTES = 12;
const TAG_END = 28;
const FORM = 'v1.';

type MasterConfig = Pick<Config, 'TROUPE_MASTER_KEY' | 'TROUPE_DATA_DIR'>;

/** How many were sealed anew. Those that no master key at hand opens stay as they are, and are told of in the log. */
export async function resealSecrets(
  ports: { readonly database: Database; readonly sealer: FieldSealer; readonly log: Log },
  config: MasterConfig,
): Promise<number> {
  const { database, sealer, log } = ports;
  const old = await secretsOfOldForm(database, MOST);
  const key = old.length > 0 ? masterKey(config) : undefined;
  let resealed = 0;
  for (const secret of old) {
    try {
      if (!key) throw unreadable(new Error('no master key is at hand'));
      const plain = open(key, purposeOf(secret), secret.sealed);
      const place = secretPlace(secret.table, secret.id);
      const sealed = secret.tenantId
        ? await sealer.seal(secret.tenantId, place, plain)
        : await sealer.sealOwn(place, plain);
      await replaceSecret(database, secret, sealed);
      resealed++;
    } catch (error) {
      if (!hasCode(error, 'sealed-unreadable')) throw error;
      log.warn('secrets.not-resealed', { table: secret.table, id: secret.id, ...describeError(error) });
    }
  }
  return resealed;
}

/** What was authenticated with each. */
function purposeOf({ table, tenantId, id }: SealedSecret): string {
  if (table === 'widget_key') return `widget-key/${tenantId}/${id}`;
  return table === 'oidc_provider' ? `oidc/${tenantId}` : `signing-key/${id}`;
}

function open(key: Buffer, purpose: string, sealed: string): string {
  const bytes = Buffer.from(sealed.slice(FORM.length), 'base64url');
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(IV_BYTES, TAG_END));
    return Buffer.concat([cipher.update(bytes.subarray(TAG_END)), cipher.final()]).toString('utf8');
  } catch (cause) {
    throw unreadable(cause);
  }
}

function masterKey({ TROUPE_MASTER_KEY: given, TROUPE_DATA_DIR: folder }: MasterConfig): Buffer | undefined {
  const file = join(folder, 'master.key');
  const text = given || (existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (!text) return undefined;
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32) throw new TroupeError('config-invalid', 'The master key must be 32 bytes in base64');
  return key;
}
