/**
 * Layered admission: the client's address, the tenant, and whoever asks for it, taken together or not at all in one
 * step of the coordination port; a refusal says which layer it was. What is worth guessing at has limits of its own,
 * and an address that gives wrong credentials too often waits before it is listened to again.
 * Headers: draft-ietf-httpapi-ratelimit-headers-11.
 */
import type { HttpRoute } from '../../lib/contracts/contract.ts';
import { planOf } from '../../lib/core/pricing/plans.ts';
import type { Bucket, Coordination, TakeResult } from '../../lib/io/coordination.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Identity } from './authentication.ts';

export type SetHeader = (name: string, value: string) => unknown;

interface Layer extends Bucket {
  /** As the headers call it. */
  readonly name: 'address' | 'tenant' | 'subject' | 'messages' | 'attempts';
  readonly windowSeconds: number;
  readonly about: string;
  /** Its `RateLimit-Policy`. */
  readonly policy: string;
}

const DAY_SECONDS = 86_400;
const WRONG_CREDENTIALS = { most: 30, windowSeconds: 60 };
const MOST_WAITING = 10_000;

const layer = (
  name: Layer['name'],
  whose: string,
  most: number,
  windowSeconds: number,
  about: string,
): Layer => ({
  name,
  key: `limit:${name}:${whose}`,
  capacity: most,
  refillPerSecond: most / windowSeconds,
  windowSeconds,
  about,
  policy: `"${name}";q=${most};w=${windowSeconds}`,
});

export interface Limits {
  /** Before credentials are looked at. Throws `rate-limited`. */
  listen(ip: string): void;
  /** Wrong credentials were given. Rejects with `rather` or, too often, with `rate-limited`. */
  wrong(ip: string, rather: unknown): Promise<never>;
  /** Refuses with `rate-limited`, thrown at once or later; sets the headers either way. */
  admit(
    ip: string,
    header: SetHeader,
    identity: Identity | undefined,
    route?: HttpRoute,
  ): undefined | Promise<undefined>;
  /** A customer's message against the plan's day. Rejects with `quota-exhausted`. */
  message(identity: Identity): Promise<void>;
}

export function createLimits(coordination: Coordination, clock: Clock, addressPerMinute: number): Limits {
  /** Addresses that must wait, and until when: refused without asking anyone. */
  const waiting = new Map<string, number>();
  /** What limits somebody, for as long as the gateway believes it of him. */
  const layersOf = new WeakMap<Identity, readonly Layer[]>();

  function ofIdentity(identity: Identity): readonly Layer[] {
    const known = layersOf.get(identity);
    if (known) return known;
    const plan = planOf(identity.plan);
    const { kind, id } = identity.subject;
    const whose = `${identity.tenantId}/${kind}/${id}`;
    const layers = [
      layer('tenant', identity.tenantId, plan.tenantPerMinute, 60, 'requests of this tenant'),
      layer('subject', whose, plan.subjectPerMinute, 60, 'requests with these credentials'),
    ];
    layersOf.set(identity, layers);
    return layers;
  }

  return {
    listen(ip) {
      const until = waiting.get(ip);
      if (until === undefined) return;
      const leftMs = until - clock.monotonic();
      if (leftMs > 0)
        throw new TroupeError('rate-limited', 'Too many wrong credentials came from this address', {
          retryAfter: leftMs / 1_000,
        });
      waiting.delete(ip);
    },

    async wrong(ip, rather) {
      const { most, windowSeconds } = WRONG_CREDENTIALS;
      const taken = await coordination.take(`limit:wrong:${ip}`, {
        capacity: most,
        refillPerSecond: most / windowSeconds,
      });
      if (!taken.allowed) {
        if (waiting.size >= MOST_WAITING) waiting.delete(waiting.keys().next().value!);
        waiting.set(ip, clock.monotonic() + taken.retryAfterMs);
      }
      throw rather;
    },

    admit(ip, header, identity, route) {
      const layers: Layer[] = [];
      if (addressPerMinute > 0)
        layers.push(layer('address', ip, addressPerMinute, 60, 'requests from this address'));
      if (identity) layers.push(...ofIdentity(identity));
      if (route?.attempts) {
        const { most, windowSeconds } = route.attempts;
        layers.push(layer('attempts', `${route.path}:${ip}`, most, windowSeconds, 'tries from this address'));
      }
      if (layers.length === 0) return undefined;
      const taken = coordination.takeAll(layers);
      return taken instanceof Promise
        ? taken.then(later => judge(header, layers, later))
        : judge(header, layers, taken);
    },

    async message({ tenantId, plan }) {
      const { messagesPerDay } = planOf(plan);
      const bucket = layer('messages', tenantId, messagesPerDay, DAY_SECONDS, "messages of the plan's day");
      const taken = await coordination.take(bucket.key, bucket);
      if (!taken.allowed) throw refusal(bucket, taken, 'quota-exhausted');
    },
  };
}

function judge(header: SetHeader, layers: readonly Layer[], taken: readonly TakeResult[]): undefined {
  tell(header, layers, taken);
  const refused = taken.findIndex(({ allowed }) => !allowed);
  if (refused >= 0) throw refusal(layers[refused]!, taken[refused]!, 'rate-limited');
}

function refusal(
  { capacity, windowSeconds, about }: Layer,
  { retryAfterMs }: TakeResult,
  code: 'rate-limited' | 'quota-exhausted',
): TroupeError {
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new TroupeError(code, `At most ${capacity} ${about} in ${windowSeconds} s`, { retryAfter });
}

/** Of the layers the one with least left, by its share: what the client will meet first. */
function tell(header: SetHeader, layers: readonly Layer[], taken: readonly TakeResult[]): void {
  let least = 0;
  for (let i = 1; i < layers.length; i++)
    if (share(layers[i]!, taken[i]!) < share(layers[least]!, taken[least]!)) least = i;
  const { name, policy } = layers[least]!;
  const { remaining, resetMs } = taken[least]!;
  header('ratelimit-policy', policy);
  header('ratelimit', `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`);
}

const share = ({ capacity }: Layer, { allowed, remaining }: TakeResult) =>
  allowed ? remaining / capacity : -1;
