/**
 * Programs from Debian packages without installing them: `apt-get download` and `dpkg -x` into a folder.
 * Needs no root and leaves the system's package state alone: apt works on folders of ours.
 * Packages are verified by apt against the signed lists, as for an installation.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { withLock } from './lock.ts';
import { mustRun, run } from './run.ts';
import { say, tail } from './say.ts';
import { plainEnvironment, proxies } from './settings.ts';

const SYSTEM_LISTS = '/var/lib/apt/lists';
const APT_HELPER = '/usr/lib/apt/apt-helper';
const DOWNLOAD_TIMEOUT_MS = 600_000;
const REMEDY =
  'Is the package mirror reachable (try: apt-get update)? ' +
  'Or give servers that run already: TROUPE_TEST_PG_URL, TROUPE_TEST_NATS_URL and so on';

/** One archive that apt would fetch. */
interface Archive {
  readonly uri: string;
  readonly name: string;
  readonly version: string;
}

/** Which of the packages that apt would install are unpacked: those asked for, and these. */
export type Keep = (name: string) => boolean;

export class Debian {
  readonly #cache: string;
  readonly #ownLists: string;
  #isFresh = false;

  constructor(cache: string) {
    if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg'))
      throw new TroupeError(
        'unavailable',
        'This machine has no Debian packages (no apt-get), and no docker engine answers: ' +
          'start docker, or give servers that run already: TROUPE_TEST_PG_URL, TROUPE_TEST_NATS_URL and so on',
      );
    this.#cache = cache;
    this.#ownLists = join(cache, 'apt', 'lists');
    for (const folder of ['state', 'lists/partial', 'archives/partial', 'log'])
      mkdirSync(join(cache, 'apt', folder), { recursive: true });
  }

  /** Names of all packages of the release that begin so. */
  names(prefix: string): Promise<readonly string[]> {
    return this.#alone(async () => {
      if (!hasLists(this.#lists())) await this.#refresh();
      const { stdout } = await this.#apt('apt-cache', ['pkgnames', prefix]);
      return stdout.split('\n').filter(name => name !== '');
    });
  }

  /**
   * Unpacks packages, and what they need that this system lacks, into `folder`.
   * `closure: false` takes the named packages alone.
   */
  async unpack(
    packages: readonly string[],
    folder: string,
    keep: Keep,
    { closure = true }: { closure?: boolean } = {},
  ): Promise<void> {
    const archives = `${folder}.debs`;
    mkdirSync(archives, { recursive: true });
    mkdirSync(folder, { recursive: true });
    await this.#withFreshLists(async () => {
      const needed = await this.#resolve(packages, closure);
      await this.#download(
        needed.filter(({ name }) => packages.includes(name) || keep(name)),
        archives,
      );
    });
    for (const name of readdirSync(archives).filter(each => each.endsWith('.deb')))
      await mustRun('Unpacking', 'Is the disk full?', 'nice', ['dpkg', '-x', join(archives, name), folder], {
        env: plainEnvironment(),
      });
    rmSync(archives, { recursive: true });
  }

  /** Fetches one file from the pool of the mirror that the system uses, and checks its hash. */
  async fetchFromPool(path: string, sha256: string, to: string, packages: readonly string[]): Promise<void> {
    const archives = await this.#withFreshLists(() => this.#resolve(packages, false));
    const mirrors = new Set(archives.map(({ uri }) => uri.slice(0, uri.indexOf('/pool/'))));
    let words = '';
    for (const mirror of mirrors) {
      const source = `${mirror}/pool/${path}`;
      const result = await this.#apt(APT_HELPER, ['download-file', source, to, `SHA256:${sha256}`]);
      if (result.code === 0 && existsSync(to)) return;
      words += `\n${tail(result.output, 3)}`;
    }
    throw new TroupeError('unavailable', `No mirror of this system has ${path}.${words}\n${REMEDY}`);
  }

  /** One apt at a time in a cache folder, over all runs: they share lists and apt's own cache. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return withLock(join(this.#cache, 'apt', 'lock'), 'packages', work);
  }

  #withFreshLists<T>(work: () => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      if (!hasLists(this.#lists())) await this.#refresh();
      try {
        return await work();
      } catch (error) {
        // Lists of yesterday name archives that the mirror has replaced since.
        if (this.#isFresh) throw error;
        say(`trying again with new package lists, since: ${String(error).split('\n')[0]}`);
        await this.#refresh();
        return work();
      }
    });
  }

  /** Reads the package lists into our own folder. */
  async #refresh(): Promise<void> {
    say('reading the package lists (apt-get update, into the cache folder)');
    rmSync(this.#ownLists, { recursive: true, force: true });
    mkdirSync(join(this.#ownLists, 'partial'), { recursive: true });
    // A third-party source that fails is none of our business: what is missing shows when we ask for it.
    const { output } = await this.#apt('apt-get', ['update', '-qq'], this.#ownLists);
    if (!hasLists(this.#ownLists))
      throw new TroupeError('unavailable', `No package lists: ${tail(output, 6)}\n${REMEDY}`);
    this.#isFresh = true;
  }

  async #resolve(packages: readonly string[], closure: boolean): Promise<readonly Archive[]> {
    const result = closure
      ? await this.#apt('apt-get', [
          ...['install', '--print-uris', '--reinstall', '--no-install-recommends', '-qq', '-y'],
          ...packages,
        ])
      : await this.#apt('apt-get', ['download', '--print-uris', '-qq', ...packages]);
    const archives = [...result.stdout.matchAll(/^'([^']+)' (\S+?)_(\S+?)_\S+?\.deb /gm)].map(
      ([, uri = '', name = '', version = '']) => ({ uri, name, version: decodeURIComponent(version) }),
    );
    const missing = packages.filter(each => !archives.some(({ name }) => name === each));
    if (result.code !== 0 || missing.length > 0)
      throw new TroupeError(
        'unavailable',
        `apt cannot provide ${(missing.length > 0 ? missing : packages).join(', ')}: ${tail(result.output, 6)}\n${REMEDY}`,
      );
    return archives;
  }

  /** Fetches archives into a folder, their hashes checked. */
  async #download(archives: readonly Archive[], folder: string): Promise<void> {
    const wanted = archives.map(({ name, version }) => `${name}=${version}`);
    const result = await this.#apt('apt-get', ['download', '-qq', ...wanted], undefined, folder);
    if (result.code !== 0)
      throw new TroupeError('unavailable', `apt-get download: ${tail(result.output, 6)}\n${REMEDY}`);
  }

  #lists(): string {
    return hasLists(this.#ownLists) ? this.#ownLists : SYSTEM_LISTS;
  }

  #apt(command: string, args: readonly string[], lists = this.#lists(), cwd = this.#cache) {
    const file = join(this.#cache, 'apt', lists === this.#ownLists ? 'own.conf' : 'system.conf');
    writeFileSync(file, this.#configuration(lists));
    const env = plainEnvironment({ DEBIAN_FRONTEND: 'noninteractive', ...proxies() });
    return run(command, ['-c', file, ...args], { cwd, env, timeoutMs: DOWNLOAD_TIMEOUT_MS });
  }

  /** Read by apt after the system's own settings: folders of ours, no hooks, nothing but package lists. */
  #configuration(lists: string): string {
    const apt = join(this.#cache, 'apt');
    const caches = lists === this.#ownLists ? 'own' : 'system';
    return [
      `Dir::State "${apt}/state/";`,
      'Dir::State::status "/var/lib/dpkg/status";',
      `Dir::State::lists "${lists}/";`,
      `Dir::Cache "${apt}/";`,
      `Dir::Cache::archives "${apt}/archives/";`,
      `Dir::Cache::pkgcache "${apt}/${caches}.bin";`,
      'Dir::Cache::srcpkgcache "";',
      `Dir::Log "${apt}/log/";`,
      'Debug::NoLocking "true";',
      'APT::Sandbox::User "root";',
      'APT::Get::List-Cleanup "false";',
      'Acquire::Languages { "none"; };',
      'Acquire::Retries "3";',
      'Acquire::http::Timeout "30";',
      'Acquire::https::Timeout "30";',
      '#clear APT::Update::Pre-Invoke;',
      '#clear APT::Update::Post-Invoke;',
      '#clear APT::Update::Post-Invoke-Success;',
      '#clear Acquire::IndexTargets::deb::DEP-11;',
      '#clear Acquire::IndexTargets::deb::Contents-deb;',
      '',
    ].join('\n');
  }
}

/** `debian-12`, `debian-13`, `ubuntu-24.04`: packages of one release do not run on another. */
export function release(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}`;
}

/** The library folders of an unpacked tree, as the dynamic linker wants them. */
export function libraryPath(tree: string): string {
  return ['usr/lib', 'lib']
    .map(each => join(tree, each))
    .filter(existsSync)
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(path => /-linux-gnu\w*$/.test(path))
    .join(':');
}

function hasLists(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some(name => /_Packages(\.|$)/.test(name));
}
