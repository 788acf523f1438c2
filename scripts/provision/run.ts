/** Runs one helper command to its end, with a time limit, and says on standard error what is going on. */
import { spawn } from 'node:child_process';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { tail } from './say.ts';
import { unwatch, watch } from './watchdog.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly timeoutMs?: number;
}

export interface RunResult {
  /** Exit code; 127 when the command does not exist, 124 when the time was up. */
  readonly code: number;
  readonly stdout: string;
  /** Both streams together, in the order in which they came. */
  readonly output: string;
}

const OUTPUT_LIMIT_CHARS = 4_000_000;
const DEFAULT_TIMEOUT_MS = 120_000;

/** Runs a command and returns its exit code and output. Never throws because the command failed. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { promise, resolve } = Promise.withResolvers<RunResult>();
  const { cwd, env, uid, gid, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(uid === undefined ? {} : { uid, gid }),
  });
  const thing = { kind: 'process', pid: child.pid ?? 0, signal: 'SIGKILL' } as const;
  if (child.pid !== undefined) watch(thing);
  let stdout = '';
  let output = '';
  let timedOut = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (output.length > OUTPUT_LIMIT_CHARS) return;
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (output.length <= OUTPUT_LIMIT_CHARS) output += chunk;
  });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  child.once('error', error => {
    clearTimeout(timer);
    resolve({ code: 127, stdout, output: `${output}${error.message}` });
  });
  child.once('close', code => {
    clearTimeout(timer);
    unwatch(thing);
    if (timedOut) resolve({ code: 124, stdout, output: `${output}\nno end after ${timeoutMs / 1000} s` });
    else resolve({ code: code ?? 1, stdout, output });
  });
  return promise;
}

/** Runs a command that has to work: `goal` says what it was for, `remedy` what the reader can do. */
export async function mustRun(
  goal: string,
  remedy: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, output } = await run(command, args, options);
  if (code !== 0) {
    const words = tail(output, 12);
    throw new TroupeError('unavailable', `${goal}: ${command} ended with code ${code}.\n${words}\n${remedy}`);
  }
  return stdout;
}
