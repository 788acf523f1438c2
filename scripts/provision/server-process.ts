/**
 * One server process on a port and a data folder of its own, that can be killed and started again on both.
 * Guarantees: it runs as a user that is not root; nothing of it is left after `stop`; every wait has an end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chownSync, closeSync, fstatSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { invariant, TroupeError } from '../../lib/kernel/errors.ts';
import { allGone, descendants, signalIfThere } from './processes.ts';
import { say, tail } from './say.ts';
import { plainEnvironment, type RunAs, scratchFolder } from './settings.ts';
import { removeWatchedFolder, unwatch, watch } from './watchdog.ts';

/** A server that runs. Crash tests kill it and start it again on the same port and data. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The process now; null when it is not running, or when it runs inside a container. */
  readonly pid: number | null;
  /** Sends a signal. For one that ends a process (SIGKILL unless told), resolves when it and its children are gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data; stops it in order first when it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data. May be called twice. */
  stop(): Promise<void>;
}

/** What is particular to one kind of server. */
export interface ServerKind {
  readonly name: string;
  readonly command: string;
  args(port: number, folder: string): readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Makes the data folder, once. Runs as the server's user by the options given. */
  prepare?(folder: string, user: RunAs | undefined): Promise<void>;
  /** One attempt to talk to it: true when it answers in full. Must not wait longer than a second or so. */
  answers(port: number): Promise<boolean>;
  url(port: number): string;
  /** Ends it in order, data whole. */
  readonly stopSignal: NodeJS.Signals;
  /** Ends it at once, with nothing left in shared memory; the data is thrown away after. */
  readonly dropSignal: NodeJS.Signals;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 15;
const START_ATTEMPTS = 5;
/** PostgreSQL's words for a few milliseconds after a crash: the last of its old children is still going. */
const STILL_HELD = /pre-existing shared memory block/;
const ENDING: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT'];
/** Below the range from which the kernel takes ports for outgoing connections: a port stays ours while its server is down. */
const PORTS = { from: 20_000, to: 32_000 };

/** Prepares and starts a server of a kind. A port that another program took meanwhile is exchanged for another. */
export async function startServer(kind: ServerKind, user: RunAs | undefined): Promise<Server> {
  const folder = mkdtempSync(join(await scratchFolder(user), 'troupe-'));
  watch({ kind: 'folder', path: folder });
  try {
    if (user) chownSync(folder, user.uid, user.gid);
    await kind.prepare?.(folder, user);
    for (let attempt = 1; ; attempt += 1) {
      const server = new ServerProcess(kind, user, folder, await freePort());
      try {
        await server.start();
        return server;
      } catch (error) {
        if (attempt === START_ATTEMPTS || !/in use/i.test(String(error))) throw error;
      }
    }
  } catch (error) {
    removeWatchedFolder(folder);
    throw error;
  }
}

class ServerProcess implements Server {
  readonly url: string;
  readonly port: number;
  readonly #kind: ServerKind;
  readonly #user: RunAs | undefined;
  readonly #folder: string;
  #running: { child: ChildProcess; pid: number; gone: Promise<void>; expected: boolean } | undefined;
  #stopped = false;
  #logStart = 0;

  constructor(kind: ServerKind, user: RunAs | undefined, folder: string, port: number) {
    this.#kind = kind;
    this.#user = user;
    this.#folder = folder;
    this.port = port;
    this.url = kind.url(port);
  }

  get pid(): number | null {
    return this.#running?.pid ?? null;
  }

  async start(): Promise<void> {
    invariant(
      !this.#running && !this.#stopped,
      `${this.#kind.name} is started when it is down and not stopped`,
    );
    const deadline = performance.now() + START_TIMEOUT_MS;
    this.#spawn();
    while (!(this.#running && (await this.#kind.answers(this.port)))) {
      if (!this.#running) {
        if (!STILL_HELD.test(this.#log())) throw this.#failed('ended while it started');
        this.#spawn();
      }
      if (performance.now() > deadline) {
        await this.#end('SIGKILL');
        throw this.#failed(`did not answer within ${START_TIMEOUT_MS / 1000} s`);
      }
      await delay(POLL_MS);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#running;
    invariant(running, `${this.#kind.name} runs when it is killed`);
    if (ENDING.includes(signal)) await this.#end(signal);
    else process.kill(running.pid, signal);
  }

  async restart(): Promise<void> {
    if (this.#running) await this.#end(this.#kind.stopSignal);
    await this.start();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#running) await this.#end(this.#kind.dropSignal);
    removeWatchedFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #spawn(): void {
    const log = openSync(join(this.#folder, 'log'), 'a', 0o644);
    this.#logStart = fstatSync(log).size;
    const child = spawn(this.#kind.command, this.#kind.args(this.port, this.#folder), {
      cwd: this.#folder,
      env: plainEnvironment({ HOME: this.#folder, ...this.#kind.environment }),
      detached: true,
      stdio: ['ignore', log, log],
      ...this.#user,
    });
    closeSync(log);
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('error', error => {
      say(`${this.#kind.name} could not be started: ${error.message}`);
      this.#running = undefined;
      resolve();
    });
    if (child.pid === undefined) return;
    const running = { child, pid: child.pid, gone: promise, expected: false };
    watch({ kind: 'process', pid: running.pid, signal: this.#kind.dropSignal });
    this.#running = running;
    child.once('exit', (code, signal) => {
      unwatch({ kind: 'process', pid: running.pid, signal: this.#kind.dropSignal });
      this.#running = undefined;
      if (!running.expected && !/in use/i.test(this.#log()) && !STILL_HELD.test(this.#log()))
        say(
          `${this.#kind.name} (pid ${running.pid}) ended by itself: ${signal ?? `code ${code}`}\n${this.#log()}`,
        );
      resolve();
    });
    child.unref();
  }

  /** Signals the process and waits until it and what it forked are gone; harder after a time. */
  async #end(first: NodeJS.Signals): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.expected = true;
    running.child.ref();
    const family = [running.pid, ...descendants(running.pid)];
    const steps: NodeJS.Signals[] = first === 'SIGKILL' ? [first] : [first, 'SIGKILL'];
    for (const signal of steps) {
      const targets = signal === 'SIGKILL' ? family : [running.pid];
      for (const pid of targets) signalIfThere(pid, signal);
      signalIfThere(running.pid, 'SIGCONT'); // A stopped process hears nothing but SIGKILL.
      if (await allGone(family, STOP_TIMEOUT_MS)) {
        await running.gone;
        return;
      }
    }
    throw this.#failed('could not be killed');
  }

  #log(): string {
    const log = readFileSync(join(this.#folder, 'log'));
    return tail(log.subarray(this.#logStart).toString('utf8'), 12);
  }

  #failed(what: string): TroupeError {
    return new TroupeError('unavailable', `${this.#kind.name} ${what}. The end of its log:\n${this.#log()}`);
  }
}

/** A port of the loopback address that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(PORTS.from, PORTS.to);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    if (await promise) return port;
  }
  throw new TroupeError('unavailable', `No free port between ${PORTS.from} and ${PORTS.to}`);
}
