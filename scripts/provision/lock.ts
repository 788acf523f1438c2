/** A lock between processes that ends with its holder, however that ends: `flock` on a file, held over a pipe. */
import { spawn } from 'node:child_process';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { say } from './say.ts';

const WAIT_S = 900;
const QUIET_MS = 10_000;

/** Runs `work` while no other process on this machine is inside the same lock. */
export async function withLock<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  const { promise: held, resolve, reject } = Promise.withResolvers<void>();
  const holder = spawn('flock', ['-w', String(WAIT_S), file, '/bin/sh', '-c', 'echo held; read _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const patience = setTimeout(() => say(`waiting for another download or run: ${what}`), QUIET_MS);
  const refused = (why: string) => reject(new TroupeError('unavailable', `No lock on ${file}: ${why}`));
  holder.once('error', error => refused(`${error.message} (flock is in the package util-linux)`));
  holder.once('exit', () => refused(`another run held it for ${WAIT_S} s`));
  holder.stdin.on('error', error => say(`lock on ${file}: ${error.message}`));
  holder.stdout.once('data', () => resolve());
  try {
    await held;
    clearTimeout(patience);
    return await work();
  } finally {
    clearTimeout(patience);
    holder.stdin.end('\n');
  }
}
