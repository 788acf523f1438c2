// Guarantee: however nodes reserve, settle, lose their database and die, what is spent never passes an account's limit.
import { expect } from 'chai';
import fc from 'fast-check';
import { Allotments, accountName, type ToSettle } from '../../../../lib/core/pricing/allotments.ts';

const LIMIT = 1_000;
const NAME = accountName('ten', 'tenant:ten:2026-11-24');

/** One account as the database keeps it: what was spent, and what each holder was granted beyond. */
class Account {
  spent = 0;
  readonly held = new Map<string, number>();

  take(holder: string, need: number): number {
    const left = LIMIT - this.spent - [...this.held.values()].reduce((sum, each) => sum + each, 0);
    if (left < need) return 0;
    const granted = Math.min(left, Math.max(need, Math.floor(left / 20)));
    this.held.set(holder, (this.held.get(holder) ?? 0) + granted);
    return granted;
  }

  settle(holder: string, rows: readonly ToSettle[]): void {
    for (const { spent, returned } of rows) {
      this.held.set(holder, Math.max(0, (this.held.get(holder) ?? 0) - spent - returned));
      this.spent += spent;
    }
  }
}

class Node {
  held = new Allotments();
  /** Calls under way: what is reserved for each. */
  open: number[] = [];
  /** Of calls that ended, told or not. */
  spent = 0;
}

function reserve(node: Node, account: Account, holder: string, micro: number): boolean {
  const missing = node.held.missing(NAME, micro);
  if (missing > 0) {
    const granted = account.take(holder, missing);
    if (granted === 0) return false;
    node.held.granted(NAME, granted);
  }
  node.held.reserve(NAME, micro);
  node.open.push(micro);
  return true;
}

function end(node: Node, pick: number, share: number): void {
  if (node.open.length === 0) return;
  const [reserved] = node.open.splice(pick % node.open.length, 1);
  const cost = Math.floor((reserved! * share) / 100);
  node.held.settle(NAME, reserved!, cost);
  node.spent += cost;
}

const STEP = fc.record({
  kind: fc.constantFrom('reserve', 'reserve', 'reserve', 'end', 'end', 'tell', 'cut', 'doubt', 'die'),
  node: fc.nat(2),
  micro: fc.integer({ min: 1, max: 300 }),
  pick: fc.nat(50),
  share: fc.integer({ min: 0, max: 100 }),
});

describe('allotments of an account that nodes share', () => {
  it('never let its limit be passed, whatever ends, is cut off or dies', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 120 }), steps => {
        const account = new Account();
        const nodes = [new Node(), new Node(), new Node()];
        let lost = 0;
        for (const { kind, node: at, micro, pick, share } of steps) {
          const node = nodes[at]!;
          const holder = `node ${at}`;
          if (kind === 'reserve') reserve(node, account, holder, micro);
          if (kind === 'end') end(node, pick, share);
          if (kind === 'tell') account.settle(holder, node.held.toSettle(pick % 2 === 0));
          if (kind === 'cut') node.held.untold(node.held.toSettle(false));
          if (kind === 'doubt') node.held.giveUp();
          if (kind === 'die') {
            // Its allotment expires and nobody tells what it spent since it last told.
            account.held.delete(holder);
            lost += node.spent;
            nodes[at] = new Node();
          }
          const underWay = nodes.flatMap(({ open }) => open).reduce((sum, each) => sum + each, 0);
          const told = account.spent;
          const granted = [...account.held.values()].reduce((sum, each) => sum + each, 0);
          expect(told + granted, kind).to.be.at.most(LIMIT);
          // Whatever is spent or under way on nodes that live is covered by what they were granted.
          expect(underWay, kind).to.be.at.most(granted);
        }
        const all = nodes.reduce((sum, { spent }) => sum + spent, 0) + lost;
        nodes.forEach((node, at) => {
          for (const reserved of node.open) node.held.settle(NAME, reserved, 0);
          account.settle(`node ${at}`, node.held.toSettle(false));
        });
        // Every micro-unit that living nodes spent is told, once.
        expect(account.spent).to.be.within(all - lost, all);
      }),
      { numRuns: 500 },
    );
  });

  it('grant over three nodes as many of 1,000 calls as the account covers', () => {
    const account = new Account();
    const nodes = [new Node(), new Node(), new Node()];
    let granted = 0;
    for (let i = 0; i < 1_000; i++) {
      const at = i % 3;
      if (reserve(nodes[at]!, account, `node ${at}`, 3)) granted++;
      else account.settle(`node ${at}`, nodes[at]!.held.toSettle(true));
      // Those who hold what they do not need give it back as they tell.
      if (i % 50 === 0)
        for (const [each, node] of nodes.entries()) account.settle(`node ${each}`, node.held.toSettle(false));
    }
    expect(granted).to.be.within(330, 333);
  });

  it('come back whole from calls that cost nothing', () => {
    const account = new Account();
    const node = new Node();
    for (let i = 0; i < 10; i++) expect(reserve(node, account, 'node', 100)).to.equal(true);
    expect(reserve(node, account, 'node', 1)).to.equal(false);
    while (node.open.length > 0) end(node, 0, 0);
    account.settle('node', node.held.toSettle(false));
    account.settle('node', node.held.toSettle(false));
    expect([account.spent, account.held.get('node')]).to.deep.equal([0, 0]);
  });
});
