/**
 * Where a part's programs are: unpacked from Debian packages into the cache folder, once for all runs.
 * Guarantees: a program that is handed out has been run once; runs at the same time wait for each other;
 * a half-unpacked folder is never used.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Debian, libraryPath, release } from './debian.ts';
import { withLock } from './lock.ts';
import { LAYOUTS, recipeFor } from './recipes.ts';
import { mustRun, run } from './run.ts';
import { say } from './say.ts';
import { cacheFolder, type Part, plainEnvironment, runAs } from './settings.ts';

export interface Program {
  /** The folder of the executables. */
  readonly bin: string;
  /** What they need in their environment: where the libraries are that came with them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Raised when a recipe changes, so that folders of earlier recipes are not used. */
const RECIPE_VERSION = 1;

const memory = new Map<Part, Promise<Program>>();
let debian: Debian | undefined;

/** The programs of a part, fetched and unpacked first when this machine has not done that yet. */
export function unpacked(part: Part): Promise<Program> {
  const known = memory.get(part) ?? prepare(part);
  memory.set(part, known);
  return known;
}

async function prepare(part: Part): Promise<Program> {
  const cache = await cacheFolder();
  const tree = join(cache, `${part}-${release()}-${process.arch}-${RECIPE_VERSION}`);
  if (await works(part, tree)) return locate(part, tree);
  return withLock(`${tree}.lock`, part, async () => {
    if (!(await works(part, tree))) {
      debian ??= new Debian(cache);
      await build(part, tree, debian);
    }
    return locate(part, tree);
  });
}

async function build(part: Part, tree: string, source: Debian): Promise<void> {
  const began = performance.now();
  const recipe = await recipeFor(part, source);
  say(`${part}: fetching ${recipe.packages.join(', ')} from Debian`);
  // What an interrupted run left; a folder of our own, as its last command may still write there.
  const folder = dirname(tree);
  for (const name of readdirSync(folder))
    if (name.startsWith(`${basename(tree)}.building`))
      rmSync(join(folder, name), { recursive: true, force: true });
  const building = `${tree}.building-${process.pid}`;
  mkdirSync(building, { mode: 0o755 });
  await source.unpack(recipe.packages, building, recipe.keep);
  await recipe.finish?.(building, source);
  const { command, flag, options } = check(part, building);
  const remedy = `Does ${folder} lie on a disk that forbids programs (noexec)? Set TROUPE_CACHE_DIR to another`;
  await mustRun(`Trying ${part}`, remedy, command, [flag], options);
  rmSync(tree, { recursive: true, force: true });
  renameSync(building, tree);
  say(`${part}: unpacked after ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Whether an unpacked folder is there and its program runs with the libraries that this system has now. */
async function works(part: Part, tree: string): Promise<boolean> {
  if (!existsSync(tree)) return false;
  const { command, flag, options } = check(part, tree);
  return (await run(command, [flag], options)).code === 0;
}

function check(part: Part, tree: string) {
  const [program, flag] = LAYOUTS[part].check;
  const { bin, environment } = locate(part, tree);
  return {
    command: join(bin, program),
    flag,
    options: { cwd: '/', env: plainEnvironment(environment), ...runAs() },
  };
}

function locate(part: Part, tree: string): Program {
  return { bin: LAYOUTS[part].bin(tree), environment: { LD_LIBRARY_PATH: libraryPath(tree) } };
}
