/**
 * `make protocol-suites`: the cases of engine.io 4 and socket.io 5 against our sockets, and how many hold. With
 * SUITES=<folder>,<folder> also the protocols' public suites (each with its `test-suite.js`), against port 3000.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

interface Report {
  readonly stats: { readonly passes: number; readonly failures: number; readonly tests: number };
  readonly failures: readonly { readonly fullTitle: string }[];
}

const root = join(import.meta.dirname, '..');
const MOCHA = join(root, 'node_modules/mocha/bin/mocha.js');

async function mocha(file: string, cwd: string): Promise<Report> {
  const child = spawn(
    process.execPath,
    [
      '--disable-proto=delete',
      MOCHA,
      '--exit',
      '--no-config',
      '--reporter',
      'json',
      '--timeout',
      '20000',
      file,
    ],
    { cwd, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  for await (const part of child.stdout) text += part;
  return JSON.parse(text.slice(text.indexOf('{'))) as Report;
}

const figures: Record<string, object> = {};
const tell = (name: string, { stats, failures }: Report) => {
  for (const { fullTitle } of failures) console.log(`FAILED ${name}: ${fullTitle}`);
  figures[name] = { passed: stats.passes, failed: stats.failures, total: stats.tests };
};

tell('own', await mocha('test/integration/socket-protocol.test.ts', root));
const suites = (process.env.SUITES ?? '').split(',').filter(each => each !== '');
if (suites.length > 0) {
  const server = spawn(process.execPath, ['--disable-proto=delete', 'scripts/protocol-server.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '3000' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: server.stdout }), 'line');
  for (const folder of suites) tell(folder, await mocha('test-suite.js', folder));
  server.kill();
}
console.log(JSON.stringify(figures));
process.exitCode = Object.values(figures).some(each => (each as { failed: number }).failed > 0) ? 1 : 0;
