/** Brings the parts that a command needs and tells where they are, as environment variables. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { unpacked } from './programs.ts';
import { say } from './say.ts';
import { type PostgresOptions, type Server, startNats, startPostgres, startRedis } from './servers.ts';
import { given, NATS_SYSTEM_VARIABLE, PARTS, type Part, plainEnvironment, VARIABLE_OF } from './settings.ts';

export interface Provided {
  /** TROUPE_TEST_* variables of the parts that were asked for. */
  readonly variables: Readonly<Record<string, string>>;
  /** Ends what was started, all of it, even when one refuses. */
  stop(): Promise<void>;
}

/** Provides parts: those that the environment names are taken as they are. */
export async function provide(parts: readonly Part[], postgres: PostgresOptions = {}): Promise<Provided> {
  const began = performance.now();
  const servers: Server[] = [];
  const variables: Record<string, string> = {};
  const stop = async () => {
    const ends = await Promise.allSettled(servers.map(server => server.stop()));
    for (const end of ends) if (end.status === 'rejected') say(String(end.reason));
  };
  const keep = <S extends Server>(server: S): S => {
    servers.push(server);
    return server;
  };
  const bring: Record<Part, () => Promise<string>> = {
    pg: async () => keep(await startPostgres(postgres)).url,
    redis: async () => keep(await startRedis()).url,
    nats: async () => {
      const { url, systemUrl } = keep(await startNats());
      variables[NATS_SYSTEM_VARIABLE] = systemUrl;
      return url;
    },
    chromium: () => program('chromium'),
    promtool: () => program('promtool'),
  };
  const results = await Promise.allSettled(
    parts.map(async part => {
      variables[VARIABLE_OF[part]] = given(part) ?? (await bring[part]());
    }),
  );
  const failures = results.flatMap(each => (each.status === 'rejected' ? [each.reason] : []));
  if (failures.length > 0) {
    await stop();
    // Parts often fail for one reason: it is told once.
    const reasons = [...new Set(failures.map(message))];
    throw reasons.length === 1 ? failures[0] : new AggregateError(failures, reasons.join('\n\n'));
  }
  say(`${parts.join(', ')}: ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return { variables, stop };
}

/** Reads the value of `--only`. */
export function partsOf(text: string | undefined): readonly Part[] {
  if (text === undefined) return PARTS;
  const names = text.split(',').map(name => name.trim());
  const unknown = names.filter(name => !(PARTS as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new TroupeError('config-invalid', `--only ${unknown.join(',')}: known are ${PARTS.join(', ')}`);
  return PARTS.filter(part => names.includes(part));
}

/** A program that needs no server: the system's when it is installed, else one from the cache folder. */
async function program(name: 'chromium' | 'promtool'): Promise<string> {
  for (const folder of (plainEnvironment().PATH ?? '').split(delimiter))
    if (folder !== '' && isExecutable(join(folder, name))) return join(folder, name);
  return join((await unpacked(name)).bin, name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Not in this folder of PATH.
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
