/**
 * Seals small secrets of the platform (signing keys, widget and OIDC secrets) with AES-256-GCM under a master key:
 * TROUPE_MASTER_KEY, or a file in the data folder that is made when it is missing. What a secret is for is
 * authenticated with it, so that one row's secret opens nowhere else.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../kernel/config.ts';
import { TroupeError } from '../kernel/errors.ts';

export interface Sealer {
  seal(purpose: string, secret: string): string;
  /** Throws when it was sealed for another purpose or under another master key. */
  open(purpose: string, sealed: string): string;
}

const FORM = 'v1';

export function openSealer(config: Pick<Config, 'TROUPE_MASTER_KEY' | 'TROUPE_DATA_DIR'>): Sealer {
  const key = masterKey(config);
  return {
    seal(purpose, secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `${FORM}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(purpose, text) {
      const bytes = Buffer.from(text.slice(FORM.length + 1), 'base64url');
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8');
    },
  };
}

function masterKey(config: Pick<Config, 'TROUPE_MASTER_KEY' | 'TROUPE_DATA_DIR'>): Buffer {
  const given = config.TROUPE_MASTER_KEY;
  const key = given ? Buffer.from(given, 'base64') : fromFile(config.TROUPE_DATA_DIR);
  if (key.length !== 32)
    throw new TroupeError(
      'config-invalid',
      'The master key must be 32 bytes in base64 (openssl rand -base64 32)',
    );
  return key;
}

function fromFile(dataDir: string): Buffer {
  const file = join(dataDir, 'master.key');
  mkdirSync(dataDir, { recursive: true });
  try {
    // Of two processes that begin at once one makes it, and both read that.
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return Buffer.from(readFileSync(file, 'utf8'), 'base64');
}
