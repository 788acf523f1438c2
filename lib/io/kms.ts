/**
 * The port to whoever keeps the key-encryption keys (NIST SP 800-57: they wrap data keys and nothing else). `local`
 * keeps them in a file of the data folder or takes them from a setting; `vault` asks HashiCorp Vault's transit engine,
 * whose keys never leave it; so does AWS KMS (`aws-kms.ts`). `open-kms.ts` chooses.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { TroupeError } from '../kernel/errors.ts';

export interface WrappedKey {
  readonly wrapped: string;
  /** Names the key-encryption key; what is wrapped by another than `current` should be wrapped anew. */
  readonly wrappedBy: string;
}

export interface Kms {
  /** Names the key that wraps now. */
  readonly current: string;
  /** `context` is authenticated: what is wrapped for one tenant cannot be unwrapped as another's. */
  wrap(key: Buffer, context: string): Promise<WrappedKey>;
  /** Rejects with `sealed-unreadable` when the key is not known or the context is another. */
  unwrap(wrapped: WrappedKey, context: string): Promise<Buffer>;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a random nonce (SP 800-38D): nonce, ciphertext and tag as base64url. */
export function encrypt(key: Buffer, plain: Buffer, context: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(context));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Throws `sealed-unreadable` when key, context or bytes are not those of `encrypt`. */
export function decrypt(key: Buffer, sealed: string, context: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw unreadable();
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    return Buffer.concat([
      decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw unreadable(cause);
  }
}

export function unreadable(cause?: unknown): TroupeError {
  return new TroupeError(
    'sealed-unreadable',
    'A sealed value cannot be opened',
    cause === undefined ? {} : { cause },
  );
}

/** Keys by name, the first wraps. */
export function localKms(keys: ReadonlyMap<string, Buffer>): Kms {
  const [current] = keys.keys();
  if (current === undefined) throw new TroupeError('config-invalid', 'No key-encryption key is given');
  return {
    current,
    async wrap(key, context) {
      return { wrapped: encrypt(keys.get(current)!, key, context), wrappedBy: current };
    },
    async unwrap({ wrapped, wrappedBy }, context) {
      const key = keys.get(wrappedBy);
      if (!key) throw unreadable(new Error(`key-encryption key ${wrappedBy} is not configured`));
      return decrypt(key, wrapped, context);
    },
  };
}

/** HashiCorp Vault, transit secrets engine: POST /v1/transit/{encrypt,decrypt}/<key>. */
export function vaultKms({ url, token, key }: { url: string; token: string; key: string }): Kms {
  const current = `vault:${key}`;
  async function ask(
    verb: 'encrypt' | 'decrypt',
    body: Record<string, string>,
  ): Promise<Record<string, string>> {
    const response = await fetch(new URL(`/v1/transit/${verb}/${encodeURIComponent(key)}`, url), {
      method: 'POST',
      headers: { 'x-vault-token': token, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    }).catch((cause: unknown) => {
      throw new TroupeError('unavailable', 'The key service cannot be reached', { cause, retryAfter: 1 });
    });
    if (response.status === 400 && verb === 'decrypt') throw unreadable();
    if (!response.ok)
      throw new TroupeError('unavailable', `The key service refused (${response.status})`, { retryAfter: 1 });
    return ((await response.json()) as { data: Record<string, string> }).data;
  }
  const associated = (context: string) => Buffer.from(context).toString('base64');
  return {
    current,
    async wrap(plain, context) {
      const { ciphertext } = await ask('encrypt', {
        plaintext: plain.toString('base64'),
        associated_data: associated(context),
      });
      return { wrapped: ciphertext!, wrappedBy: current };
    },
    async unwrap({ wrapped }, context) {
      const { plaintext } = await ask('decrypt', {
        ciphertext: wrapped,
        associated_data: associated(context),
      });
      return Buffer.from(plaintext!, 'base64');
    },
  };
}

/** `<name>:<base64 of 32 bytes>`, several separated by commas, the one that wraps first. Throws `config-invalid`. */
export function parseKeys(text: string): ReadonlyMap<string, Buffer> {
  return new Map(
    text.split(',').map(part => {
      const colon = part.indexOf(':');
      const key = Buffer.from(part.slice(colon + 1), 'base64');
      if (colon < 1 || key.length !== KEY_BYTES)
        throw new TroupeError(
          'config-invalid',
          'TROUPE_KMS_KEYS must be <name>:<base64 of 32 bytes>, separated by commas',
        );
      return [part.slice(0, colon), key] as const;
    }),
  );
}

export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}
