// Protects: a key stays where it is unless its node goes or a new one wins it: the ideal share moves, no more.
import { expect } from 'chai';
import fc from 'fast-check';
import { ServiceBroker } from 'moleculer';
import { hasCode } from '../../../lib/kernel/errors.ts';
import { placeOn, RendezvousStrategy } from '../../../lib/moleculer/rendezvous.ts';

const KEYS = Array.from({ length: 20_000 }, (_, i) => `ten_01 cnv_${i}`);
const nodesOf = (count: number) => Array.from({ length: count }, (_, i) => `worker-${i + 1}`);

function shares(nodes: readonly string[]): Map<string, number> {
  const counts = new Map(nodes.map(node => [node, 0]));
  for (const key of KEYS) {
    const node = placeOn(key, nodes);
    counts.set(node, counts.get(node)! + 1);
  }
  return counts;
}

describe('placement', () => {
  for (const count of [2, 3, 5, 10])
    it(`gives each of ${count} nodes its share, within a tenth`, () => {
      for (const held of shares(nodesOf(count)).values())
        expect(held).to.be.within((KEYS.length / count) * 0.9, (KEYS.length / count) * 1.1);
    });

  for (const count of [2, 3, 10])
    it(`moves one key in ${count + 1} when a node joins ${count}, and only to it`, () => {
      const [before, after] = [nodesOf(count), nodesOf(count + 1)];
      const moved = KEYS.filter(key => placeOn(key, before) !== placeOn(key, after));
      for (const key of moved) expect(placeOn(key, after)).to.equal(after.at(-1));
      const ideal = KEYS.length / (count + 1);
      expect(moved.length).to.be.within(ideal * 0.9, ideal * 1.1);
    });

  it('moves only the keys of a node that leaves', () => {
    const nodes = nodesOf(5);
    const left = nodes.filter(node => node !== 'worker-3');
    for (const key of KEYS) {
      const home = placeOn(key, nodes);
      if (home !== 'worker-3') expect(placeOn(key, left)).to.equal(home);
    }
  });

  it('does not depend on the order in which nodes are known', () => {
    fc.assert(
      fc.property(fc.string(), fc.shuffledSubarray(nodesOf(6), { minLength: 1 }), (key, nodes) => {
        expect(placeOn(key, nodes)).to.equal(placeOn(key, nodes.toSorted()));
      }),
    );
  });
});

describe('the strategy', () => {
  const broker = new ServiceBroker({ logger: false });
  const strategy = new RendezvousStrategy(broker.registry as never, broker, {
    placement: ['conversationId'],
  });
  const endpoints = nodesOf(4).map(id => ({ id }));
  const call = (meta: object, params: object) => strategy.select(endpoints, { meta, params } as never);

  it('places calls of one tenant for one conversation on one node', () => {
    const chosen = call({ tenantId: 'ten_1' }, { conversationId: 'cnv_1', text: 'a' });
    expect(call({ tenantId: 'ten_1' }, { conversationId: 'cnv_1', text: 'b' })).to.equal(chosen);
  });

  it('throws when what it places by is missing, rather than guessing', () => {
    for (const [meta, params] of [
      [{}, { conversationId: 'cnv_1' }],
      [{ tenantId: 'ten_1' }, {}],
      [{ tenantId: 'ten_1' }, { conversationId: null }],
    ] as const)
      expect(() => call(meta, params))
        .to.throw()
        .that.satisfies((e: unknown) => hasCode(e, 'validation-failed'));
  });
});
