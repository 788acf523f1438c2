/** The same servers from containers, for machines where a docker engine answers. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { mustRun, run } from './run.ts';
import { say } from './say.ts';
import { freePort, type Server } from './server-process.ts';
import { extendedEnvironment, onlyWay } from './settings.ts';
import { unwatch, watch } from './watchdog.ts';

export interface ComposedKind {
  readonly service: 'postgres' | 'nats' | 'redis';
  readonly password?: string;
  readonly flags: readonly string[];
  url(port: number): string;
  answers(port: number): Promise<boolean>;
}

const FILE = join(import.meta.dirname, 'compose.yaml');
const PULL_TIMEOUT_MS = 600_000;
const ANSWER_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const REMEDY = 'To use Debian packages and not docker, set TROUPE_PROVISION=debian';

let answered: Promise<boolean> | undefined;

/**
 * Starts a server in a container; undefined when no engine answers, or when it cannot do this (no way to the image
 * registry, say) and nobody insists on it: then the Debian packages are tried.
 */
export async function startComposed(kind: ComposedKind): Promise<Server | undefined> {
  if (!(await composeAnswers())) return undefined;
  try {
    return await start(kind);
  } catch (error) {
    if (onlyWay() === 'docker') throw error;
    say(`${kind.service}: no container, so Debian packages. ${String(error)}`);
    answered = Promise.resolve(false);
    return undefined;
  }
}

/** Whether servers come from containers: asked once, as an engine that is away takes a while to say so. */
function composeAnswers(): Promise<boolean> {
  answered ??= ask();
  return answered;
}

async function ask(): Promise<boolean> {
  const way = onlyWay();
  if (way === 'debian') return false;
  const engine = await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: 10_000 });
  const compose =
    engine.code === 0 ? await run('docker', ['compose', 'version'], { timeoutMs: 10_000 }) : engine;
  if (compose.code === 0) return true;
  if (way === 'docker')
    throw new TroupeError(
      'unavailable',
      `TROUPE_PROVISION is docker, but no engine with compose answers: start it, or unset the variable.\n${compose.output}`,
    );
  return false;
}

/** Starts one service of the compose file as a project of its own and waits until it answers. */
async function start(kind: ComposedKind): Promise<Server> {
  const project = `troupe-${kind.service}-${randomBytes(4).toString('hex')}`;
  const port = await freePort();
  const env = extendedEnvironment({
    SERVER_PORT: String(port),
    SERVER_PASSWORD: kind.password ?? '',
    SERVER_FLAGS: kind.flags.map(flag => `'${flag}'`).join(' '),
  });
  const compose = (goal: string, ...args: string[]) =>
    mustRun(`${kind.service}: ${goal}`, REMEDY, 'docker', ['compose', '-p', project, '-f', FILE, ...args], {
      env,
      timeoutMs: PULL_TIMEOUT_MS,
    });
  const thing = { kind: 'compose', project, file: FILE } as const;
  const stop = async () => {
    await compose('stopping', 'down', '-v', '-t', '1');
    unwatch(thing);
  };
  say(`${kind.service}: starting a container`);
  watch(thing);
  try {
    await compose('starting', 'up', '-d', kind.service);
    await waitUntilAnswers(kind, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: kind.url(port),
    port,
    pid: null,
    async kill(signal = 'SIGKILL') {
      await compose('killing', 'kill', '-s', signal, kind.service);
    },
    async restart() {
      await compose('restarting', 'restart', kind.service);
      await waitUntilAnswers(kind, port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function waitUntilAnswers(kind: ComposedKind, port: number): Promise<void> {
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  while (!(await kind.answers(port))) {
    if (performance.now() > deadline)
      throw new TroupeError(
        'unavailable',
        `${kind.service} does not answer ${ANSWER_TIMEOUT_MS / 1000} s after its container started. ${REMEDY}`,
      );
    await delay(POLL_MS);
  }
}
