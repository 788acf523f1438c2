/**
 * `with-servers.ts [--only pg,nats,...] [--no-fsync] -- <command...>`: runs a command with real servers to hand.
 * Guarantees: the command finds each part by its TROUPE_TEST_* variable; everything that was started is gone
 * afterwards, however the command or this program ended; the exit code is the command's.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { type Provided, partsOf, provide } from './provide.ts';
import { say } from './say.ts';
import { extendedEnvironment } from './settings.ts';
import { unwatch, watch } from './watchdog.ts';

const USAGE = 'usage: with-servers.ts [--only pg,nats,redis,chromium,promtool] [--no-fsync] -- <command...>';
/** How long a command may take to end after it was asked to. */
const COMMAND_GRACE_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string' }, 'no-fsync': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [command, ...args] = positionals;
  if (!command) throw new TroupeError('config-invalid', USAGE);
  const interrupted = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of SIGNALS) process.on(signal, () => interrupted.resolve(signal));

  const providing = provide(partsOf(values.only), { fsync: !values['no-fsync'] });
  const first = await Promise.race([providing, interrupted.promise]);
  // Interrupted while servers start: leave; the watchdog ends them when this process is gone.
  if (typeof first === 'string') return signalCode(first);
  try {
    return await runCommand(command, args, first, interrupted.promise);
  } finally {
    await first.stop();
  }
}

async function runCommand(
  command: string,
  args: readonly string[],
  { variables }: Provided,
  interrupted: Promise<NodeJS.Signals>,
): Promise<number> {
  // A group of its own: an interrupt reaches it and all that it started once, by us.
  // It waits for our word, which comes when the watchdog knows it: killed in between, we would leave it behind.
  const child = spawn(
    '/bin/sh',
    ['-c', 'read -r _ <&3 || exit 125; exec 3<&-; exec "$@"', 'sh', command, ...args],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      detached: true,
      env: extendedEnvironment(variables),
    },
  );
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', error => reject(new TroupeError('unavailable', `${command}: ${error.message}`)));
  child.once('exit', (code, signal) => resolve(code ?? signalCode(signal ?? 'SIGKILL')));
  const { pid } = child;
  if (pid === undefined) return ended;
  const thing = { kind: 'process', pid, signal: 'SIGTERM' } as const;
  await watch(thing);
  const word = child.stdio[3] as Writable;
  word.on('error', () => {}); // it has ended already, and `exit` tells how
  word.end('\n');
  void interrupted.then(signal => {
    say(`${signal}: ending the command`);
    signalGroup(pid, signal);
    setTimeout(() => signalGroup(pid, 'SIGKILL'), COMMAND_GRACE_MS).unref();
  });
  const code = await ended;
  // What the command left behind in its group would hold connections to servers that go now.
  signalGroup(pid, 'SIGTERM');
  unwatch(thing);
  return code;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** As shells count: 128 and the signal's number. */
function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof TroupeError || error instanceof AggregateError)) throw error;
  console.error(`provision: ${error.message}`);
  process.exit(error instanceof TroupeError && error.code === 'config-invalid' ? 2 : 1);
}
