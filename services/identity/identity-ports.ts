/** What the identity services stand on, and the words that they share. */
import { createHash, randomBytes } from 'node:crypto';
import type { Coordination } from '../../lib/io/coordination.ts';
import type { Database } from '../../lib/io/database.ts';
import { type Mail, openMail } from '../../lib/io/mail.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import { openSealer, type Sealer } from '../../lib/io/sealing.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

export interface IdentityPorts {
  readonly database: Database;
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly mail: Mail;
  readonly sealer: Sealer;
  readonly outbound: SafeFetch;
  /** Where people reach the platform, without a slash at the end; the issuer of its tokens. */
  readonly publicUrl: string;
}

/** Of a node's ports and settings. */
export function identityPorts({
  config,
  database,
  coordination,
  clock,
  outbound,
}: Pick<IdentityPorts, 'database' | 'coordination' | 'clock' | 'outbound'> & {
  readonly config: Config;
}): IdentityPorts {
  return {
    database,
    coordination,
    clock,
    outbound,
    mail: openMail(config),
    sealer: openSealer(config),
    publicUrl: (config.TROUPE_PUBLIC_URL || `http://127.0.0.1:${config.TROUPE_PORT}`).replace(/\/$/, ''),
  };
}

/** Gateways forget what they believe of a tenant when this is published: `{tenantId}`. */
export const REVOKED = 'identity.revoked';

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
