// Protects: however order-processing fails or the node dies, the books of payments, stock and shipments balance.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ServiceBroker } from 'moleculer';
import { putWorkflow, startRun } from '../../lib/contracts/orchestrator.contracts.ts';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { readBooks, receiveStock } from '../../lib/contracts/shop.contracts.ts';
import { awaitRun, getRun } from '../../lib/contracts/workflow.contracts.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPglite } from '../../lib/io/pglite.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { mortalNode } from '../../scripts/eval/replay/mortal-node.ts';

const UNITS = 'workflow,orchestrator,shop,tenants';
const SOURCE = readFileSync(join(import.meta.dirname, '../../workflows/order-processing.yaml'), 'utf8');
/** The same, but its last step fails: everything before it is undone. */
const UNCONFIRMED = SOURCE.replace('name: order-processing', 'name: order-unconfirmed').replace(
  'type: com.troupe.order.confirmed',
  'type: \'${ error("nobody hears it") }\'',
);
const GOOD = { sku: 'kettle-blue', quantity: 2, amount: 5_000, card: 'tok-4242', address: 'Main Street 1' };
const STOCK = 1_000;

describe('order-processing', () => {
  let database: Database;
  let tenantId: string;
  let node: Awaited<ReturnType<typeof mortalNode>>;

  before(async () => {
    database = await openPglite();
    await migrate(database);
    node = await mortalNode(database, UNITS);
    tenantId = (await call(node.broker, createTenant, { name: 'saga' })).tenantId;
    const meta = { meta: { tenantId } };
    for (const source of [SOURCE, UNCONFIRMED]) await call(node.broker, putWorkflow, { source }, meta);
    const supply = { sku: GOOD.sku, quantity: STOCK, idempotencyKey: 'supply' };
    await call(node.broker, receiveStock, supply, meta);
  });
  after(async () => {
    await node.stop();
    await database.close();
  });

  const meta = () => ({ meta: { tenantId } });
  const begin = (broker: ServiceBroker, order: string, input: object, name = 'order-processing') =>
    call(broker, startRun, { name, runId: order, input: { order, ...GOOD, ...input } }, meta());
  const end = (broker: ServiceBroker, order: string) =>
    persistentCall(broker, awaitRun, { runId: order, waitMs: 20_000 }, meta(), systemClock, 20_000);

  /** The books of an order, and what its journal says was undone. */
  async function balanced(broker: ServiceBroker, order: string, phase: string): Promise<void> {
    const books = await call(broker, readBooks, { order }, meta());
    const complete = { order, paid: GOOD.amount, reserved: GOOD.quantity, shipments: 1, state: 'complete' };
    const none = { order, paid: 0, reserved: 0, shipments: 0, state: 'none' };
    expect(books, `${order} ended as ${phase}`).to.deep.equal(phase === 'completed' ? complete : none);
  }

  /** Runs an order on the node, which dies after so many statements; its successor takes the order over. */
  async function survive(
    order: string,
    input: object,
    statements: number,
  ): Promise<{ phase: string; died: boolean }> {
    const victim = node;
    await begin(victim.broker, order, input);
    victim.dieAfter(statements);
    await Promise.race([victim.death, end(victim.broker, order).catch(() => undefined)]);
    const died = victim.dead;
    victim.dieAfter(undefined);
    if (died) {
      // What is left of it in this process holds timers and memory; it reaches nothing any more.
      void victim.stop().catch(() => {});
      node = await mortalNode(database, UNITS);
    }
    const { phase, ended } = await end(node.broker, order);
    expect(ended, order).to.equal(true);
    await balanced(node.broker, order, phase);
    const { steps } = await call(node.broker, getRun, { runId: order }, meta());
    const twice = steps.filter((step, i) => steps.findIndex(each => each.task === step.task) !== i);
    expect(twice, 'a step that was completed began again').to.deep.equal([]);
    return { phase, died };
  }

  it('completes once wherever the node dies on the way', async () => {
    let statements = 0;
    for (; ; statements++) {
      const { phase, died } = await survive(`crash-${statements}`, {}, statements);
      expect(phase).to.equal('completed');
      if (!died) break;
    }
    expect(statements, 'places where it died').to.be.greaterThan(8);
  });

  it('undoes everything wherever the node dies while it undoes', async () => {
    let statements = 0;
    for (; ; statements++) {
      const { phase, died } = await survive(`undo-${statements}`, { address: 'nowhere' }, statements);
      expect(phase).to.equal('faulted');
      if (!died) break;
    }
    expect(statements, 'places where it died').to.be.greaterThan(12);
  });

  it('leaves nothing behind whichever step fails', async () => {
    const failures = {
      stock: { quantity: 100_000 },
      payment: { card: 'tok-0002' },
      carrier: { address: 'nowhere' },
    };
    for (const [step, input] of Object.entries(failures)) {
      await begin(node.broker, `fails-${step}`, input);
      const { phase } = await end(node.broker, `fails-${step}`);
      expect(phase, step).to.equal('faulted');
      await balanced(node.broker, `fails-${step}`, phase);
    }
    await begin(node.broker, 'fails-confirm', {}, 'order-unconfirmed');
    const { phase } = await end(node.broker, 'fails-confirm');
    expect(phase, 'confirm').to.equal('faulted');
    await balanced(node.broker, 'fails-confirm', phase);
    const { steps } = await call(node.broker, getRun, { runId: 'fails-confirm' }, meta());
    expect(steps.filter(each => each.compensation === 'undone')).to.have.length(3);
  });

  it('leaves the stock as all orders together say', async () => {
    const { total, taken } = await database.withTenant(tenantId, async tx => {
      const [row] = await tx.query<{ total: number; taken: number }>(
        `select coalesce(sum(amount), 0)::float8 as total,
           (select count(*)::float8 from (select reference from shop_entry where book = 'shipment' group by reference having sum(amount) = 1) s) as taken
         from shop_entry where book = 'stock' and account = $1`,
        [GOOD.sku],
      );
      return row!;
    });
    expect(total).to.equal(STOCK - taken * GOOD.quantity);
  });
});
