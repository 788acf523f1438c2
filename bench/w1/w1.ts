/**
 * `npm run -s bench:w1`: the durable conversation turn on our runtime, as one JSON line. NODES=0 runs the actors in
 * this process, without NATS; NODES=n in n node processes behind NATS, called through the broker. An accepted message
 * is on disk before the model runs, its answer before it is given: two fsynced commits a turn, shared in groups.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { parseActorName } from '../../actors/runtime/actor-type.ts';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startNode } from '../../moleculer.config.ts';
import { startNats, startPostgres } from '../../scripts/provision/servers.ts';
import { stubEffects } from './stub-effects.ts';
import { type RunTurn, runWorkload } from './workload.ts';

const NODES = Number.parseInt(process.env.NODES ?? '0', 10);
const TENANT = 'ten_00000000000000000000000001';
const DURABILITY =
  'PostgreSQL fsync=on, synchronous_commit=on: the message before the model runs, the answer before the reply';

const given = process.env.PG_URL;
const postgres = given ? undefined : await startPostgres();
const admin = new pg.Client({ connectionString: given ?? postgres!.url });
await admin.connect();
const name = `troupe_w1_${process.pid}`;
await admin.query(`create database ${name}`);
const url = new URL(given ?? postgres!.url);
url.pathname = `/${name}`;
const owner = openPostgres({ url: url.href });
await migrate(owner);
const postmaster = Number((await admin.query(`select pg_backend_pid() as pid`)).rows[0].pid);

/** The server's first process: the parent of our connection's. */
async function postmasterPid(): Promise<number> {
  if (postgres?.pid) return postgres.pid;
  const { readFileSync } = await import('node:fs');
  const stat = readFileSync(`/proc/${postmaster}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const nats = NODES > 0 ? await startNats() : undefined;
const environment = {
  TROUPE_MODE: 'cluster',
  TROUPE_NAMESPACE: name,
  TROUPE_DATABASE_URL: url.href,
  TROUPE_NATS_URL: nats?.url ?? 'nats://127.0.0.1:1',
  TROUPE_NATS_SYSTEM_URL: nats?.systemUrl ?? '',
  TROUPE_REDIS_URL: 'redis://127.0.0.1:1',
  TROUPE_LOG_LEVEL: 'error',
};
const children = await Promise.all(Array.from({ length: NODES }, (_, i) => spawnNode(`node-${i + 1}`)));
const node = await startNode(
  readConfig({ ...environment, TROUPE_UNITS: NODES > 0 ? 'none' : 'conversation', TROUPE_NODE_ID: 'driver' }),
  NODES > 0 ? {} : { effects: stubEffects, transporter: false },
);
if (NODES > 0) await node.broker.waitForServices(['conversation'], 30_000, 50);
if (NODES > 1) while (conversationNodes() < NODES) await new Promise(resolve => setTimeout(resolve, 50));

const turn: RunTurn = async (conversationId, messageId, text) => {
  const sent = await call(
    node.broker,
    sendMessage,
    { conversationId, messageId, text },
    { meta: { tenantId: TENANT } },
  );
  return sent.turn;
};

const counts = async (ids: readonly string[]) => {
  const rows = await owner.asJob('troupe_relay', tx =>
    tx.query<{ actor: string; turns: number }>(
      `select actor, count(*)::int as turns from journal, json_array_elements(events::json) e where e->>'type' = 'TurnCompleted' and actor = any ($1) group by actor`,
      [ids.map(id => `conversation/${id}`)],
    ),
  );
  const byId = new Map(rows.map(row => [parseActorName(TENANT, row.actor).key, row.turns]));
  return ids.map(id => byId.get(id) ?? 0);
};

const processes = {
  client: process.pid,
  postgres: await postmasterPid(),
  ...(nats ? { nats: nats.pid! } : {}),
  ...Object.fromEntries(children.map(({ pid }, i) => [`node${i + 1}`, pid!])),
};
const line = await runWorkload({
  peer: NODES > 0 ? `Troupe actors, ${NODES} nodes on NATS` : 'Troupe actors, in process',
  durability: DURABILITY,
  turn,
  counts,
  processes,
});
console.log(JSON.stringify(line));

await node.stop();
for (const child of children) child.kill('SIGTERM');
await Promise.all(children.map(child => new Promise(resolve => child.once('exit', resolve))));
await owner.close();
await admin.query(`drop database ${name} with (force)`);
await admin.end();
await nats?.stop();
await postgres?.stop();

function conversationNodes(): number {
  const services = node.broker.registry.getServiceList({}) as unknown as { name: string; nodeID: string }[];
  return new Set(services.filter(service => service.name === 'conversation').map(service => service.nodeID))
    .size;
}

function spawnNode(id: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'node.ts')],
    {
      env: { ...process.env, ...environment, TROUPE_UNITS: 'conversation', TROUPE_NODE_ID: id },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${id} ended (code ${code})`)));
    createInterface({ input: child.stdout! }).on('line', text => {
      if (text.startsWith('UP')) resolve(child);
    });
  });
}
