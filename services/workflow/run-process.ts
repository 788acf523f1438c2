/**
 * `run: shell` and `run: script` on this machine, only where the operator has named them. The process gets nothing of
 * the platform's environment, and is ended when its time is up. Containers are refused: this node has no engine for them.
 */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { EffectContext } from '../../actors/runtime/actor-type.ts';
import { isObject, type Json } from '../../lib/core/workflow/jq/value.ts';
import type { Effect } from '../../lib/core/workflow/messages.ts';
import { Fault, problem } from '../../lib/core/workflow/problem.ts';
import type { WorkflowPorts } from './ports.ts';

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 1_000_000;

export async function runProcess(
  { config }: WorkflowPorts,
  effect: Extract<Effect, { type: 'RunProcess' }>,
  { signal }: EffectContext,
): Promise<Json> {
  const { process: kind, with: given, await: waits } = effect;
  if (!config.TROUPE_WORKFLOW_PROCESSES.includes(kind))
    throw new Fault(problem('authorization', `Workflows may not start a ${kind} here`));
  const { command, language, code, stdin, environment, return: wanted } = isObject(given) ? given : {};
  const args = argumentsOf(isObject(given) ? given.arguments : undefined);
  const program =
    kind === 'shell'
      ? ['/bin/sh', '-c', `${String(command)} "$@"`, 'sh', ...args]
      : kind === 'script'
        ? interpreter(String(language), String(code), args)
        : undefined;
  if (!program) throw new Fault(problem('runtime', 'Containers are not offered here', { status: 501 }));
  const env = Object.fromEntries(
    Object.entries(isObject(environment) ? environment : {}).map(([name, value]) => [name, String(value)]),
  );
  const done = new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    const child = execFile(
      program[0]!,
      program.slice(1),
      {
        env: { PATH: '/usr/bin:/bin', ...env },
        cwd: tmpdir(),
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_BYTES,
        signal,
      },
      (error, stdout, stderr) => {
        const exit = error ? (error as { code?: unknown }).code : 0;
        if (typeof exit === 'number') resolve({ code: exit, stdout, stderr });
        else reject(new Fault(problem('runtime', `The ${kind} was ended before it was done`)));
      },
    );
    child.stdin?.on('error', () => {}); // a program that does not read its input is none of our business
    child.stdin?.end(typeof stdin === 'string' ? stdin : '');
  });
  if (!waits) {
    done.catch(() => {}); // nobody waits for it
    return null;
  }
  const { code: exit, stdout, stderr } = await done;
  if (wanted === 'code') return exit;
  if (wanted === 'stderr') return stderr;
  if (wanted === 'all') return { code: exit, stdout, stderr };
  if (wanted === 'none') return null;
  return stdout;
}

function interpreter(language: string, code: string, args: readonly string[]): string[] {
  if (language === 'js' || language === 'javascript')
    return [process.execPath, '--input-type=commonjs', '-e', code, ...args];
  if (language === 'python') return ['/usr/bin/env', 'python3', '-c', code, ...args];
  throw new Fault(problem('runtime', `Scripts in ${language} are not offered here`, { status: 501 }));
}

function argumentsOf(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (isObject(value))
    return Object.entries(value).flatMap(([name, each]) => (each === null ? [name] : [name, String(each)]));
  return [];
}
