/** Order processing while the nodes that run it are killed: the books balance whatever happened where. */
import { once } from 'node:events';
import { expect } from 'chai';
import pg from 'pg';
import type { Cluster } from '../../scripts/cluster.ts';
import { Client, until } from '../e2e/client.ts';

const ORDERS = 40;
const KILLS = 2;
const GOOD = { sku: 'kettle-blue', quantity: 1, amount: 1_000, card: 'tok-4242', address: 'Main Street 1' };
/** Every third order fails at its last step and is undone. */
const inputOf = (n: number) => ({
  order: `kill-${n}`,
  ...GOOD,
  ...(n % 3 === 2 ? { address: 'nowhere' } : {}),
});

export function ordersUnderKillSuite(of: () => Cluster): void {
  it('completes or undoes every order, once, though nodes are killed in the middle', async () => {
    const cluster = of();
    const client = new Client(cluster.url, cluster.apiKey);
    const supply = { source: SUPPLY };
    expect((await client.request('PUT', '/orchestrator/workflows', supply)).status).to.equal(200);
    await client.request('POST', '/orchestrator/workflows/supply/runs', { wait: 10_000 });

    const begin = async (n: number) => {
      const body = { runId: `run_kill_${n}`, input: inputOf(n) };
      const headers = { 'idempotency-key': `order-${n}` };
      await until(
        async () =>
          (await client.request('POST', '/orchestrator/workflows/order-processing/runs', body, headers))
            .status,
        status => status === 201,
        60_000,
      );
    };
    const phases = async () =>
      await sql<{ phase: string; n: number }>(
        cluster,
        "select phase, count(*)::int as n from workflow_run where run_id like 'run\\_kill\\_%' group by 1",
      );
    const ended = async () =>
      (await phases()).reduce((sum, { phase, n }) => sum + (ENDS.has(phase) ? n : 0), 0);

    const comingBack: Promise<void>[] = [];
    let begun = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const share = Math.ceil((ORDERS * (kill + 1)) / KILLS);
      const orders = Array.from({ length: share - begun }, (_, i) => begin(begun + i));
      begun = share;
      // A few are begun, and it dies under them.
      await Promise.race(orders);
      const victim = cluster.workers[kill % cluster.workers.length]!;
      const exited = once(victim.process, 'exit');
      if (victim.process.exitCode === null && victim.process.signalCode === null) {
        victim.kill('SIGKILL');
        await exited;
      }
      comingBack.push(victim.restart());
      await Promise.all(orders);
      await comingBack.at(-1);
    }
    await until(ended, count => count === ORDERS, 60_000);
    const failed = Array.from({ length: ORDERS }, (_, n) => n % 3 === 2).filter(Boolean).length;
    expect(Object.fromEntries((await phases()).map(({ phase, n }) => [phase, n]))).to.deep.equal({
      completed: ORDERS - failed,
      faulted: failed,
    });
    const books = await sql<{ account: string; paid: number; held: number; shipped: number }>(
      cluster,
      `select reference as account, coalesce(sum(amount) filter (where book = 'payment'), 0)::int as paid,
         -coalesce(sum(amount) filter (where book = 'stock'), 0)::int as held,
         coalesce(sum(amount) filter (where book = 'shipment'), 0)::int as shipped
       from shop_entry where reference like 'kill-%' group by 1`,
    );
    const wrong = books.filter(({ account, paid, held, shipped }) => {
      const good = Number(account.slice('kill-'.length)) % 3 !== 2;
      return paid !== (good ? GOOD.amount : 0) || held !== (good ? 1 : 0) || shipped !== (good ? 1 : 0);
    });
    expect(wrong, 'books that do not balance').to.deep.equal([]);
    expect(books).to.have.length(ORDERS);
  });
}

const ENDS: ReadonlySet<string> = new Set(['completed', 'faulted', 'cancelled']);

/** What there is in stock comes in by a workflow of its own. */
const SUPPLY = `document: {dsl: '1.0.3', namespace: test, name: supply, version: '1.0.0'}
do:
  - receive: {call: shop.receiveStock, with: {sku: ${GOOD.sku}, quantity: 1000}}
`;

async function sql<T extends pg.QueryResultRow>(cluster: Cluster, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
