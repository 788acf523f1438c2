/**
 * Whose a key or token is, remembered for a moment. Invariants: nothing is believed for longer than BELIEVED_MS after
 * it was asked; what was revoked meanwhile is forgotten, also an answer on its way; nobody who is known waits.
 */
import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import type { ResultOf } from '../../lib/contracts/contract.ts';
import { authenticateToken } from '../../lib/contracts/identity.contracts.ts';
import { authenticateKeys } from '../../lib/contracts/platform.contracts.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { hasCode, TroupeError } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import type { Identity } from './authentication.ts';

type KeyOwner = ResultOf<typeof authenticateKeys>['owners'][number];

/** What was revoked is believed for so long at most, also by a node that missed the news. Milliseconds. */
const BELIEVED_MS = 900;
/** Who comes again after this much is asked about beside his requests, with all others of whom that is true: none waits for it. */
const RENEWED_MS = 300;
const MOST_REMEMBERED = 10_000;
const MOST_AT_ONCE = 500;

export interface Authenticator {
  /** By `Authorization: Bearer`; at once when it is known. Refuses with `unauthenticated`, thrown at once or later. */
  request(request: Pick<FastifyRequest, 'headers'>): Identity | Promise<Identity>;
  /** By the key or token itself, as sockets give it. */
  key(key: string): Promise<Identity>;
  /** Something of that tenant was revoked or changed; without one, anything may have been. */
  forget(tenantId?: string): void;
}

const LONGEST_KEY = 200;
const LONGEST_TOKEN = 4_000;
const TOKEN_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

interface Remembered {
  identity: Promise<Identity>;
  /** When it was asked; what is answered later counts from then. */
  askedAt: number;
  /** Came again since it was asked: only such are asked about anew. */
  used: boolean;
  readonly token: string | undefined;
  known?: Identity;
}

/** Keys and tokens are remembered by their hash. Rejects with `unauthenticated`. */
export function createAuthenticator(broker: ServiceBroker, clock: Clock, log: Log): Authenticator {
  const remembered = new Map<string, Remembered>();
  let renewing = false;

  async function ask(keyHash: string, token: string | undefined): Promise<Identity> {
    if (token !== undefined) return await call(broker, authenticateToken, { token });
    const { owners } = await call(broker, authenticateKeys, { keyHashes: [keyHash] });
    if (!owners[0])
      throw new TroupeError('unauthenticated', 'This API key is not known, has expired or was revoked');
    return identityOfKey(owners[0]);
  }

  function remember(keyHash: string, token: string | undefined, now: number): Promise<Identity> {
    remembered.delete(keyHash);
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    // The question counts from when it was asked: an answer on its way while something is revoked is forgotten too.
    const entry: Remembered = { identity: ask(keyHash, token), askedAt: now, used: false, token };
    remembered.set(keyHash, entry);
    entry.identity.then(
      identity => {
        entry.known = identity;
      },
      () => {
        if (remembered.get(keyHash) === entry) remembered.delete(keyHash);
      },
    );
    return entry.identity;
  }

  /** Asks once about all keys that came again; whoever was forgotten meanwhile stays forgotten. */
  async function renew(): Promise<void> {
    const now = clock.monotonic();
    const due = [...remembered]
      .filter(([, entry]) => entry.used && entry.known && now - entry.askedAt >= RENEWED_MS / 2)
      .slice(0, MOST_AT_ONCE);
    const confirm = (keyHash: string, entry: Remembered, identity: Identity | undefined) => {
      if (remembered.get(keyHash) !== entry) return;
      if (!identity) return void remembered.delete(keyHash);
      entry.askedAt = now;
      entry.used = false;
      // The same object for as long as nothing changed: what is derived of it is kept with it.
      if (JSON.stringify(identity) === JSON.stringify(entry.known)) return;
      entry.known = identity;
      entry.identity = Promise.resolve(identity);
    };
    const keys = due.filter(([, { token }]) => token === undefined);
    const tokens = due.filter(([, { token }]) => token !== undefined);
    const asked = keys.length
      ? call(broker, authenticateKeys, { keyHashes: keys.map(([keyHash]) => keyHash) }).then(({ owners }) => {
          const byHash = new Map(owners.map(owner => [owner.keyHash, identityOfKey(owner)]));
          for (const [keyHash, entry] of keys) confirm(keyHash, entry, byHash.get(keyHash));
        })
      : undefined;
    await Promise.all([
      asked,
      ...tokens.map(([keyHash, entry]) =>
        ask(keyHash, entry.token).then(
          identity => confirm(keyHash, entry, identity),
          (error: unknown) => {
            if (!hasCode(error, 'unauthenticated')) throw error;
            confirm(keyHash, entry, undefined);
          },
        ),
      ),
    ]);
  }

  function byKey(key: string): Identity | Promise<Identity> {
    if (key === '')
      throw new TroupeError('unauthenticated', 'Give your key or token as auth: { token } in the handshake');
    if (key.length > (key.includes('.') ? LONGEST_TOKEN : LONGEST_KEY))
      throw new TroupeError('unauthenticated', 'That is no key');
    const keyHash = hash('sha256', key, 'hex');
    const now = clock.monotonic();
    const entry = remembered.get(keyHash);
    const age = entry ? now - entry.askedAt : Number.POSITIVE_INFINITY;
    if (!entry || age > BELIEVED_MS) return remember(keyHash, TOKEN_FORM.test(key) ? key : undefined, now);
    entry.used = true;
    if (age > RENEWED_MS && !renewing && entry.known) {
      renewing = true;
      renew()
        // Whoever could not be confirmed is asked about again when his time is over, and hears of it then.
        .catch((error: unknown) => log.debug('authentication.not-renewed', describeError(error)))
        .finally(() => {
          renewing = false;
        });
    }
    return entry.known ?? entry.identity;
  }

  return {
    key: async key => await byKey(key),
    forget(tenantId) {
      for (const [keyHash, { known }] of remembered)
        if (tenantId === undefined || known === undefined || known.tenantId === tenantId)
          remembered.delete(keyHash);
    },
    request(request) {
      const header = request.headers.authorization;
      if (!header)
        throw new TroupeError('unauthenticated', 'Send your API key as "Authorization: Bearer <key>"');
      const [, key] = BEARER.exec(header) ?? [];
      if (!key) throw new TroupeError('unauthenticated', 'The Authorization header must be "Bearer <key>"');
      return byKey(key);
    },
  };
}

const BEARER = /^bearer ([^ ]+)$/i;

function identityOfKey({ tenantId, keyId, scopes, plan, region, expiresAt }: KeyOwner): Identity {
  const subject = { kind: 'key' as const, id: keyId };
  return { tenantId, plan, region, subject, scopes, ...(expiresAt === null ? {} : { expiresAt }) };
}
