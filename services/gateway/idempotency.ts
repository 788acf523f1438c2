/**
 * Requests that carry an Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header).
 *
 * Invariants:
 * 1. A key belongs to a tenant, a subject and a route. With the same request it is answered as it was the first
 *    time; with another one it is refused (`idempotency-mismatch`).
 * 2. While the first is worked on, a second is told to wait (`idempotency-in-flight`): it never works beside it.
 * 3. What certainly changed nothing frees the key. When a node dies, or an outcome is not known, the key is held
 *    until the request's time has passed; then it may be run again if the contract says that repeating does no
 *    harm, else it answers `outcome-unknown`.
 */
import { createHash } from 'node:crypto';
import type { AnyContract } from '../../lib/contracts/contract.ts';
import { canonicalJson } from '../../lib/core/agents/canonical-json.ts';
import type { Database } from '../../lib/io/database.ts';
import {
  type IdempotentRequest,
  keepAnswer,
  type RecordedAnswer,
  releaseKey,
  removeExpired,
  takeKey,
} from '../../lib/io/sql/idempotency.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';

/** How long an answer is kept. */
const KEEP_MS = 24 * 3_600_000;
/** A node that has not answered by this much after the request's time has gone. */
const GRACE_MS = 5_000;
const LARGEST_ANSWER = 262_144;
/** Every so many requests those whose time has passed are removed. */
const SWEEP_EVERY = 100;
const SWEEP_ROWS = 1_000;
const KEY_FORM = /^[\w.:@+=-]{1,200}$/;
/** Refused before anything was begun. */
const UNBEGUN: readonly string[] = ['rate-limited', 'mailbox-full', 'overloaded', 'forbidden'];

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The key of a request, checked. Throws `validation-failed`. */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && KEY_FORM.test(header)) return header;
  throw new TroupeError(
    'validation-failed',
    'Idempotency-Key has 1 to 200 letters, digits or . _ : @ + = -',
    { data: { fields: [{ field: 'Idempotency-Key', rule: 'pattern' }] } },
  );
}

export interface Idempotency {
  /** Runs `work` once for the key. `asAnswer` makes an error what it looks like over HTTP. */
  once(
    request: { tenantId: string; subject: string; contract: AnyContract; key: string; params: unknown },
    work: () => Promise<Answer>,
    asAnswer: (error: unknown) => Answer & { readonly error: TroupeError },
  ): Promise<Answer & { readonly replayed: boolean }>;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

export function createIdempotency(database: Database, limitMs: number): Idempotency {
  let handled = 0;
  return {
    async once({ tenantId, subject, contract, key, params }, work, asAnswer) {
      const { repeatable = false } = contract.http!;
      const asked: IdempotentRequest = {
        tenantId,
        subject,
        route: contract.name,
        keyHash: sha256(key),
        digest: sha256(canonicalJson(params)),
      };
      const holder = newId('request');
      const known = await database.withTenant(tenantId, async tx => {
        if (handled++ % SWEEP_EVERY === 0) await removeExpired(tx, tenantId, SWEEP_ROWS);
        const hold = { holder, lockMs: limitMs + GRACE_MS, keepMs: KEEP_MS, takeOver: repeatable };
        return await takeKey(tx, asked, hold);
      });
      if (known !== 'taken') return { ...answerOf(known), replayed: true };
      const keep = (answer: Answer) =>
        database.withTenant(tenantId, tx =>
          keepAnswer(tx, asked, holder, {
            status: answer.status,
            body: answer.body.length > LARGEST_ANSWER ? null : answer.body,
          }),
        );
      try {
        const answer = await work();
        await keep(answer);
        return { ...answer, replayed: false };
      } catch (thrown) {
        const { error, ...answer } = asAnswer(thrown);
        if (!error.retryable) await keep(answer);
        else if (repeatable || UNBEGUN.includes(error.code))
          await database.withTenant(tenantId, tx => releaseKey(tx, asked, holder));
        throw thrown;
      }
    },
  };
}

/** What a key that is not free is answered with. */
function answerOf({ same, status, body, held }: RecordedAnswer): Answer {
  if (!same)
    throw new TroupeError('idempotency-mismatch', 'This Idempotency-Key was used for another request');
  if (status === null && held)
    throw new TroupeError('idempotency-in-flight', 'The first request with this key is still worked on', {
      retryAfter: 1,
    });
  if (status === null)
    throw new TroupeError(
      'outcome-unknown',
      'The first request with this key was broken off: look whether it was done before you send another key',
    );
  if (body === null)
    throw new TroupeError(
      'answer-not-kept',
      `The first request with this key was answered with ${status}; its answer is too large to keep`,
    );
  return { status, body };
}
