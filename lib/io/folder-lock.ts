/**
 * One process per data folder. PGlite takes no lock itself, and two processes on one folder corrupt it silently.
 * The lock is a listening local socket named after the folder: the operating system frees it when the
 * process dies, however it dies, so that there are no stale locks and no process ids to compare.
 */
import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TroupeError } from '../kernel/errors.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/** Takes the lock. Throws `conflict` when another process holds it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const digest = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
  // Linux has names outside the file system, taken and freed atomically; elsewhere a socket file, removed when nobody answers.
  const abstract = process.platform === 'linux';
  const path = abstract ? `\0troupe-${digest}` : join(tmpdir(), `troupe-${digest}.sock`);
  let server = await listen(path);
  if (!server && !abstract && !(await answers(path))) {
    rmSync(path, { force: true });
    server = await listen(path);
  }
  if (!server)
    throw new TroupeError(
      'conflict',
      `Another Troupe is running on the data folder ${folder}. Stop it first, or set TROUPE_DATA_DIR to another folder.`,
    );
  const held = server;
  return { release: () => new Promise(resolve => held.close(() => resolve())) };
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
