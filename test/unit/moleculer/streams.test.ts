// Protects: a stream's items arrive in order and acknowledged, and a reader that has gone stops its writer.
import { expect } from 'chai';
import { StreamRegistry, StreamSender } from '../../../lib/moleculer/streams.ts';

interface Push {
  readonly items: readonly unknown[];
  answer(open: boolean): void;
  fail(): void;
}

/** A broker whose calls of `streams.push` wait until the test answers them. */
function slowBroker() {
  const pushes: Push[] = [];
  const broker = {
    nodeID: 'writer',
    call: (_name: string, { items }: { items: unknown[] }) =>
      new Promise((resolve, reject) => {
        pushes.push({
          items: [...items],
          answer: open => resolve({ open }),
          fail: () => reject(new Error('gone')),
        });
      }),
  };
  return { broker: broker as never, pushes };
}
const turn = () => new Promise(resolve => setImmediate(resolve));

describe('a stream to another node', () => {
  it('sends what comes while it waits for an acknowledgement together with the next, in order', async () => {
    const { broker, pushes } = slowBroker();
    const sender = new StreamSender(broker, new StreamRegistry(), { nodeId: 'reader', streamId: 's' });
    for (let i = 0; i < 5; i++) sender.send(i);
    expect(pushes.map(push => push.items)).to.deep.equal([[0]]);
    pushes[0]!.answer(true);
    await turn();
    expect(pushes.map(push => push.items)).to.deep.equal([[0], [1, 2, 3, 4]]);
    pushes[1]!.answer(true);
    await turn();
    sender.send(5);
    expect(pushes.at(-1)!.items).to.deep.equal([5]);
  });

  it('is flushed when the reader has acknowledged everything, and not before', async () => {
    const { broker, pushes } = slowBroker();
    const sender = new StreamSender(broker, new StreamRegistry(), { nodeId: 'reader', streamId: 's' });
    await sender.flushed();
    sender.send('a');
    sender.send('b');
    let flushed = false;
    const waiting = sender.flushed().then(() => {
      flushed = true;
    });
    pushes[0]!.answer(true);
    await turn();
    expect(flushed).to.equal(false);
    pushes[1]!.answer(true);
    await waiting;
  });

  it('never sends more at once than `streams.push` takes', async () => {
    const { broker, pushes } = slowBroker();
    const sender = new StreamSender(broker, new StreamRegistry(), { nodeId: 'reader', streamId: 's' });
    for (let i = 0; i < 15_000; i++) sender.send(i);
    for (let i = 0; i < pushes.length; i++) {
      pushes[i]!.answer(true);
      await turn();
    }
    expect(Math.max(...pushes.map(push => push.items.length))).to.be.at.most(10_000);
    expect(pushes.flatMap(push => push.items)).to.deep.equal(Array.from({ length: 15_000 }, (_, i) => i));
  });

  for (const [how, end] of [
    ['says that it has gone', (push: Push) => push.answer(false)],
    ['cannot be reached', (push: Push) => push.fail()],
  ] as const)
    it(`ends, once, when the reader ${how}`, async () => {
      const { broker, pushes } = slowBroker();
      let closed = 0;
      const sender = new StreamSender(
        broker,
        new StreamRegistry(),
        { nodeId: 'reader', streamId: 's' },
        () => {
          closed++;
        },
      );
      sender.send(1);
      sender.send(2);
      end(pushes[0]!);
      await turn();
      sender.send(3);
      expect(closed).to.equal(1);
      expect(pushes).to.have.length(1);
      await sender.flushed();
    });

  it('is given up when the reader is too far behind', () => {
    const { broker } = slowBroker();
    let closed = 0;
    const sender = new StreamSender(broker, new StreamRegistry(), { nodeId: 'reader', streamId: 's' }, () => {
      closed++;
    });
    for (let i = 0; i < 30_000 && closed === 0; i++) sender.send(i);
    expect(closed).to.equal(1);
  });
});

describe('a stream within a node', () => {
  it('goes straight to its reader until that has enough', () => {
    const registry = new StreamRegistry();
    const { broker, pushes } = slowBroker();
    const seen: unknown[] = [];
    let closed = 0;
    registry.open('s', items => {
      seen.push(...items);
      return seen.length < 2;
    });
    const sender = new StreamSender(broker, registry, { nodeId: 'writer', streamId: 's' }, () => {
      closed++;
    });
    for (let i = 1; i <= 3; i++) sender.send(i);
    expect(seen).to.deep.equal([1, 2]);
    expect(closed).to.equal(1);
    expect(pushes).to.deep.equal([]);
  });

  it('that nobody reads says so', () => {
    const registry = new StreamRegistry();
    expect(registry.push('nobody', [1])).to.equal(false);
    const close = registry.open('s', () => true);
    expect(registry.push('s', [1])).to.equal(true);
    close();
    expect(registry.push('s', [1])).to.equal(false);
  });
});
