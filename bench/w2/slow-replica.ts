/**
 * Slow replicas: ten endpoints offer one model; one of them takes twenty times as long as the others, or some calls do
 * at whichever. What balancing and hedging do about it, through a whole node over HTTP, beside asking the endpoints in
 * turn. `npm run -s bench:slow-replica` prints one JSON line for each case.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { seededRandom, sleep } from '../../lib/kernel/clock.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { call } from '../../lib/moleculer/action.ts';
import { type Node, startNode } from '../../moleculer.config.ts';
import { ESSENTIAL } from '../../units.config.ts';

/** What is slow: a replica, or that share of the calls wherever they are asked. */
export type Slow = 'one replica of ten' | number;

export interface SlowReplica {
  readonly slow: Slow;
  /** `in turn`: without Troupe, one endpoint after the other. */
  readonly by: 'in turn' | 'balanced' | 'balanced and hedged';
  readonly calls: number;
  readonly p50ms: number;
  readonly p95ms: number;
  readonly p99ms: number;
  /** Calls whose answer was a slow one, percent. */
  readonly slowPercent: number;
  /** Calls that the providers saw beyond those that were made, percent. */
  readonly extraPercent: number;
  /** Answers that providers could not finish because their socket was closed, and hedges that lost by the ledger. */
  readonly socketsClosed: number;
  readonly losers: number;
  /** Lines of the ledger that cost something: one for each call. */
  readonly billed: number;
}

export interface SlowOptions {
  readonly slow: Slow;
  readonly by: SlowReplica['by'];
  readonly calls: number;
  readonly usualMs: number;
  /** A node with these settings. */
  readonly start: (settings: Readonly<Record<string, string>>) => Promise<RunningNode>;
}

type RunningNode = Pick<Node, 'broker' | 'database' | 'url' | 'stop'>;

const REPLICAS = 10;
const SLOW_FACTOR = 20;
const CONNECTIONS = 8;
const LEDGER_WRITTEN_MS = 300;
const ANSWER = JSON.stringify({
  id: 'chatcmpl-slow',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'replica',
  choices: [{ index: 0, message: { role: 'assistant', content: 'At nine.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
});

export async function measureSlow({ slow, by, calls, usualMs, start }: SlowOptions): Promise<SlowReplica> {
  const random = seededRandom(42);
  const slowMs = usualMs * SLOW_FACTOR;
  const seen = { calls: 0, closed: 0, slow: 0 };
  const servers: Server[] = [];
  for (let n = 0; n < REPLICAS; n++) {
    const server = createServer((request, response) => {
      seen.calls++;
      const late = typeof slow === 'number' ? random() < slow : n === 0;
      const timer = setTimeout(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
        late ? slowMs : usualMs,
      );
      response.once('close', () => {
        clearTimeout(timer);
        if (!response.writableFinished) seen.closed++;
        else if (late) seen.slow++;
      });
      request.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  const urls = servers.map(server => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const latencies: number[] = [];
  const askAll = async (target: (n: number) => { url: string; apiKey: string }) => {
    let next = 0;
    const caller = async () => {
      for (let n = next++; n < calls; n = next++) {
        const { url, apiKey } = target(n);
        latencies.push(await ask(`${url}/chat/completions`, apiKey, agent));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  };
  const result = (ledger: { billed: number; losers: number }): SlowReplica => {
    const sorted = latencies.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)]! * 10) / 10;
    const percent = (count: number) => Math.round((count / calls) * 1_000) / 10;
    return {
      slow,
      by,
      calls,
      p50ms: at(0.5),
      p95ms: at(0.95),
      p99ms: at(0.99),
      slowPercent: percent(seen.slow),
      extraPercent: percent(seen.calls - calls),
      socketsClosed: seen.closed,
      ...ledger,
    };
  };
  try {
    if (by === 'in turn') {
      await askAll(n => ({ url: urls[n % REPLICAS]!, apiKey: '' }));
      return result({ billed: calls, losers: 0 });
    }
    return await throughNode(start, urls, by === 'balanced and hedged', async (node, tenantId, apiKey) => {
      await askAll(() => ({ url: `${node.url}/v1`, apiKey }));
      return result(await ledgerOf(node, tenantId, calls));
    });
  } finally {
    agent.destroy();
    for (const server of servers) server.close();
  }
}

/** A node whose models are those endpoints, with a tenant that may call them at will. */
async function throughNode<T>(
  start: SlowOptions['start'],
  urls: readonly string[],
  hedging: boolean,
  work: (node: RunningNode, tenantId: string, apiKey: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-slow-'));
  const file = join(folder, 'models.json');
  const models = [{ id: 'replica', tier: 'LLM', inputPerMillion: 1_000_000, outputPerMillion: 1_000_000 }];
  const endpoints = urls.map((baseUrl, n) => ({ name: `replica-${n}`, baseUrl, models }));
  await writeFile(file, JSON.stringify({ endpoints }));
  const node = await start({
    TROUPE_PORT: '0',
    TROUPE_LOG_LEVEL: 'error',
    TROUPE_DATA_DIR: join(folder, 'data'),
    TROUPE_MODELS_FILE: file,
    TROUPE_MODEL_HEDGE_PERCENT: hedging ? '5' : '0',
  });
  try {
    const { tenantId, apiKey } = await call(node.broker, createTenant, { name: 'slow replica' });
    await node.database.asJob('troupe_control', tx =>
      tx.query(`update tenant set plan = 'business' where tenant_id = $1`, [tenantId]),
    );
    return await work(node, tenantId, apiKey);
  } finally {
    await node.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the ledger holds once nothing is written to it any more. */
async function ledgerOf({ database }: RunningNode, tenantId: string, calls: number) {
  for (let before = -1; ; ) {
    const [found] = await database.withTenant(tenantId, tx =>
      tx.query<{ billed: number; losers: number; rows: number }>(
        `select count(*) filter (where cost_micro_usd > 0)::int as billed, count(*)::int as rows,
           count(*) filter (where outcome = 'hedge-lost')::int as losers from model_call`,
      ),
    );
    const { billed, losers, rows } = found!;
    if (billed >= calls && rows === before) return { billed, losers };
    before = rows;
    await sleep(LEDGER_WRITTEN_MS);
  }
}

function ask(url: string, apiKey: string, agent: Agent): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const began = performance.now();
  const request = httpRequest(
    url,
    {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    },
    response => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - began);
        else reject(new Error(`answered ${response.statusCode}`));
      });
    },
  );
  request.once('error', reject);
  request.end(JSON.stringify({ model: 'replica', messages: [{ role: 'user', content: 'When?' }] }));
  return promise;
}

if (import.meta.main) {
  const units = ['gateway', ...ESSENTIAL].join();
  const start: SlowOptions['start'] = settings => startNode(readConfig({ ...settings, TROUPE_UNITS: units }));
  const cases = [
    ...(['in turn', 'balanced', 'balanced and hedged'] as const).map(
      by => ['one replica of ten', by] as const,
    ),
    ...[0.04, 0.1].flatMap(slow =>
      (['balanced', 'balanced and hedged'] as const).map(by => [slow, by] as const),
    ),
  ];
  for (const [slow, by] of cases)
    console.log(JSON.stringify(await measureSlow({ slow, by, calls: 2_000, usualMs: 25, start })));
}
