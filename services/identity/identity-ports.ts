/** What the identity services stand on, and the words that they share. */
import { createHash, randomBytes } from 'node:crypto';
import { REVOKED, type Revoked } from '../../lib/contracts/revoked.ts';
import type { AuditLog } from '../../lib/io/audit-log.ts';
import type { Coordination } from '../../lib/io/coordination.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import { type Mail, openMail } from '../../lib/io/mail.ts';
import { resealSecrets } from '../../lib/io/reseal-secrets.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';

export interface IdentityPorts {
  readonly database: Database;
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly mail: Mail;
  readonly sealer: FieldSealer;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly outbound: SafeFetch;
  /** Rolls secrets forward that an earlier version sealed; how many. */
  readonly reseal: () => Promise<number>;
  /** Where people reach the platform, without a slash at the end; the issuer of its tokens. */
  readonly publicUrl: string;
}

/** Of a node's ports and settings. */
export function identityPorts({
  config,
  log: logOf,
  database,
  coordination,
  clock,
  outbound,
  sealer,
  audit,
}: Pick<IdentityPorts, 'database' | 'coordination' | 'clock' | 'outbound' | 'sealer' | 'audit'> & {
  readonly config: Config;
  readonly log: (name: string) => Log;
}): IdentityPorts {
  const log = logOf('identity');
  return {
    database,
    coordination,
    clock,
    outbound,
    sealer,
    audit,
    log,
    mail: openMail(config),
    reseal: async () => (sealer.configured ? await resealSecrets({ database, sealer, log }, config) : 0),
    publicUrl: (config.TROUPE_PUBLIC_URL || `http://127.0.0.1:${config.TROUPE_PORT}`).replace(/\/$/, ''),
  };
}

/** Tells gateways to forget what they believe of a tenant, and to let go who is connected with what was ended. */
export async function publishRevoked(
  { coordination }: Pick<IdentityPorts, 'coordination'>,
  revoked: Revoked,
): Promise<void> {
  await coordination.publish(REVOKED, revoked);
}

/** A secret of 256 random bits: stored as its SHA-256, for a slow hash would protect nothing more. */
export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** So many of a key may be shown: enough to tell keys apart, of no use for guessing. */
export function keyPrefix(apiKey: string): string {
  return apiKey.slice(0, 'tk_live_'.length + 4);
}

export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** Tries for one account, wherever they come from. Throws `rate-limited`. */
export async function limitTries(
  coordination: Coordination,
  what: string,
  whom: string,
  most: number,
  windowSeconds: number,
): Promise<void> {
  const key = `${what}:${hashSecret(whom).toString('base64url')}`;
  const taken = await coordination.take(key, { capacity: most, refillPerSecond: most / windowSeconds });
  if (!taken.allowed)
    throw new TroupeError('rate-limited', 'Too many tries for this account', {
      retryAfter: taken.retryAfterMs / 1_000,
    });
}
