// Protects: a slow socket never costs more memory than its limits, and never reads a broken answer.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type DropPolicy,
  OutboundQueue,
  type QueueItem,
} from '../../../../lib/core/realtime/outbound-queue.ts';

interface Item extends QueueItem {
  readonly n: number;
}

const item = (n: number, policy: DropPolicy, more: Partial<Item> = {}): Item => ({
  n,
  topic: 'a',
  policy,
  bytes: 10,
  ...more,
});

function drain(queue: OutboundQueue<Item>): number[] {
  const numbers: number[] = [];
  for (let next = queue.shift(); next; next = queue.shift()) numbers.push(next.n);
  return numbers;
}

/** Text whose later parts join the earlier ones. */
interface Part extends QueueItem {
  readonly offset: number;
  readonly text: string;
}
function part(offset: number, text: string): Part {
  return {
    topic: 'a',
    policy: 'intermediate',
    bytes: text.length,
    offset,
    text,
    merge(later) {
      const next = later as Part;
      const at = next.offset - offset;
      return at >= 0 && at <= text.length ? part(offset, text.slice(0, at) + next.text) : undefined;
    },
  };
}

describe('a queue for a slow socket', () => {
  it('lets the oldest of a topic go for a newer one where that is the policy', () => {
    const queue = new OutboundQueue<Item>({ items: 2, bytes: 1_000 });
    for (const n of [1, 2, 3]) queue.push(item(n, 'oldest'));
    expect(drain(queue)).to.deep.equal([2, 3]);
  });

  it('drops the newest where that is the policy', () => {
    const queue = new OutboundQueue<Item>({ items: 2, bytes: 1_000 });
    const told = [1, 2, 3].map(n => queue.push(item(n, 'newest')).dropped);
    expect(drain(queue)).to.deep.equal([1, 2]);
    expect(told).to.deep.equal([0, 0, 1]);
  });

  it('lets the less important go first where priority is the policy', () => {
    const queue = new OutboundQueue<Item>({ items: 3, bytes: 1_000 });
    queue.push(item(1, 'priority', { priority: 5 }));
    queue.push(item(2, 'priority', { priority: 1 }));
    queue.push(item(3, 'priority', { priority: 3 }));
    queue.push(item(4, 'priority', { priority: 4 }));
    queue.push(item(5, 'priority', { priority: 0 }));
    expect(drain(queue)).to.deep.equal([1, 3, 4]);
  });

  it('joins parts of a text into one', () => {
    const queue = new OutboundQueue<Part>({ items: 10, bytes: 1_000 });
    queue.push(part(0, 'Thirty '));
    queue.push(part(7, 'days'));
    queue.push(part(11, '.'));
    expect(queue.size).to.equal(1);
    expect(queue.shift()?.text).to.equal('Thirty days.');
  });

  it('gives up a whole topic, and says so, rather than leave a gap in it', () => {
    const queue = new OutboundQueue<Item>({ items: 3, bytes: 1_000 });
    queue.push(item(1, 'must'));
    queue.push(item(2, 'must', { topic: 'b' }));
    queue.push(item(3, 'must'));
    expect(queue.push(item(4, 'must'))).to.deep.equal({ dropped: 3, overflow: true });
    expect(drain(queue)).to.deep.equal([2]);
  });

  it('drops what an item makes pointless', () => {
    const queue = new OutboundQueue<QueueItem>({ items: 10, bytes: 1_000 });
    queue.push(part(0, 'Thirty'));
    const { dropped } = queue.push(item(1, 'must', { supersedes: each => each.policy === 'intermediate' }));
    expect(dropped).to.equal(1);
    expect(queue.size).to.equal(1);
  });

  it('stays within its limits and in order, whatever is pushed', () => {
    const policies = fc.constantFrom<DropPolicy>('oldest', 'newest', 'priority', 'must');
    const pushes = fc.array(
      fc.record({
        policy: policies,
        topic: fc.constantFrom('a', 'b', 'c'),
        bytes: fc.integer({ min: 1, max: 120 }),
        priority: fc.integer({ min: 0, max: 3 }),
        take: fc.boolean(),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(pushes, given => {
        const limits = { items: 8, bytes: 300 };
        const queue = new OutboundQueue<Item>(limits);
        const taken: number[] = [];
        let pushed = 0;
        let dropped = 0;
        for (const [n, { take, ...rest }] of given.entries()) {
          dropped += queue.push(item(n, rest.policy, rest)).dropped;
          pushed++;
          expect(queue.size).to.be.at.most(limits.items);
          expect(queue.bytes).to.be.at.most(limits.bytes);
          const next = take ? queue.shift() : undefined;
          if (next) taken.push(next.n);
        }
        taken.push(...drain(queue));
        expect(taken).to.deep.equal([...taken].sort((a, b) => a - b));
        expect(taken.length + dropped).to.equal(pushed);
        expect(queue.bytes).to.equal(0);
      }),
    );
  });

  it('never loses one must item of a topic and keeps a later one, unless it said that the topic overflowed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ topic: fc.constantFrom('a', 'b'), take: fc.boolean() }), { maxLength: 100 }),
        given => {
          const queue = new OutboundQueue<Item>({ items: 4, bytes: 10_000 });
          const expected = new Map<string, number[]>([
            ['a', []],
            ['b', []],
          ]);
          const heard = new Map<string, number[]>([
            ['a', []],
            ['b', []],
          ]);
          for (const [n, { topic, take }] of given.entries()) {
            const { overflow } = queue.push(item(n, 'must', { topic }));
            if (overflow) expected.set(topic, [...heard.get(topic)!]);
            else expected.get(topic)!.push(n);
            const next = take ? queue.shift() : undefined;
            if (next) heard.get(next.topic)!.push(next.n);
          }
          for (let next = queue.shift(); next; next = queue.shift()) heard.get(next.topic)!.push(next.n);
          expect(heard).to.deep.equal(expected);
        },
      ),
    );
  });
});
