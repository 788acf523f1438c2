/**
 * A platform for a test: what `./start.sh` runs once everything is installed and built, in a process of its own, on
 * a free port, with a data folder of its own. Not `start.sh` itself: an installation under running tests breaks them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');
/** As in `start.sh`. */
const FLAGS = ['--disable-proto=delete', '--disable-warning=ExperimentalWarning'];
const READY_LIMIT_MS = 120_000;
/** Of what it wrote, so much is told when it does not start. Characters. */
const KEPT_OUTPUT = 4_000;

export interface Platform {
  readonly url: string;
  readonly apiKey: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** Ends it in good order; a data folder that was made here goes as well. */
  stop(): Promise<void>;
  /** Ends it as a crash does, and keeps the data. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `kill`. */
  restart(): Promise<Platform>;
}

export interface PlatformOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Rejects with the end of the platform's output when it does not become ready. */
export async function startPlatform({ env = {} }: PlatformOptions = {}): Promise<Platform> {
  const made = env.TROUPE_DATA_DIR === undefined ? await mkdtemp(join(tmpdir(), 'troupe-e2e-')) : undefined;
  const dataDir = made ?? env.TROUPE_DATA_DIR!;
  const removeMade = async () => {
    if (made) await rm(made, { recursive: true, force: true });
  };
  try {
    return await run({ TROUPE_PORT: '0', ...env, TROUPE_DATA_DIR: dataDir }, dataDir, removeMade);
  } catch (error) {
    await removeMade();
    throw error;
  }
}

async function run(
  env: Readonly<Record<string, string>>,
  dataDir: string,
  removeMade: () => Promise<void>,
): Promise<Platform> {
  const child = spawn(process.execPath, [...FLAGS, 'scripts/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [url, apiKey] = await readyLine(child);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    url,
    apiKey,
    dataDir,
    process: child,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      await removeMade();
    },
    restart: () => run({ ...env, TROUPE_PORT: new URL(url).port }, dataDir, removeMade),
  };
}

async function readyLine(child: ChildProcess): Promise<[string, string]> {
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT);
  };
  child.stderr!.setEncoding('utf8').on('data', keep);
  const { promise, resolve, reject } = Promise.withResolvers<[string, string]>();
  const limit = setTimeout(() => reject(new Error('took too long')), READY_LIMIT_MS);
  createInterface({ input: child.stdout! }).on('line', line => {
    keep(`${line}\n`);
    const [word, url, apiKey] = line.split(' ');
    if (word === 'READY' && url && apiKey) resolve([url, apiKey]);
  });
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`ended with ${signal ?? code}`)));
  try {
    return await promise;
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`The platform did not start: ${(error as Error).message}\n${output}`);
  } finally {
    clearTimeout(limit);
  }
}
