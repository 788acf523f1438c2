/**
 * pgvector for a release that does not package it: compiled from Debian's source package against the headers of
 * the unpacked PostgreSQL, with the system's C compiler or, when there is none, with one unpacked for the purpose.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { type Debian, type Keep, libraryPath } from './debian.ts';
import { mustRun, run } from './run.ts';
import { say } from './say.ts';
import { plainEnvironment } from './settings.ts';

/** The version that Debian 13 packages. */
const SOURCE = {
  version: '0.8.0',
  path: 'main/p/pgvector/pgvector_0.8.0.orig.tar.gz',
  sha256: '867a2c328d4928a5a9d6f052cd3bc78c7d60228a9b914ad32aa3db88e9de27b0',
};
const COMPILE_TIMEOUT_MS = 300_000;
/** As pgvector's Makefile and PostgreSQL's own build, without `-march=native`: the cache may outlive the processor. */
const FLAGS = (
  '-O2 -fPIC -fno-strict-aliasing -fwrapv -fexcess-precision=standard ' +
  '-ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math'
).split(' ');

interface Compiler {
  readonly name: string;
  readonly command: string;
  readonly flags: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Compiles pgvector and puts it into the PostgreSQL of `tree`. */
export async function addPgvector(tree: string, postgresVersion: number, debian: Debian): Promise<void> {
  const work = `${tree}.pgvector`;
  mkdirSync(work);
  const headers = join(work, 'headers');
  const server = `postgresql-server-dev-${postgresVersion}`;
  const archive = join(work, 'pgvector.tar.gz');
  await debian.unpack([server, 'libpq-dev'], headers, () => false, { closure: false });
  await debian.fetchFromPool(SOURCE.path, SOURCE.sha256, archive, ['nats-server', 'redis-server', server]);
  await mustRun('Unpacking pgvector', 'Is tar there?', 'tar', ['-xzf', archive, '-C', work]);
  const compiler = await findCompiler(work, debian);
  say(`pg: compiling pgvector ${SOURCE.version} with ${compiler.name}`);
  const source = join(work, `pgvector-${SOURCE.version}`);
  const includes = [
    ...['-I', join(headers, 'usr/include/postgresql', String(postgresVersion), 'server')],
    ...['-I', join(headers, 'usr/include/postgresql')],
  ];
  const library = join(work, 'vector.so');
  await compileAll(compiler, includes, join(source, 'src'), library);
  const extension = join(tree, 'usr/share/postgresql', String(postgresVersion), 'extension');
  copyFileSync(library, join(tree, 'usr/lib/postgresql', String(postgresVersion), 'lib/vector.so'));
  copyFileSync(join(source, 'vector.control'), join(extension, 'vector.control'));
  copyFileSync(join(source, 'sql/vector.sql'), join(extension, `vector--${SOURCE.version}.sql`));
  rmSync(work, { recursive: true, force: true });
}

async function compileAll(
  { command, flags, env }: Compiler,
  includes: readonly string[],
  folder: string,
  library: string,
): Promise<void> {
  const waiting = readdirSync(folder).filter(name => name.endsWith('.c'));
  const objects = waiting.map(name => join(folder, `${basename(name, '.c')}.o`));
  const compile = (args: readonly string[]) =>
    mustRun('Compiling pgvector', 'The words of the compiler say why', 'nice', [command, ...flags, ...args], {
      env,
      timeoutMs: COMPILE_TIMEOUT_MS,
    });
  const worker = async () => {
    for (let name = waiting.pop(); name; name = waiting.pop()) {
      const object = join(folder, `${basename(name, '.c')}.o`);
      await compile([...FLAGS, ...includes, '-c', join(folder, name), '-o', object]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  await compile(['-shared', ...objects, '-lm', '-o', library]);
}

async function findCompiler(work: string, debian: Debian): Promise<Compiler> {
  const system: Compiler = {
    name: 'the C compiler of this system',
    command: 'cc',
    flags: [],
    env: plainEnvironment(),
  };
  if (await canCompile(system)) return system;
  say('pg: no C compiler here: fetching gcc for pgvector');
  const tree = join(work, 'compiler');
  await debian.unpack(['gcc', 'libc6-dev'], tree, isCompilerPart);
  linkSystemLibraries(tree);
  const unpackedCompiler: Compiler = {
    name: 'an unpacked gcc',
    command: join(tree, 'usr/bin/gcc'),
    flags: [`--sysroot=${tree}`],
    env: {
      ...plainEnvironment({ LD_LIBRARY_PATH: libraryPath(tree) }),
      PATH: `${tree}/usr/bin:/usr/bin:/bin`,
    },
  };
  return unpackedCompiler;
}

/** Whether it compiles C with the system's headers, not only whether it is there. */
async function canCompile({ command, flags, env }: Compiler): Promise<boolean> {
  const program = 'printf "#include <stdlib.h>\\n#include <math.h>\\n" | "$0" "$@" -x c -fsyntax-only -';
  return (await run('/bin/sh', ['-c', program, command, ...flags], { env })).code === 0;
}

const isCompilerPart: Keep = name =>
  /^(gcc|cpp|binutils|linux-libc-dev|lib)/.test(name) &&
  !/^lib(.*san\d|itm|gomp|quadmath|nsl|tirpc|c6$|perl)/.test(name);

/** The linker looks for libc and its loader inside the compiler's folder: lead it to the system's own. */
function linkSystemLibraries(tree: string): void {
  const folders = libraryPath(tree)
    .split(':')
    .map(folder => folder.slice(tree.length).replace('/usr/', '/'));
  for (const folder of ['/lib', '/lib64', ...folders].filter(existsSync)) {
    mkdirSync(join(tree, folder), { recursive: true });
    for (const name of readdirSync(folder)) {
      const link = join(tree, folder, name);
      if (/^(libc|libm|libmvec|ld-linux.*|libgcc_s)\.so\.\d+$/.test(name) && !existsSync(link))
        symlinkSync(join(folder, name), link);
    }
  }
}
