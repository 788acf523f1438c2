/**
 * Guarantees of scripts/provision: each server answers for real; a crash and a restart on the same port keep the
 * data; nothing is left running or on disk afterwards, also when the run is killed with -9.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { connect, StringCodec } from 'nats';
import pg from 'pg';
import { chromium } from 'playwright-core';
import { CHROMIUM_FLAGS } from '../../scripts/provision/chromium.ts';
import { descendants, isRunning } from '../../scripts/provision/processes.ts';
import { run } from '../../scripts/provision/run.ts';
import {
  natsOptions,
  type Server,
  startNats,
  startPostgres,
  startRedis,
} from '../../scripts/provision/servers.ts';
import { extendedEnvironment, provided, VARIABLE_OF } from '../../scripts/provision/settings.ts';

/** Long enough for a machine that has to fetch the packages first. */
const FETCH_TIMEOUT_MS = 600_000;
const codec = StringCodec();
const runners: ChildProcess[] = [];

describe('the provided servers', () => {
  it('PostgreSQL has pgvector and measures distances', async () => {
    await withPostgres(provided('pg'), async admin => {
      const { rows } = await admin.query<{ number: string }>(
        "select current_setting('server_version_num') as number",
      );
      expect(Number(rows[0]?.number)).to.be.at.least(140_000);
    });
    await withDatabase(provided('pg'), async client => {
      await client.query('create extension vector');
      await client.query('create table points (id int primary key, place vector(3))');
      await client.query("insert into points values (1, '[1,2,3]'), (2, '[4,5,6]'), (3, '[1,2,4]')");
      await client.query('create index on points using hnsw (place vector_l2_ops)');
      const { rows } = await client.query<{ id: number; distance: number }>(
        "select id, place <-> '[1,2,5]' as distance from points order by 2, 1",
      );
      expect(rows.map(row => row.id)).to.deep.equal([3, 1, 2]);
      expect(rows[0]?.distance).to.equal(1);
    });
  });

  it('NATS keeps a message in a stream and hands it to a consumer', async () => {
    const connection = await connect(natsOptions(provided('nats')));
    const name = `provision-${process.pid}`;
    const streams = (await connection.jetstreamManager()).streams;
    await streams.add({ name, subjects: [`${name}.>`] });
    try {
      const { seq } = await connection.jetstream().publish(`${name}.one`, codec.encode('hello'));
      const message = await streams.getMessage(name, { seq });
      expect(codec.decode(message.data)).to.equal('hello');
      const consumer = await connection.jetstream().consumers.get(name);
      const next = await consumer.next({ expires: 5000 });
      expect(next && codec.decode(next.data)).to.equal('hello');
    } finally {
      await streams.delete(name);
      await connection.close();
    }
  });

  it('Redis answers and runs a script', async () => {
    const redis = new Redis(provided('redis'), { maxRetriesPerRequest: 1 });
    try {
      expect(await redis.ping()).to.equal('PONG');
      expect(await redis.eval("return redis.call('time')[1] + ARGV[1] * 0", 0, 1)).to.be.a('number');
    } finally {
      await redis.quit();
    }
  });

  it('Chromium loads a page, runs its script and draws its text', async function () {
    this.timeout(60_000);
    const site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<p id=a>?</p><script>a.textContent = [6, 7].reduce((x, y) => x * y)</script>');
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const browser = await chromium.launch({ executablePath: provided('chromium'), args: CHROMIUM_FLAGS });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      expect(await page.textContent('#a')).to.equal('42');
      const width = await page.evaluate("a.style.display = 'inline', a.getBoundingClientRect().width");
      expect(width, 'a font is there').to.be.above(5);
    } finally {
      await browser.close();
      site.close();
    }
  });

  it('promtool tells its version', async () => {
    const { code, output } = await run(provided('promtool'), ['--version']);
    expect(code).to.equal(0);
    expect(output).to.match(/^promtool, version \d/);
  });
});

describe('a server of a test’s own', function () {
  this.timeout(FETCH_TIMEOUT_MS);

  it('PostgreSQL has each committed row after kill -9 and a restart on the same port', async () => {
    await using server = await startPostgres();
    await withPostgres(server.url, async client => {
      await client.query('create table kept (id int)');
      await client.query('insert into kept select generate_series(1, 1000)');
    });
    const { pid, url } = server;
    // Connections that work while it dies: their processes must go too before it can start again.
    const busy = Array.from({ length: 4 }, () => new pg.Client(url));
    for (const client of busy) client.on('error', () => undefined);
    await Promise.all(busy.map(client => client.connect()));
    const cut = Promise.allSettled(busy.map(client => client.query('select pg_sleep(60)')));
    await server.kill('SIGKILL');
    expect(server.pid).to.equal(null);
    expect((await cut).map(each => each.status)).to.deep.equal(Array(4).fill('rejected'));
    await server.restart();
    expect(server.url).to.equal(url);
    if (pid !== null) expect(server.pid).not.to.equal(pid);
    await withPostgres(url, async client => {
      const { rows } = await client.query<{ n: number }>('select count(*)::int as n from kept');
      expect(rows[0]?.n).to.equal(1000);
    });
  });

  it('NATS has each acknowledged message after kill -9 and a restart on the same port', async () => {
    await using server = await startNats();
    const before = await connect({ ...natsOptions(server.url), reconnect: false });
    await (await before.jetstreamManager()).streams.add({ name: 'kept', subjects: ['kept.*'] });
    for (let i = 0; i < 100; i += 1) await before.jetstream().publish(`kept.${i}`, codec.encode(String(i)));
    await server.kill();
    await before.closed();
    await server.restart();
    const after = await connect(natsOptions(server.url));
    const info = await (await after.jetstreamManager()).streams.info('kept');
    expect(info.state.messages).to.equal(100);
    await after.close();
  });

  it('NATS tells its system account who disconnected', async () => {
    await using server = await startNats();
    const system = await connect(natsOptions(server.systemUrl));
    const events = system.subscribe('$SYS.ACCOUNT.*.DISCONNECT', { max: 1, timeout: 10_000 });
    await system.flush();
    const client = await connect({ ...natsOptions(server.url), name: 'leaver' });
    await client.close();
    for await (const event of events) {
      expect(event.subject).to.equal('$SYS.ACCOUNT.APP.DISCONNECT');
      expect(event.json<{ client: { name: string } }>().client.name).to.equal('leaver');
    }
    await system.close();
  });

  it('Redis has each acknowledged key after kill -9 and a restart on the same port', async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    redis.on('error', () => undefined); // Refused while it is down: the client comes back by itself.
    await redis.mset(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`kept:${i}`, i])));
    await server.kill();
    await server.restart();
    expect(await redis.dbsize()).to.equal(100);
    await redis.quit();
  });

  it('a server that SIGSTOP has stopped ends all the same', async () => {
    const server = await startRedis();
    const family = familyOf(server);
    await server.kill('SIGSTOP');
    expect(familyOf(server), 'it is there, but does not answer').to.deep.equal(family);
    await server.stop();
    expect(family.filter(isRunning)).to.deep.equal([]);
  });

  it('leaves nothing after stop, also when stopped twice: no process, no data', async () => {
    const servers = await Promise.all([startPostgres({ fsync: false }), startNats(), startRedis()]);
    const pids = servers.flatMap(familyOf);
    const folders = servers.flatMap(({ pid }) => (pid === null ? [] : [folderOf(pid)]));
    expect(folders.filter(existsSync)).to.deep.equal(folders);
    await Promise.all(servers.map(server => server.stop()));
    await Promise.all(servers.map(server => server.stop()));
    expect(pids.filter(isRunning)).to.deep.equal([]);
    expect(folders.filter(existsSync)).to.deep.equal([]);
  });
});

describe('with-servers', function () {
  this.timeout(FETCH_TIMEOUT_MS);
  afterEach(() => {
    for (const runner of runners.splice(0)) runner.kill();
  });

  it('gives the command its variables and takes its exit code', async () => {
    const child = withServers('redis', 'sh', '-c', `echo "$${VARIABLE_OF.redis}"; exit 7`);
    const lines = createInterface(child.stdout!);
    const [[line], [code]] = await Promise.all([once(lines, 'line'), once(child, 'exit')]);
    expect(line).to.match(/^redis:\/\//);
    expect(code).to.equal(7);
  });

  it('refuses a part that it does not know, and says which it knows', async () => {
    const [code] = await once(withServers('redis,mysql', 'true'), 'exit');
    expect(code).to.equal(2);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
    it(`leaves nothing behind after ${signal}`, async () => {
      const runner = withServers('pg,nats,redis', 'sh', '-c', 'sleep 600 & echo started; wait');
      await once(createInterface(runner.stdout!), 'line');
      const pids = descendants(runner.pid!);
      const folders = pids.map(folderOf).filter(folder => folder.includes('/troupe-'));
      const exit = once(runner, 'exit');
      runner.kill(signal);
      expect(await exit).to.deep.equal(
        { SIGINT: [130, null], SIGTERM: [143, null], SIGKILL: [null, 'SIGKILL'] }[signal],
      );
      await eventually(() => {
        expect(pids.filter(isRunning)).to.deep.equal([]);
        expect(folders.filter(existsSync)).to.deep.equal([]);
      });
    });
});

/** The processes of a server; none that we can see when it runs in a container. */
function familyOf(server: Server): number[] {
  return server.pid === null ? [] : [server.pid, ...descendants(server.pid)];
}

/** The folder that a process works in, where a server's data lies; empty when it has ended meanwhile. */
function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // PostgreSQL's short-lived workers come and go.
  }
}

/** Waits until a check passes, as what happens after kill -9 is nobody's promise to us. */
async function eventually(check: () => void): Promise<void> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** Runs scripts/provision/with-servers.ts with nothing given, so that it starts servers of its own. */
function withServers(only: string, ...command: string[]): ChildProcess {
  const script = join(import.meta.dirname, '../../scripts/provision/with-servers.ts');
  const nothing = Object.fromEntries(Object.values(VARIABLE_OF).map(name => [name, '']));
  const runner = spawn(process.execPath, [script, '--only', only, '--', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: extendedEnvironment(nothing),
  });
  runners.push(runner);
  return runner;
}

async function withPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Works in a database of its own, dropped afterwards. */
async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const name = `provision_${process.pid}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  return withPostgres(url, async admin => {
    await admin.query(`create database ${name}`);
    try {
      return await withPostgres(own.href, work);
    } finally {
      await admin.query(`drop database ${name} with (force)`);
    }
  });
}
