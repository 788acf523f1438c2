/** The processes of the crash test: servers, the ledger, and workers that reach the servers through proxies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { migrate } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { sleep } from '../../lib/kernel/clock.ts';
import {
  type NatsServer,
  type Server,
  startNats,
  startPostgres,
  startRedis,
} from '../../scripts/provision/servers.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

const NODE_FLAGS = ['--disable-proto=delete', '--disable-warning=ExperimentalWarning'];
/** A supervisor starts a node that has ended again after this. */
const RESPAWN_MS = 500;
const START_LIMIT_MS = 30_000;

export interface Worker {
  readonly id: string;
  readonly nats: TcpProxy;
  readonly postgres: TcpProxy;
  /** It has said that it is up. */
  readonly up: boolean;
  signal(signal: NodeJS.Signals): void;
  /** Ends it; resolves when it is gone. It stays down until `start`. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it and keeps it up: one that ends by itself is started again. */
  start(): void;
  untilUp(): Promise<void>;
}

export interface CrashCluster {
  readonly postgres: Server;
  readonly nats: NatsServer;
  readonly redis: Server;
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workers: readonly Worker[];
  /** Ends of workers that nobody asked for, after they had been up. */
  readonly unexpectedEnds: readonly string[];
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly nodes: number;
  /** Files go here: logs of the nodes, the ledger. */
  readonly folder: string;
}

export async function startCrashCluster({ nodes, folder }: ClusterOptions): Promise<CrashCluster> {
  const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
  const databaseUrl = await prepareDatabase(postgres.url);
  const ledger = spawnNode('test/crash/ledger.ts', [join(folder, 'ledger.jsonl')], {}, folder, 'ledger');
  const ledgerUrl = `http://127.0.0.1:${await upLine(ledger)}`;
  const environment = {
    TROUPE_MODE: 'cluster',
    TROUPE_NAMESPACE: 'crash',
    TROUPE_DATABASE_URL: databaseUrl,
    TROUPE_NATS_URL: nats.url,
    TROUPE_NATS_SYSTEM_URL: nats.systemUrl,
    TROUPE_REDIS_URL: redis.url,
    TROUPE_LOG_LEVEL: 'info',
    CRASH_LEDGER_URL: ledgerUrl,
  };
  const unexpectedEnds: string[] = [];
  const workers = await Promise.all(
    Array.from({ length: nodes }, (_, i) =>
      makeWorker(`worker-${i + 1}`, environment, { postgres, nats }, folder, unexpectedEnds),
    ),
  );
  for (const worker of workers) worker.start();
  await Promise.all(workers.map(worker => worker.untilUp()));
  return {
    postgres,
    nats,
    redis,
    databaseUrl,
    environment,
    workers,
    unexpectedEnds,
    async stop() {
      for (const worker of workers) worker.signal('SIGCONT');
      await Promise.all(workers.map(worker => worker.end('SIGKILL')));
      for (const worker of workers) {
        worker.nats.close();
        worker.postgres.close();
      }
      ledger.kill('SIGKILL');
      await Promise.all([postgres.stop(), nats.stop(), redis.stop()]);
    },
  };
}

async function makeWorker(
  id: string,
  shared: Readonly<Record<string, string>>,
  servers: { postgres: Server; nats: NatsServer },
  folder: string,
  unexpectedEnds: string[],
): Promise<Worker> {
  const nats = await startProxy(servers.nats.port);
  const postgres = await startProxy(servers.postgres.port);
  const through = (url: string, port: number) => {
    const changed = new URL(url);
    changed.port = String(port);
    return changed.href;
  };
  const environment = {
    ...shared,
    TROUPE_NODE_ID: id,
    TROUPE_UNITS: 'conversation',
    TROUPE_DATABASE_URL: through(shared.TROUPE_DATABASE_URL!, postgres.port),
    TROUPE_NATS_URL: through(shared.TROUPE_NATS_URL!, nats.port),
    TROUPE_NATS_SYSTEM_URL: through(shared.TROUPE_NATS_SYSTEM_URL!, nats.port),
  };
  let child: ChildProcess | undefined;
  let wanted = false;
  let up = false;
  const run = () => {
    if (!wanted || child) return;
    const started = spawnNode('test/crash/node.ts', [], environment, folder, id);
    child = started;
    upLine(started).then(
      () => {
        up = child === started;
      },
      () => {}, // it ended while it started: the supervisor below sees to it
    );
    started.once('exit', (code, signal) => {
      if (wanted && up) unexpectedEnds.push(`${id} ended by itself: ${signal ?? `code ${code}`}`);
      up = false;
      child = undefined;
      if (wanted) setTimeout(run, RESPAWN_MS);
    });
  };
  return {
    id,
    nats,
    postgres,
    get up() {
      return up;
    },
    signal: signal => void child?.kill(signal),
    async end(signal) {
      wanted = false;
      if (!child) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    start() {
      wanted = true;
      run();
    },
    async untilUp() {
      const end = performance.now() + START_LIMIT_MS;
      while (!up) {
        if (performance.now() > end) throw new Error(`${id} did not come up: see its log in ${folder}`);
        await sleep(20);
      }
    },
  };
}

function spawnNode(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
  name: string,
): ChildProcess {
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith('TROUPE_'));
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, join(import.meta.dirname, '../..', script), ...args],
    {
      env: { ...Object.fromEntries(own), ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const log = (data: Buffer) => appendFileSync(join(folder, `${name}.log`), data);
  child.stdout!.on('data', log);
  child.stderr!.on('data', log);
  return child;
}

/** What follows `UP`. Rejects when the process ends first. */
function upLine(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('exit', code => reject(new Error(`ended while it started (code ${code})`)));
  createInterface({ input: child.stdout! }).on('line', line => {
    if (line.startsWith('UP ')) resolve(line.slice(3));
  });
  return promise;
}

/** A database with the schema, and a log of what became of each lease, written by a trigger. */
async function prepareDatabase(adminUrl: string): Promise<string> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query('create database crash');
  await admin.end();
  const url = new URL(adminUrl);
  url.pathname = '/crash';
  const database = openPostgres({ url: url.href });
  await migrate(database);
  await database.asOwner(tx =>
    tx.script(`
      create table crash_lease_log (epoch bigint, node_id text, state text, at timestamptz default clock_timestamp());
      create function crash_log_lease() returns trigger security definer language plpgsql as $$
      begin
        insert into crash_lease_log (epoch, node_id, state) values (new.epoch, new.node_id, new.state);
        return new;
      end $$;
      create trigger crash_lease after insert on node_lease for each row execute function crash_log_lease();
      create trigger crash_lease_state after update of state on node_lease for each row
        when (old.state is distinct from new.state) execute function crash_log_lease();
    `),
  );
  await database.close();
  return url.href;
}
