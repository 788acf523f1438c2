/**
 * The keys that access tokens are signed with (EdDSA). The newest that this node can open signs; all are believed.
 * A node that has no key yet makes one, so that nodes need not agree first.
 */
import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { insertSigningKey, listSigningKeys } from '../../lib/io/sql/sign-ins.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import type { IdentityPorts } from './identity-ports.ts';

const REMEMBERED_MS = 30_000;
/** A token that names an unknown key makes us look again, but not for each such token. */
const LOOK_AGAIN_MS = 1_000;

interface Keys {
  readonly at: number;
  readonly jwks: readonly JWK[];
  readonly verify: JWTVerifyGetKey;
  readonly signer: { readonly keyId: string; readonly key: CryptoKey } | undefined;
}

export interface SigningKeys {
  signer(): Promise<{ readonly keyId: string; readonly key: CryptoKey }>;
  verifier(keyId: string): Promise<JWTVerifyGetKey>;
  published(): Promise<readonly JWK[]>;
  rotate(): Promise<string>;
}

export function createSigningKeys({
  database,
  sealer,
  clock,
}: Pick<IdentityPorts, 'database' | 'sealer' | 'clock'>): SigningKeys {
  let known: Promise<Keys> | undefined;
  /** The signing key in use, so that the key service is asked once for it. */
  const opened = new Map<string, CryptoKey>();

  async function read(): Promise<Keys> {
    const rows = await listSigningKeys(database);
    const jwks = rows.map(row => row.public_jwk as unknown as JWK);
    let signer: Keys['signer'];
    for (const row of rows) {
      const key = await tryOpen(row.key_id, row.sealed_private);
      if (!key) continue;
      signer = { keyId: row.key_id, key };
      break;
    }
    return { at: clock.monotonic(), jwks, verify: createLocalJWKSet({ keys: jwks }), signer };
  }

  /** Undefined for a key that this node's key service does not open: another node signs with it, we only believe it. */
  async function tryOpen(keyId: string, sealed: string): Promise<CryptoKey | undefined> {
    const held = opened.get(keyId);
    if (held) return held;
    try {
      const jwk = JSON.parse(await sealer.openOwn(secretPlace('signing_key', keyId), sealed)) as JWK;
      const key = (await importJWK(jwk, 'EdDSA')) as CryptoKey;
      opened.clear();
      opened.set(keyId, key);
      return key;
    } catch (error) {
      if (hasCode(error, 'sealed-unreadable')) return undefined;
      throw error;
    }
  }

  async function keys(maxAgeMs: number): Promise<Keys> {
    const held = await known?.catch(() => undefined);
    if (held && clock.monotonic() - held.at < maxAgeMs) return held;
    const reading = read();
    known = reading;
    return await reading;
  }

  async function rotate(): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const keyId = newId('signingKey');
    const about = { kid: keyId, alg: 'EdDSA', use: 'sig' };
    await insertSigningKey(database, {
      key_id: keyId,
      public_jwk: { ...(await exportJWK(publicKey)), ...about } as unknown as Record<string, string>,
      sealed_private: await sealer.sealOwn(
        secretPlace('signing_key', keyId),
        JSON.stringify(await exportJWK(privateKey)),
      ),
    });
    known = undefined;
    return keyId;
  }

  return {
    rotate,
    async signer() {
      const { signer } = await keys(REMEMBERED_MS);
      if (signer) return signer;
      await rotate();
      return (await keys(REMEMBERED_MS)).signer!;
    },
    async verifier(keyId) {
      const held = await keys(REMEMBERED_MS);
      if (held.jwks.some(({ kid }) => kid === keyId)) return held.verify;
      return (await keys(LOOK_AGAIN_MS)).verify;
    },
    async published() {
      return (await keys(LOOK_AGAIN_MS)).jwks;
    },
  };
}
