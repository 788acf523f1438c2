// Guarantee: backlogged tenants get service within the bound of each other, no slot idles, nobody saves up.
import { expect } from 'chai';
import fc from 'fast-check';
import { FairQueue, type QueuedCall } from '../../../../lib/core/fairness/virtual-token-counter.ts';

const NEVER = Number.POSITIVE_INFINITY;
let serial = 0;
const call = (tenant: string, inputTokens = 10, deadlineMs = NEVER): QueuedCall<null> => ({
  id: `q${serial++}`,
  tenant,
  inputTokens,
  enqueuedAtMs: 0,
  deadlineMs,
  payload: null,
});

describe('virtual token counter', () => {
  it('keeps backlogged tenants within 2 max(w_p L_in, w_q M), weighted, and never idles a slot', () => {
    const tenants = ['a', 'b', 'c'];
    const scenario = fc.record({
      slots: fc.integer({ min: 1, max: 6 }),
      weights: fc.array(fc.constantFrom(1, 2, 4), { minLength: 3, maxLength: 3 }),
      sizes: fc.array(
        fc.record({ input: fc.integer({ min: 1, max: 60 }), output: fc.integer({ min: 1, max: 30 }) }),
        {
          minLength: 20,
          maxLength: 60,
        },
      ),
      order: fc.array(fc.nat(100), { minLength: 150, maxLength: 150 }),
    });
    fc.assert(
      fc.property(scenario, ({ slots, weights, sizes, order }) => {
        const queue = new FairQueue<null>({ slots, inputWeight: 1, outputWeight: 2, maxQueued: 10_000 });
        const service = new Map(tenants.map(tenant => [tenant, 0]));
        const running: { tenant: string; left: number }[] = [];
        const outputs = new Map<string, number>();
        tenants.forEach((tenant, t) => {
          for (let i = 0; i < 400; i++) {
            const size = sizes[(i * 7 + t * 3) % sizes.length]!;
            const each = call(tenant, size.input);
            outputs.set(each.id, size.output);
            queue.enqueue(each, weights[t]!);
          }
        });
        let largest = 0;
        const give = (tenant: string, units: number) => {
          service.set(tenant, service.get(tenant)! + units / weights[tenants.indexOf(tenant)]!);
          const values = [...service.values()];
          largest = Math.max(largest, Math.max(...values) - Math.min(...values));
        };
        for (const pick of order) {
          for (let next = queue.next(0); next; next = queue.next(0)) {
            running.push({ tenant: next.tenant, left: outputs.get(next.id)! });
            give(next.tenant, next.inputTokens);
          }
          expect(running.length).to.equal(slots);
          const at = pick % running.length;
          const stream = running[at]!;
          stream.left--;
          queue.streamed(stream.tenant, 1);
          give(stream.tenant, 2);
          if (stream.left > 0) continue;
          running.splice(at, 1);
          queue.finished(stream.tenant);
        }
        expect(largest).to.be.at.most((2 * Math.max(60, 2 * slots * 30 + 60)) / Math.min(...weights));
      }),
      { numRuns: 150 },
    );
  });

  it('serves by plan weight: twice the weight, twice the tokens', () => {
    const queue = new FairQueue<null>({ slots: 1, outputWeight: 1 });
    for (let i = 0; i < 900; i++) {
      queue.enqueue(call('small'), 1);
      queue.enqueue(call('large'), 2);
    }
    const count = { small: 0, large: 0 };
    for (let i = 0; i < 600; i++) {
      const next = queue.next(0)!;
      count[next.tenant as 'small' | 'large']++;
      queue.streamed(next.tenant, 5);
      queue.finished(next.tenant);
    }
    expect(count.large / count.small).to.be.closeTo(2, 0.05);
  });

  it('lifts a tenant that returns: idling earns no credit', () => {
    const queue = new FairQueue<null>({ slots: 1 });
    for (let i = 0; i < 200; i++) queue.enqueue(call('busy'));
    for (let i = 0; i < 100; i++) {
      queue.next(0);
      queue.finished('busy');
    }
    for (let i = 0; i < 100; i++) queue.enqueue(call('back'));
    const turns = Array.from({ length: 20 }, () => {
      const next = queue.next(0)!;
      queue.finished(next.tenant);
      return next.tenant;
    });
    expect(turns.filter(tenant => tenant === 'back')).to.have.length(10);
  });

  it('lifts to the counter the queue was left with, when nobody waits', () => {
    const queue = new FairQueue<null>({ slots: 2 });
    queue.enqueue(call('first', 500));
    queue.next(0);
    queue.enqueue(call('second'));
    expect(queue.view('second')!.counter).to.equal(queue.view('first')!.counter);
  });

  it('refuses beyond the queue limit of the tenant alone', () => {
    const queue = new FairQueue<null>({ slots: 1, maxQueued: 2 });
    expect([1, 2, 3].map(() => queue.enqueue(call('noisy')))).to.deep.equal([true, true, false]);
    expect(queue.enqueue(call('quiet'))).to.equal(true);
  });

  it('drops a call at its deadline, says so, and skips one that was withdrawn', () => {
    const dropped: string[] = [];
    const queue = new FairQueue<null>({ slots: 1 }, each => dropped.push(each.id));
    const [late, gone, good] = [call('t', 1, 50), call('t'), call('t')];
    for (const each of [late, gone, good]) queue.enqueue(each!);
    queue.withdraw(gone!);
    expect(queue.next(50)!.id).to.equal(good!.id);
    expect(dropped).to.deep.equal([late!.id]);
    expect(queue.queued).to.equal(0);
  });

  it('holds a tenant to its own concurrency and gives the slot to another', () => {
    const queue = new FairQueue<null>({ slots: 3, maxRunning: 1 });
    queue.enqueue(call('a'));
    queue.enqueue(call('a'));
    queue.enqueue(call('b'));
    expect([queue.next(0)!.tenant, queue.next(0)!.tenant, queue.next(0)]).to.deep.equal(['a', 'b', null]);
    queue.finished('a');
    expect(queue.next(0)!.tenant).to.equal('a');
  });

  it('forgets idle tenants at the limit without giving anyone credit', () => {
    const queue = new FairQueue<null>({ slots: 1, maxTenants: 3 });
    for (const tenant of ['a', 'b', 'c', 'd', 'e']) {
      queue.enqueue(call(tenant));
      expect(queue.next(0)!.tenant).to.equal(tenant);
      queue.finished(tenant);
    }
    expect(['a', 'b', 'c', 'd', 'e'].filter(tenant => queue.view(tenant)).length).to.be.at.most(4);
  });
});
