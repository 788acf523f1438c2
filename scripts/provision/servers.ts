/**
 * Real servers for tests and for `make cluster`: each with a port and data of its own, thrown away by `stop`.
 * They come from docker compose when an engine answers, else from Debian packages in the cache folder.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { startComposed } from './compose.ts';
import { unpacked } from './programs.ts';
import { mustRun } from './run.ts';
import { type Server, startServer } from './server-process.ts';
import { plainEnvironment, type RunAs, runAs } from './settings.ts';

export type { Server } from './server-process.ts';

export interface PostgresOptions {
  /** Waits for the disk on each commit, as in production (default). False is faster and fine without crash tests. */
  readonly fsync?: boolean;
  readonly maxConnections?: number;
  /** Further settings, as `name: value` of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface NatsServer extends Server {
  /** The system account, which sees `$SYS.ACCOUNT.*.DISCONNECT`: user and password are in the URL. */
  readonly systemUrl: string;
}

const PROBE_TIMEOUT_MS = 1000;
const NATS_CONFIG = join(import.meta.dirname, 'nats.conf');

/** PostgreSQL with pgvector to hand (`create extension vector`). The URL is the superuser's, on database `postgres`. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Server> {
  const { fsync = true, maxConnections = 200, settings = {} } = options;
  const password = randomBytes(12).toString('hex');
  const url = (port: number) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const answers = (port: number) => postgresAnswers(url(port));
  const all = {
    fsync: fsync ? 'on' : 'off',
    max_connections: String(maxConnections),
    jit: 'off',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const composed = await startComposed({ service: 'postgres', password, flags, url, answers });
  if (composed) return composed;
  const program = await unpacked('pg');
  return startServer(
    {
      name: 'PostgreSQL',
      command: join(program.bin, 'postgres'),
      environment: program.environment,
      prepare: (folder, user) => initdb(program, folder, user, password),
      args: (port, folder) => [
        ...['-D', join(folder, 'data'), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', `unix_socket_directories=${folder}`, ...flags],
      ],
      answers,
      url,
      stopSignal: 'SIGINT',
      dropSignal: 'SIGQUIT',
    },
    runAs(),
  );
}

/** NATS with JetStream. A plain connection is in the account `APP`; `systemUrl` is the system account's. */
export async function startNats(): Promise<NatsServer> {
  const url = (port: number) => `nats://127.0.0.1:${port}`;
  const answers = (port: number) => says(port, '', text => text.startsWith('INFO {'));
  const composed = await startComposed({ service: 'nats', flags: [], url, answers });
  const server = composed ?? (await startNatsProcess(url, answers));
  return Object.assign(server, { systemUrl: `nats://sys:sys@127.0.0.1:${server.port}` });
}

/** A nats:// URL as the options of the client's `connect`, which does not read user and password from a URL. */
export function natsOptions(url: string): { servers: string; user?: string; pass?: string } {
  const { username, password, host } = new URL(url);
  return { servers: host, ...(username ? { user: username, pass: password } : {}) };
}

async function startNatsProcess(
  url: (port: number) => string,
  answers: (port: number) => Promise<boolean>,
): Promise<Server> {
  const program = await unpacked('nats');
  return startServer(
    {
      name: 'NATS',
      command: join(program.bin, 'nats-server'),
      environment: program.environment,
      prepare: async folder => cpSync(NATS_CONFIG, join(folder, 'nats.conf')),
      args: (port, folder) => [
        ...['-c', join(folder, 'nats.conf'), '-a', '127.0.0.1', '-p', String(port)],
        ...['-js', '-sd', join(folder, 'data')],
      ],
      answers,
      url,
      stopSignal: 'SIGTERM',
      dropSignal: 'SIGTERM',
    },
    runAs(),
  );
}

/** Redis with an append-only file: what was acknowledged is there again after a restart. */
export async function startRedis(): Promise<Server> {
  const url = (port: number) => `redis://127.0.0.1:${port}`;
  const answers = (port: number) => says(port, 'PING\r\n', text => text.startsWith('+PONG'));
  const flags = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const composed = await startComposed({ service: 'redis', flags, url, answers });
  if (composed) return composed;
  const program = await unpacked('redis');
  return startServer(
    {
      name: 'Redis',
      command: join(program.bin, 'redis-server'),
      environment: program.environment,
      args: (port, folder) => ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...flags],
      answers,
      url,
      stopSignal: 'SIGTERM',
      dropSignal: 'SIGTERM',
    },
    runAs(),
  );
}

async function initdb(
  program: { bin: string; environment: Readonly<Record<string, string>> },
  folder: string,
  user: RunAs | undefined,
  password: string,
): Promise<void> {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid);
  await mustRun(
    'Making the PostgreSQL data folder',
    'PostgreSQL needs a user that /etc/passwd knows and a temporary folder that it can write: see TMPDIR',
    join(program.bin, 'initdb'),
    [
      ...['-D', data, '-U', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync', '--no-instructions'],
    ],
    { cwd: folder, env: plainEnvironment({ HOME: folder, ...program.environment }), ...user },
  );
}

async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PROBE_TIMEOUT_MS });
  client.on('error', () => undefined); // A server that goes down again is not ready: the query says so.
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false; // Not ready yet: the caller tries again until its deadline.
  } finally {
    await client.end();
  }
}

/** Sends a text to a port of this machine and judges the first words of the answer. */
async function says(port: number, text: string, judge: (answer: string) => boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.setTimeout(PROBE_TIMEOUT_MS, () => resolve(false));
  socket.once('data', data => resolve(judge(data.toString('utf8'))));
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  const answered = await promise;
  socket.destroy();
  return answered;
}
