/**
 * A slow replica: ten endpoints offer one model, and one of them takes twenty times as long as the others, or each
 * does so for one call in ten. What hedging does about it, through a whole node over HTTP.
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
import { startNode } from '../../moleculer.config.ts';

export interface SlowReplica {
  readonly hedging: boolean;
  readonly slow: 'one replica' | 'one call in ten';
  readonly calls: number;
  readonly p50ms: number;
  readonly p95ms: number;
  readonly p99ms: number;
  /** Calls that the providers saw beyond those that were made, percent. */
  readonly extraPercent: number;
  /** Answers that providers could not finish because their socket was closed, and hedges that lost by the ledger. */
  readonly socketsClosed: number;
  readonly losers: number;
  /** Lines of the ledger that cost something: one for each call. */
  readonly billed: number;
}

const REPLICAS = 10;
const SLOW_FACTOR = 20;
const CONNECTIONS = 8;
const LEDGER_WRITTEN_MS = 500;
const ANSWER = JSON.stringify({
  id: 'chatcmpl-slow',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'replica',
  choices: [{ index: 0, message: { role: 'assistant', content: 'At nine.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
});

export async function measureSlowReplica(options: {
  readonly hedging: boolean;
  readonly slow: SlowReplica['slow'];
  readonly calls: number;
  readonly usualMs: number;
}): Promise<SlowReplica> {
  const { hedging, slow, calls, usualMs } = options;
  const random = seededRandom(42);
  const seen = { calls: 0, closed: 0 };
  const servers: Server[] = [];
  for (let n = 0; n < REPLICAS; n++) {
    const server = createServer((request, response) => {
      seen.calls++;
      const late = slow === 'one replica' ? n === 0 : random() < 1 / REPLICAS;
      const timer = setTimeout(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
        late ? usualMs * SLOW_FACTOR : usualMs,
      );
      response.once('close', () => {
        clearTimeout(timer);
        if (!response.writableFinished) seen.closed++;
      });
      request.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  const folder = await mkdtemp(join(tmpdir(), 'troupe-slow-'));
  const file = join(folder, 'models.json');
  const endpoints = servers.map((server, n) => ({
    name: `replica-${n}`,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    models: [{ id: 'replica', tier: 'LLM', inputPerMillion: 1_000_000, outputPerMillion: 1_000_000 }],
  }));
  await writeFile(file, JSON.stringify({ endpoints }));
  const node = await startNode(
    readConfig({
      TROUPE_PORT: '0',
      TROUPE_LOG_LEVEL: 'error',
      TROUPE_DATA_DIR: join(folder, 'data'),
      TROUPE_MODELS_FILE: file,
      TROUPE_MODEL_HEDGE_PERCENT: hedging ? '5' : '0',
    }),
  );
  try {
    const { tenantId, apiKey } = await call(node.broker, createTenant, { name: 'slow replica' });
    await node.database.asJob('troupe_control', tx =>
      tx.query(`update tenant set plan = 'business' where tenant_id = $1`, [tenantId]),
    );
    const latencies: number[] = [];
    let left = calls;
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const caller = async () => {
      while (left-- > 0) latencies.push(await ask(`${node.url}/v1/chat/completions`, apiKey, agent));
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, caller));
    agent.destroy();
    const count = async () =>
      (
        await node.database.withTenant(tenantId, tx =>
          tx.query<{ billed: number; losers: number }>(
            `select count(*) filter (where cost_micro_usd > 0)::int as billed,
               count(*) filter (where outcome = 'hedge-lost')::int as losers from model_call`,
          ),
        )
      )[0]!;
    let ledger = await count();
    while (ledger.billed < calls) {
      await sleep(LEDGER_WRITTEN_MS);
      ledger = await count();
    }
    // What was billed beyond that would be written by now.
    await sleep(LEDGER_WRITTEN_MS);
    ledger = await count();
    const at = (share: number) =>
      Math.round(latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * share)]! * 10) / 10;
    return {
      hedging,
      slow,
      calls,
      p50ms: at(0.5),
      p95ms: at(0.95),
      p99ms: at(0.99),
      extraPercent: Math.round(((seen.calls - calls) / calls) * 1_000) / 10,
      socketsClosed: seen.closed,
      ...ledger,
    };
  } finally {
    await node.stop();
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
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

if (import.meta.main)
  for (const slow of ['one replica', 'one call in ten'] as const)
    for (const hedging of [false, true])
      console.log(JSON.stringify(await measureSlowReplica({ hedging, slow, calls: 3_000, usualMs: 10 })));
