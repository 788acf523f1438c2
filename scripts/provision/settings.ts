/**
 * What the environment asks of provisioning, and the places and the user that it works with.
 * The only file here that reads `process.env`.
 */
import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { run } from './run.ts';

/** The parts that `make test` needs, by the name that `--only` takes. */
export const PARTS = ['pg', 'nats', 'redis', 'chromium', 'promtool'] as const;
export type Part = (typeof PARTS)[number];

/** The variable that names a part which is there already. The same variable tells the tests where it is. */
export const VARIABLE_OF: Readonly<Record<Part, string>> = {
  pg: 'TROUPE_TEST_PG_URL',
  nats: 'TROUPE_TEST_NATS_URL',
  redis: 'TROUPE_TEST_REDIS_URL',
  chromium: 'TROUPE_TEST_CHROMIUM',
  promtool: 'TROUPE_TEST_PROMTOOL',
};

/** The NATS system account's address: user and password are in the URL. */
export const NATS_SYSTEM_VARIABLE = 'TROUPE_TEST_NATS_SYSTEM_URL';

export type Way = 'debian' | 'docker';

/** The user that servers run as; undefined means "as ourselves". */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** What the environment gives for a part, or undefined. */
export function given(part: Part): string | undefined {
  return process.env[VARIABLE_OF[part]] || undefined;
}

/** Where a test finds a part. A missing server is a failure that says what to do, never a skipped test. */
export function provided(part: Part): string {
  const found = given(part);
  if (found) return found;
  throw new TroupeError(
    'config-invalid',
    `${VARIABLE_OF[part]} is not set: run this through \`make test\`, or put ` +
      `\`node scripts/provision/with-servers.ts --only ${part} --\` before the command`,
  );
}

/** `TROUPE_PROVISION`: takes one way only instead of the first that works. */
export function onlyWay(): Way | undefined {
  const way = process.env.TROUPE_PROVISION;
  if (!way) return undefined;
  if (way === 'debian' || way === 'docker') return way;
  throw new TroupeError('config-invalid', `TROUPE_PROVISION is "${way}": it must be debian or docker`);
}

/** The environment for a program of ours: nothing of the caller's but PATH, so that runs are alike. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = process.env.PATH ?? '';
  return {
    PATH: `${path}:/usr/sbin:/usr/bin:/sbin:/bin`,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...extra,
  };
}

/** The proxy settings, for programs that fetch. */
export function proxies(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** The caller's environment with more in it. */
export function extendedEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}

/** PostgreSQL refuses to run as root: root lends its servers to `nobody`, others run them themselves. */
export function runAs(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(each => each.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (!uid || !gid)
    throw new TroupeError(
      'unavailable',
      'No user "nobody" is in /etc/passwd, and PostgreSQL refuses to run as root: run this as an ordinary user',
    );
  return { uid: Number(uid), gid: Number(gid) };
}

/** Whether the user that runs the servers can reach a folder: asked of the kernel, by going there. */
async function canReach(folder: string, user: RunAs | undefined): Promise<boolean> {
  const { code } = await run('/bin/sh', ['-c', 'cd "$0" && test -r . && test -x .', folder], {
    cwd: '/',
    ...user,
  });
  return code === 0;
}

/**
 * The folder for downloaded programs: `TROUPE_CACHE_DIR`, else `.cache/provision` in the repository, else a
 * folder of ours under /var/tmp when the repository lies where the servers' user cannot go (a home of mode 0700).
 */
export async function cacheFolder(user: RunAs | undefined = runAs()): Promise<string> {
  const chosen = process.env.TROUPE_CACHE_DIR;
  if (chosen) {
    const folder = resolve(chosen);
    mkdirSync(folder, { recursive: true });
    if (await canReach(folder, user)) return folder;
    throw new TroupeError(
      'config-invalid',
      `TROUPE_CACHE_DIR is ${folder}, where the user that runs the servers${user ? ` (uid ${user.uid})` : ''} ` +
        'cannot go: give a folder that everyone can enter (mode 755 all the way down)',
    );
  }
  const inside = resolve(import.meta.dirname, '../../.cache/provision');
  if (makeFolder(inside) && (await canReach(inside, user))) return inside;
  const outside = `/var/tmp/troupe-cache-${process.getuid?.() ?? 0}`;
  if (makeFolder(outside) && isOurs(outside) && (await canReach(outside, user))) return outside;
  throw new TroupeError(
    'unavailable',
    `Neither ${inside} nor ${outside} can hold the downloaded servers: ` +
      'set TROUPE_CACHE_DIR to a folder that you can write and everyone can enter',
  );
}

/** Where throw-away data goes: short, because a Unix socket's path must fit in 107 bytes. */
export async function scratchFolder(user: RunAs | undefined): Promise<string> {
  for (const folder of [tmpdir(), '/tmp', '/var/tmp'])
    if (folder.length <= 60 && (await canReach(folder, user))) return folder;
  throw new TroupeError('unavailable', 'No temporary folder is reachable: set TMPDIR to a short path');
}

function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, '.gitignore'), '*\n');
    return true;
  } catch {
    return false; // Not ours to write: the caller tries the next place and says so at the end.
  }
}

/** A folder in a place that all can write must be ours, else another user chooses what we run. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
