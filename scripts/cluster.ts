/**
 * Local clusters: worker nodes and one gateway node as processes of their own on real PostgreSQL, NATS and Redis.
 * `make cluster N=3` runs one until Ctrl-C; end-to-end and crash tests start theirs with `startCluster`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { newId } from '../lib/kernel/ids.ts';
import { UNITS } from '../units.config.ts';

const ROOT = join(import.meta.dirname, '..');
const START_LIMIT_MS = 60_000;

/** As `npm run node` starts a node. */
const NODE_FLAGS = [
  '--min-semi-space-size=16',
  '--disable-proto=delete',
  '--disable-warning=ExperimentalWarning',
];

export interface ClusterAddresses {
  /** PostgreSQL as a user that may create databases and roles. */
  readonly postgres: string;
  readonly nats: string;
  /** NATS as a user of its system account; empty when there is none. */
  readonly natsSystem: string;
  readonly redis: string;
}

export interface ClusterOptions {
  readonly nodes: number;
  readonly addresses: ClusterAddresses;
  /** Units of each worker. */
  readonly units?: string;
  /** Each worker has a gateway of its own, on a free port, and there is no other. */
  readonly gateways?: boolean;
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLog?: (node: string, line: string) => void;
  /** Seed the demo tenant through the first node. */
  readonly demo?: boolean;
}

export interface ClusterNode {
  readonly id: string;
  /** Where its gateway listens; empty without one. */
  readonly url: string;
  readonly process: ChildProcess;
  kill(signal: NodeJS.Signals): void;
  /** Starts it again, with the same name, after it has ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Cluster {
  readonly url: string;
  readonly databaseUrl: string;
  /** The demo tenant's key when `demo` was asked for. */
  readonly apiKey: string;
  readonly workers: readonly ClusterNode[];
  readonly gateway: ClusterNode;
  /** The environment that joins another process (the REPL) to this cluster. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const WORKER_UNITS = Object.keys(UNITS)
  .filter(unit => unit !== 'gateway')
  .join(',');

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { addresses, nodes } = options;
  const name = newId('run').replace('_', '').toLowerCase();
  const databaseUrl = await createDatabase(addresses.postgres, `troupe_${name}`);
  const environment: Record<string, string> = {
    TROUPE_MODE: 'cluster',
    TROUPE_NAMESPACE: name,
    TROUPE_DATABASE_URL: databaseUrl,
    TROUPE_MIGRATION_URL: databaseUrl,
    TROUPE_NATS_URL: addresses.nats,
    TROUPE_NATS_SYSTEM_URL: addresses.natsSystem,
    TROUPE_REDIS_URL: addresses.redis,
    // The cluster's database lives as long as this command: so may its key.
    TROUPE_KMS_KEYS: `cluster:${randomBytes(32).toString('base64')}`,
    TROUPE_LOG_LEVEL: 'warn',
    ...options.environment,
  };
  const started: ClusterNode[] = [];
  const start = async (id: string, units: string, extra: Record<string, string> = {}) => {
    const node = await startProcess(
      `${name}-${id}`,
      { ...environment, TROUPE_UNITS: units, ...extra },
      options.onLog,
    );
    started.push(node);
    return node;
  };
  try {
    const units = options.units ?? (options.gateways ? 'all' : WORKER_UNITS);
    const workers = await Promise.all(
      Array.from({ length: nodes }, (_, i) => start(`worker-${i + 1}`, units, { TROUPE_PORT: '0' })),
    );
    const gateway = options.gateways
      ? workers[0]!
      : await start('gateway', 'gateway', { TROUPE_PORT: String(options.port ?? 0) });
    const apiKey = options.demo ? await seed(environment) : '';
    return {
      url: gateway.url,
      databaseUrl,
      apiKey,
      workers,
      gateway,
      environment,
      async stop() {
        await gateway.stop();
        await Promise.all(workers.map(worker => worker.stop()));
        await dropDatabase(addresses.postgres, `troupe_${name}`);
      },
    };
  } catch (error) {
    await Promise.all(started.map(node => node.stop()));
    throw error;
  }
}

async function startProcess(
  id: string,
  environment: Record<string, string>,
  onLog: ClusterOptions['onLog'],
): Promise<ClusterNode> {
  let child!: ChildProcess;
  let url = '';
  const run = async () => {
    child = spawn(process.execPath, [...NODE_FLAGS, join(ROOT, 'scripts/node.ts')], {
      cwd: ROOT,
      env: { ...withoutTroupe(process.env), ...environment, TROUPE_NODE_ID: id },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: child.stderr! }).on('line', line => onLog?.(id, line));
    url = await upLine(child, id);
  };
  await run();
  return {
    id,
    get url() {
      return url;
    },
    get process() {
      return child;
    },
    kill: signal => void child.kill(signal),
    async restart() {
      await ended(child);
      await run();
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended(child);
    },
  };
}

/** Our own settings are given, not inherited. */
function withoutTroupe(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('TROUPE_')));
}

function upLine(child: ChildProcess, id: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${id} did not start within ${START_LIMIT_MS} ms`));
    }, START_LIMIT_MS);
    child.once('exit', code => {
      clearTimeout(timer);
      reject(new Error(`${id} ended while starting (code ${code})`));
    });
    createInterface({ input: child.stdout! }).on('line', line => {
      if (!line.startsWith('UP ')) return;
      clearTimeout(timer);
      resolve(line.split(' ')[2] ?? '');
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function seed(environment: Record<string, string>): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      '--disable-proto=delete',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'scripts/tenant.ts'),
      '--demo',
    ],
    {
      cwd: ROOT,
      env: { ...withoutTroupe(process.env), ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let last = '';
  createInterface({ input: child.stdout! }).on('line', line => {
    last = line;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('the demo tenant could not be seeded');
  return last.trim();
}

async function createDatabase(adminUrl: string, name: string): Promise<string> {
  await asAdmin(adminUrl, client => client.query(`create database ${name}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await asAdmin(adminUrl, client => client.query(`drop database if exists ${name} with (force)`));
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Addresses from the environment that `scripts/provision/with-servers.ts` gives its command. */
export function addressesFromEnvironment(): ClusterAddresses {
  const need = (name: string) => {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run this through \`make\`, which provides the servers`);
    return value;
  };
  return {
    postgres: need('TROUPE_TEST_PG_URL'),
    nats: need('TROUPE_TEST_NATS_URL'),
    natsSystem: process.env.TROUPE_TEST_NATS_SYSTEM_URL ?? '',
    redis: need('TROUPE_TEST_REDIS_URL'),
  };
}

async function main(): Promise<void> {
  const nodes = Number(process.env.N ?? '3');
  process.stderr.write(`Starting ${nodes} nodes and a gateway ...\n`);
  const cluster = await startCluster({
    nodes,
    addresses: addressesFromEnvironment(),
    demo: true,
    ...(process.env.UNITS ? { units: process.env.UNITS } : {}),
    ...(process.env.PORT ? { port: Number(process.env.PORT) } : { port: 8000 }),
    onLog: (node, line) => process.stderr.write(`${node}  ${line}\n`),
  });
  for (const node of [...cluster.workers, cluster.gateway])
    process.stderr.write(`  ${node.id}  process ${node.process.pid}\n`);
  const join = Object.entries(cluster.environment).map(([name, value]) => `${name}='${value}'`);
  process.stderr.write(`\nTo look inside: ${join.join(' ')} make repl\n\n`);
  console.log(`READY ${cluster.url} ${cluster.apiKey}`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    cluster.stop().then(
      () => process.exit(0),
      error => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
