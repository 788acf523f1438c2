/** Passwords by Argon2id (RFC 9106) with OWASP's least parameters: 19 MiB, 2 passes, 1 lane. Kept in PHC form. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

interface Parameters {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

function derive(password: string, nonce: Uint8Array, cost: Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      { message: password.normalize('NFKC'), nonce, tagLength: 32, ...cost },
      (error, tag) => (error ? reject(error) : resolve(tag)),
    );
  });
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive(password, nonce, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(nonce)}$${base64(tag)}`;
}

/** Takes as long for an account that does not exist (`undefined`) as for one that does. */
export async function checkPassword(password: string, hash: string | undefined): Promise<boolean> {
  const parts = hash === undefined ? null : PHC.exec(hash);
  if (!parts) {
    await derive(password, NOBODY, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES });
    return false;
  }
  const [memory, passes, parallelism] = parts.slice(1, 4).map(Number);
  const tag = await derive(password, Buffer.from(parts[4]!, 'base64'), {
    memory: memory!,
    passes: passes!,
    parallelism: parallelism!,
  });
  const kept = Buffer.from(parts[5]!, 'base64');
  return kept.length === tag.length && timingSafeEqual(kept, tag);
}

const NOBODY = randomBytes(16);
