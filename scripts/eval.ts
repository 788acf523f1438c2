/**
 * `npm run eval -- <suite> [--name value ...]`: runs one evaluation and prints its figures as one JSON object
 * on the last line. A suite is `scripts/eval/<suite>.ts` with the exports of `EvalSuite`.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { TroupeError } from '../lib/kernel/errors.ts';

export interface EvalSuite {
  /** One line for the list of suites. */
  readonly about: string;
  /** Options that the suite takes; each may be given several times (`multiple`). */
  readonly options: Readonly<
    Record<string, { type: 'string' | 'boolean'; multiple?: boolean; about: string }>
  >;
  /** Runs and returns the figures. Progress goes to standard error. */
  run(options: EvalOptions, positionals: readonly string[]): Promise<Record<string, unknown>>;
}
export type EvalOptions = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

const folder = join(import.meta.dirname, 'eval');
const names = readdirSync(folder)
  .filter(file => file.endsWith('.ts'))
  .map(file => basename(file, '.ts'))
  .sort();

async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2);
  if (!name || !names.includes(name)) {
    console.error(`usage: npm run eval -- <suite> [options]\n`);
    for (const each of names) console.error(`  ${each.padEnd(12)} ${(await load(each)).about}`);
    process.exitCode = 2;
    return;
  }
  const suite = await load(name);
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...suite.options, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    console.log(JSON.stringify(await suite.run(values, positionals)));
  } catch (error) {
    if (!isUsage(error)) throw error;
    console.error(`${error.message}\n\nusage: npm run eval -- ${name} [options]\n`);
    for (const [option, { about }] of Object.entries(suite.options))
      console.error(`  --${option.padEnd(12)} ${about}`);
    process.exitCode = 2;
  }
}

/** What whoever typed the command can mend: an option that is not known or not given, a file that is not there. */
function isUsage(error: unknown): error is Error {
  if (error instanceof TroupeError) return error.code === 'validation-failed';
  const code = String((error as { code?: unknown } | null)?.code);
  return code.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT' || code === 'EISDIR';
}

async function load(name: string): Promise<EvalSuite> {
  return (await import(join(folder, `${name}.ts`))) as EvalSuite;
}

await main();
// A suite may leave behind what it has killed on purpose.
process.exit();
