/** What every implementation of the coordination port must do. */
import { expect } from 'chai';
import type { Coordination } from '../../lib/io/coordination.ts';
import { sleep } from '../../lib/kernel/clock.ts';

export interface TestCoordination {
  /** Two nodes' views of the same thing. */
  readonly nodes: readonly [Coordination, Coordination];
  close(): Promise<void>;
}

/** Polls, for what another process does in its own time. */
export async function eventually(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await done()) return;
    await sleep(5);
  }
  throw new Error(`did not happen within two seconds: ${what}`);
}

export function coordinationSuite(name: string, open: () => Promise<TestCoordination>): void {
  describe(`coordination on ${name}`, () => {
    let test: TestCoordination;
    let [one, other]: readonly [Coordination, Coordination] = [undefined!, undefined!];
    before(async () => {
      test = await open();
      [one, other] = test.nodes;
    });
    after(async () => test.close());

    const slow = { capacity: 5, refillPerSecond: 0.01 };

    it('lets a burst through and no more, whichever node asks and however many ask at once', async () => {
      const asked = Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).take('burst', slow));
      const answers = await Promise.all(asked);
      expect(answers.filter(({ allowed }) => allowed)).to.have.length(5);
      const refused = answers.find(({ allowed }) => !allowed)!;
      expect(refused.remaining).to.equal(0);
      expect(refused.retryAfterMs).to.be.within(95_000, 100_000);
      expect(refused.resetMs).to.be.within(495_000, 500_000);
    });

    it('counts down what remains, and looks without taking at cost 0', async () => {
      expect((await one.take('count', { ...slow, cost: 2 })).remaining).to.equal(3);
      expect((await other.take('count', { ...slow, cost: 0 })).remaining).to.equal(3);
      expect((await other.take('count', slow)).remaining).to.equal(2);
    });

    it('says that what is larger than the bucket never passes', async () => {
      const { allowed, retryAfterMs } = await one.take('large', { ...slow, cost: 6 });
      expect([allowed, retryAfterMs]).to.deep.equal([false, Number.POSITIVE_INFINITY]);
    });

    it('refills with time', async () => {
      const quick = { capacity: 1, refillPerSecond: 20 };
      expect((await one.take('refill', quick)).allowed).to.equal(true);
      expect((await one.take('refill', quick)).allowed).to.equal(false);
      await eventually('a refill', async () => (await one.take('refill', quick)).allowed);
    });

    it('takes from all buckets or from none, and says which refused', async () => {
      await one.take('full', { ...slow, cost: 5 });
      const both = [
        { ...slow, key: 'free' },
        { ...slow, key: 'full' },
      ];
      const [free, full] = await one.takeAll(both);
      expect([free!.allowed, full!.allowed]).to.deep.equal([true, false]);
      expect((await other.take('free', { ...slow, cost: 0 })).remaining, 'nothing was taken').to.equal(5);
    });

    it('gives out no more tokens than there are, and a released one to the next', async () => {
      expect(await one.acquire('tokens', 'a', 2, 10_000)).to.equal(true);
      expect(await other.acquire('tokens', 'b', 2, 10_000)).to.equal(true);
      expect(await other.acquire('tokens', 'c', 2, 10_000)).to.equal(false);
      expect(await one.acquire('tokens', 'a', 2, 10_000), 'again for a holder').to.equal(true);
      await one.release('tokens', 'a');
      expect(await other.acquire('tokens', 'c', 2, 10_000)).to.equal(true);
    });

    it('gets a token back when its holder dies, and tells a holder that came back late', async () => {
      expect(await one.acquire('lease', 'dead', 1, 30)).to.equal(true);
      expect(await one.renew('lease', 'dead', 60)).to.equal(true);
      await eventually('the token came back', () => other.acquire('lease', 'heir', 1, 10_000));
      expect(await one.renew('lease', 'dead', 30)).to.equal(false);
    });

    it('tells every node, in order, until it stops listening', async () => {
      const heard: unknown[] = [];
      const stop = await other.subscribe('news', message => heard.push(message));
      await one.publish('news', { n: 1 });
      await one.publish('news', { n: 2 });
      await eventually('both messages', () => heard.length === 2);
      expect(heard).to.deep.equal([{ n: 1 }, { n: 2 }]);
      await stop();
      await one.publish('news', { n: 3 });
      expect(heard).to.have.length(2);
    });

    it('keeps small values until their time is up', async () => {
      await one.set('value', 'kept', 10_000);
      expect(await other.get('value')).to.equal('kept');
      expect(await other.delete('value')).to.equal(true);
      expect(await other.delete('value')).to.equal(false);
      expect(await one.get('value')).to.equal(undefined);
      await one.set('brief', 'gone soon', 20);
      await eventually('it is gone', async () => (await other.get('brief')) === undefined);
    });
  });
}
