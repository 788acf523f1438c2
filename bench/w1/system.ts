/**
 * What a run of the benchmark stands on: PostgreSQL with the schema, NATS when there are nodes behind it, the nodes,
 * and the broker that calls them. Everything it starts is its own and goes with `stop`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { parseActorName } from '../../actors/runtime/actor-type.ts';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { call } from '../../lib/moleculer/action.ts';
import { type Node, startNode } from '../../moleculer.config.ts';
import { startNats, startPostgres } from '../../scripts/provision/servers.ts';
import { stubEffects } from './stub-effects.ts';
import type { RunTurn } from './workload.ts';

export const TENANT = 'ten_00000000000000000000000001';
const NODE_PROGRAM = join(import.meta.dirname, 'node.ts');

export interface BenchedSystem {
  readonly node: Node;
  readonly owner: Database;
  readonly turn: RunTurn;
  /** Turns of each conversation as the journal tells them. */
  readonly counts: (ids: readonly string[]) => Promise<number[]>;
  /** The process of each part, by name. */
  readonly processes: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Node processes on NATS; 0 hosts the actors in this process, without NATS. */
  readonly nodes: number;
  /** Further settings of the nodes. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** `PG_URL` names a server to use; else one is started. */
export async function startSystem({ nodes, settings = {} }: SystemOptions): Promise<BenchedSystem> {
  const given = process.env.PG_URL;
  const postgres = given ? undefined : await startPostgres();
  const serverUrl = given ?? postgres!.url;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  const name = `troupe_w1_${process.pid}`;
  await admin.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const owner = openPostgres({ url: url.href });
  await migrate(owner);

  const nats = nodes > 0 ? await startNats() : undefined;
  const environment = {
    TROUPE_MODE: 'cluster',
    TROUPE_NAMESPACE: name,
    TROUPE_DATABASE_URL: url.href,
    TROUPE_NATS_URL: nats?.url ?? 'nats://127.0.0.1:1',
    TROUPE_NATS_SYSTEM_URL: nats?.systemUrl ?? '',
    TROUPE_REDIS_URL: 'redis://127.0.0.1:1',
    TROUPE_LOG_LEVEL: 'error',
    ...settings,
  };
  const children = await Promise.all(
    Array.from({ length: nodes }, (_, i) => spawnNode(`node-${i + 1}`, environment)),
  );
  const node = await startNode(
    readConfig({
      ...environment,
      TROUPE_UNITS: nodes > 0 ? 'none' : 'conversation',
      TROUPE_NODE_ID: 'driver',
    }),
    nodes > 0 ? {} : { effects: stubEffects, transporter: false },
  );
  if (nodes > 0) await node.broker.waitForServices(['conversation'], 30_000, 50);
  while (conversationNodes(node) < nodes) await new Promise(resolve => setTimeout(resolve, 50));

  return {
    node,
    owner,
    turn: async (conversationId, messageId, text) => {
      const params = { conversationId, messageId, text };
      return (await call(node.broker, sendMessage, params, { meta: { tenantId: TENANT } })).turn;
    },
    counts: ids => turnsOf(owner, ids),
    processes: {
      client: process.pid,
      postgres: postgres?.pid ?? (await postmasterOf(admin)),
      ...(nats?.pid ? { nats: nats.pid } : {}),
      ...Object.fromEntries(children.map(({ pid }, i) => [`node${i + 1}`, pid!])),
    },
    async stop() {
      await node.stop();
      for (const child of children) child.kill('SIGTERM');
      await Promise.all(children.map(child => child.exitCode ?? new Promise(end => child.once('exit', end))));
      await owner.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
      await nats?.stop();
      await postgres?.stop();
    },
  };
}

async function turnsOf(owner: Database, ids: readonly string[]): Promise<number[]> {
  const rows = await owner.asJob('troupe_relay', tx =>
    tx.query<{ actor: string; turns: number }>(
      `select actor, count(*)::int as turns from journal, json_array_elements(events::json) e where e->>'type' = 'TurnCompleted' and actor = any ($1) group by actor`,
      [ids.map(id => `conversation/${id}`)],
    ),
  );
  const byId = new Map(rows.map(row => [parseActorName(TENANT, row.actor).key, row.turns]));
  return ids.map(id => byId.get(id) ?? 0);
}

/** The server's first process: the parent of our connection's. */
async function postmasterOf(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ pid: number }>('select pg_backend_pid() as pid');
  const stat = readFileSync(`/proc/${rows[0]!.pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function conversationNodes({ broker }: Node): number {
  const services = broker.registry.getServiceList({}) as unknown as { name: string; nodeID: string }[];
  return new Set(services.filter(service => service.name === 'conversation').map(service => service.nodeID))
    .size;
}

function spawnNode(id: string, environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...process.execArgv, NODE_PROGRAM], {
    env: { ...process.env, ...environment, TROUPE_UNITS: 'conversation', TROUPE_NODE_ID: id },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${id} ended (code ${code})`)));
    createInterface({ input: child.stdout! }).on('line', text => {
      if (text.startsWith('UP')) resolve(child);
    });
  });
}
