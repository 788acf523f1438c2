/** Programs of the platform run to their end, as an operator runs them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const FLAGS = ['--disable-proto=delete', '--disable-warning=ExperimentalWarning'];

export interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly complaints: string;
}

export async function runScript(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TROUPE_'));
  const child = spawn(process.execPath, [...FLAGS, `scripts/${script}`, ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, complaints };
}

/** `make tenant NAME=...`: the key is the last line. */
export async function makeTenant(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { code, output, complaints } = await runScript('tenant.ts', ['--name', name], env);
  if (code !== 0) throw new Error(complaints);
  return output.trim().split('\n').at(-1)!;
}
