// Protects: what nodes take ahead of a limit is never given out twice, and near the limit each request is counted exactly.
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { LEASE_MS, LeasedBuckets } from '../../lib/io/leased-buckets.ts';
import { RedisCoordination } from '../../lib/io/redis-coordination.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';

describe('limits that nodes lease from Redis', () => {
  const base = new Redis(provided('redis'), { lazyConnect: true });
  const namespace = `test-leases-${process.pid}:`;
  const nodes = [0, 1].map(() => new RedisCoordination(base, namespace, systemClock, silentLog));
  before(async () => {
    await Promise.all([base.connect(), ...nodes.map(node => node.connected())]);
  });
  after(async () => {
    await Promise.all(nodes.map(node => node.close()));
    base.disconnect();
  });

  const turn = () => new Promise(resolve => setImmediate(resolve));

  /** Scripts that Redis has run so far, for whomever. */
  async function questions(): Promise<number> {
    const stats = await base.info('commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  }

  /** Asks on both nodes at once, some at a time, for so long; counts what was let through. */
  async function flood(key: string, capacity: number, ms: number) {
    const limit = { capacity, refillPerSecond: capacity / 60 };
    const before = await questions();
    const began = systemClock.monotonic();
    let letThrough = 0;
    let asked = 0;
    let atOnce = 0;
    const refused: number[] = [];
    const caller = async (node: RedisCoordination) => {
      while (systemClock.monotonic() - began < ms) {
        asked++;
        const answer = node.takeAll([
          { ...limit, key },
          { ...limit, capacity: capacity * 10, key: `${key}/wider` },
        ]);
        if (!(answer instanceof Promise)) atOnce++;
        const [own] = await answer;
        if (own!.allowed) letThrough++;
        else refused.push(own!.remaining);
        await turn();
      }
    };
    await Promise.all(nodes.flatMap(node => Array.from({ length: 16 }, () => caller(node))));
    const seconds = (systemClock.monotonic() - began) / 1_000;
    return {
      letThrough,
      most: capacity + (capacity / 60) * seconds,
      asked,
      atOnce,
      refused,
      questions: (await questions()) - before,
    };
  }

  it('are never exceeded by two nodes together, and what they hold unused is a small part', async () => {
    const run = await flood('tight', 1_000, 700);
    expect(run.asked).to.be.above(run.most, 'more is asked for than there is');
    expect(run.letThrough).to.be.at.most(Math.floor(run.most + 1));
    // Of what is left a node takes a twentieth ahead: at the edge there is nothing left to hold.
    expect(run.letThrough).to.be.at.least(0.9 * 1_000);
    expect(run.refused.length, 'and the rest is refused').to.be.above(0);
  });

  it('cost a round trip now and then, not for each request', async () => {
    const run = await flood('wide', 1_000_000, 700);
    expect(run.letThrough).to.equal(run.asked);
    expect(run.atOnce / run.asked).to.be.above(0.8);
    expect(run.questions / run.asked).to.be.below(0.2);
  });

  it('hold nothing ahead for a key that is seldom asked for', async () => {
    const limit = { capacity: 100, refillPerSecond: 0.001 };
    for (let n = 1; n <= 3; n++) {
      const { remaining } = await nodes[0]!.take('seldom', limit);
      expect(remaining).to.equal(100 - n);
      expect(
        (await nodes[1]!.take('seldom', { ...limit, cost: 0 })).remaining,
        'as the other sees it',
      ).to.equal(100 - n);
    }
  });

  it('lapse: what was taken ahead for now is not used later', async () => {
    let ms = 0;
    let questions = 0;
    const clock = { ...systemClock, monotonic: () => ms };
    const buckets = new LeasedBuckets(clock, async asked => {
      questions++;
      return asked.map(({ ahead }) => ({
        allowed: true,
        remaining: 9_000,
        retryAfterMs: 0,
        resetMs: 60_000,
        ahead,
      }));
    });
    const bucket = [{ key: 'lapses', capacity: 10_000, refillPerSecond: 0.001 }];
    for (let n = 0; n < 100; n++) if (!buckets.takeNow(bucket)) await buckets.take(bucket);
    expect(questions).to.be.below(40);
    expect(buckets.takeNow(bucket)).not.to.equal(undefined);
    ms += LEASE_MS;
    expect(buckets.takeNow(bucket)).to.equal(undefined);
  });
});
