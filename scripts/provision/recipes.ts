/** Which Debian packages each part is made of, and what is taken out of them. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { writeChromiumLauncher } from './chromium.ts';
import type { Debian, Keep } from './debian.ts';
import { addPgvector } from './pgvector.ts';
import type { Part } from './settings.ts';

export interface Recipe {
  readonly packages: readonly string[];
  /** Which of the packages that these need are unpacked with them. */
  readonly keep: Keep;
  /** What is done with the unpacked folder before it is used. */
  finish?(tree: string, debian: Debian): Promise<void>;
}

/** How a part's folder is used; told without asking apt, so that a warm start is quick. */
export interface Layout {
  /** The folder of the executables. */
  bin(tree: string): string;
  /** A program and the flag for its version: that it answers shows that its libraries are there. */
  readonly check: readonly [program: string, flag: string];
}

/** Newest first; the schema needs 14 for nothing newer. */
const POSTGRES_VERSIONS = [18, 17, 16, 15, 14];

/** Libraries only; not the compiler behind PostgreSQL's JIT (it is off), graphics drivers, perl and libc. */
const libraries: Keep = name =>
  /^lib/.test(name) && !/-(perl|dev|bin|data|common)$|^lib(llvm|z3|perl|gl1-mesa-dri)|^libc6$/.test(name);
const fontsAndLibraries: Keep = name => libraries(name) || /^fonts-|^chromium-common$/.test(name);
const nothing: Keep = () => false;

export const LAYOUTS: Readonly<Record<Part, Layout>> = {
  pg: {
    bin(tree) {
      const versions = join(tree, 'usr/lib/postgresql');
      return join(versions, readdirSync(versions)[0] ?? '', 'bin');
    },
    check: ['postgres', '--version'],
  },
  nats: { bin: tree => join(tree, 'usr/sbin'), check: ['nats-server', '--version'] },
  redis: { bin: tree => join(tree, 'usr/bin'), check: ['redis-server', '--version'] },
  chromium: { bin: tree => tree, check: ['chromium', '--version'] },
  promtool: { bin: tree => join(tree, 'usr/bin'), check: ['promtool', '--version'] },
};

/** The recipe for this system's release. */
export async function recipeFor(part: Part, debian: Debian): Promise<Recipe> {
  switch (part) {
    case 'pg':
      return postgresRecipe(debian);
    case 'nats':
      return { packages: ['nats-server'], keep: nothing };
    case 'redis':
      return { packages: ['redis-server', 'redis-tools'], keep: libraries };
    case 'chromium':
      return {
        packages: ['chromium', 'fonts-dejavu-core', 'fonts-liberation'],
        keep: fontsAndLibraries,
        finish: writeChromiumLauncher,
      };
    case 'promtool':
      return promtoolRecipe(debian);
  }
}

/** Debian 13 has it as a package; before, it comes with the server, which is large and not needed. */
async function promtoolRecipe(debian: Debian): Promise<Recipe> {
  const names = await debian.names('promtool');
  if (names.includes('promtool')) return { packages: ['promtool'], keep: nothing };
  return {
    packages: ['prometheus'],
    keep: nothing,
    finish: async tree => rmSync(join(tree, 'usr/bin/prometheus')),
  };
}

async function postgresRecipe(debian: Debian): Promise<Recipe> {
  const names = await debian.names('postgresql-');
  const version = POSTGRES_VERSIONS.find(each => names.includes(`postgresql-${each}`));
  if (!version)
    throw new TroupeError(
      'unavailable',
      'No PostgreSQL of version 14 or later in the packages of this release: set TROUPE_TEST_PG_URL',
    );
  const packaged = `postgresql-${version}-pgvector`;
  if (names.includes(packaged)) return { packages: [`postgresql-${version}`, packaged], keep: libraries };
  return {
    packages: [`postgresql-${version}`],
    keep: libraries,
    finish: (tree, source) => addPgvector(tree, version, source),
  };
}
