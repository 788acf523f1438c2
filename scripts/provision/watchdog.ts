/**
 * Guarantee: nothing that was started outlives this process, also when it is killed with -9.
 * A small shell script in a session of its own reads a pipe that we hold; the kernel closes it with us.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { say } from './say.ts';

export type Watched =
  | { readonly kind: 'process'; readonly pid: number; readonly signal: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'compose'; readonly project: string; readonly file: string };

let watchdog: ChildProcessByStdio<Writable, null, null> | undefined;

/** The watchdog ends or removes this thing if we cannot; resolves when it has been told. */
export function watch(thing: Watched): Promise<void> {
  return new Promise(resolve => hold().write(`+ ${line(thing)}\n`, () => resolve()));
}

/** We have ended or removed it ourselves. */
export function unwatch(thing: Watched): void {
  hold().write(`- ${line(thing)}\n`);
}

/** Removes a throw-away folder, waiting out processes that still write their last file in it. */
export function removeWatchedFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  unwatch({ kind: 'folder', path });
}

function line(thing: Watched): string {
  if (thing.kind === 'process') return `process ${thing.pid} ${thing.signal.replace('SIG', '')}`;
  if (thing.kind === 'folder') return `folder ${thing.path}`;
  return `compose ${thing.project} ${thing.file}`;
}

function hold(): Writable {
  if (watchdog) return watchdog.stdin;
  watchdog = spawn('/bin/sh', [join(import.meta.dirname, 'watchdog.sh')], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.stdin.on('error', error => say(`the watchdog is gone (${error.message}): stop servers by hand`));
  // Neither the pipe nor the script keeps a finished program alive.
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return watchdog.stdin;
}
