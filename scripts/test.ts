/**
 * Runs the project's tests in stages and closes with one line of totals. `npm test` runs all of them, given the
 * servers (scripts/provision); `npm test -- unit` one stage.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** Printed by a runner whose totals are counted. */
  readonly counts: boolean;
}

const mocha = (...args: string[]) => ['mocha', '--exit', ...args];

const STAGES: readonly Stage[] = [
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'], counts: false },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'], counts: false },
  { name: 'web-types', command: ['tsc', '-p', 'web/tsconfig.json'], counts: false },
  { name: 'unit', command: mocha('--parallel', '--jobs', '2', 'test/unit/**/*.test.ts'), counts: true },
  { name: 'simulation', command: mocha('--timeout', '120000', 'test/simulation/**/*.test.ts'), counts: true },
  {
    name: 'integration',
    command: mocha('--parallel', '--jobs', '2', '--timeout', '60000', 'test/integration/**/*.test.ts'),
    counts: true,
  },
  {
    name: 'e2e',
    command: mocha('--parallel', '--jobs', '2', '--timeout', '120000', 'test/e2e/**/*.test.ts'),
    counts: true,
  },
];

function run({ command }: Stage): Promise<{ ok: boolean; output: string }> {
  return new Promise(resolve => {
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      process.stdout.write(chunk);
    });
    child.on('close', code => resolve({ ok: code === 0, output }));
  });
}

const { positionals } = parseArgs({ allowPositionals: true });
const chosen = positionals.length === 0 ? STAGES : STAGES.filter(stage => positionals.includes(stage.name));
let passed = 0;
let failed = 0;
const began = performance.now();
for (const stage of chosen) {
  const start = performance.now();
  console.log(`\n== ${stage.name}`);
  const { ok, output } = await run(stage);
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  const stagePassed = stage.counts ? count('passing') : Number(ok);
  const stageFailed = stage.counts ? count('failing') : Number(!ok);
  passed += stagePassed;
  // A runner that ended badly, or ran nothing, has failed even if it counted no failure.
  failed += Math.max(stageFailed, Number(!ok || stagePassed + stageFailed === 0));
  console.log(
    `== ${stage.name}: ${stagePassed} passed, ${stageFailed} failed, ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
}
console.log(`\nin ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
