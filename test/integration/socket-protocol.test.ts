// Protects: whoever speaks engine.io 4 and socket.io 5 can talk to our sockets: polling, upgrade, pings, binary, namespaces, and an end to what is malformed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MESSAGE_CASES, type ProtocolCase, TRANSPORT_CASES } from '../suites/protocol-cases.ts';
import { SOCKET_IO_CASES } from '../suites/socket-io-cases.ts';

const AT_ONCE = 6;

describe('the protocols of sockets', function () {
  this.timeout(20_000);
  let child: ChildProcess;
  let url: string;
  before(async () => {
    child = spawn(
      process.execPath,
      ['--disable-proto=delete', join(import.meta.dirname, '../../scripts/protocol-server.ts')],
      { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    url = line.split(' ')[1]!;
  });
  after(() => child.kill());

  // Cases wait for pings of their own sessions: some run at once, and each is judged by itself. A ping must be answered
  // within 200 ms, which a machine that does much else may miss: what fails is run again alone.
  function suite(title: string, path: string, cases: readonly ProtocolCase[]): void {
    describe(title, () => {
      const outcomes = new Map<string, unknown>();
      before(async () => {
        const left = [...cases];
        const attempt = (each: ProtocolCase) =>
          each.run(url + path).then(
            () => outcomes.delete(each.name),
            error => outcomes.set(each.name, error),
          );
        const worker = async () => {
          for (let next = left.shift(); next; next = left.shift()) await attempt(next);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
        for (let again = 0; again < 2; again++)
          for (const each of cases) if (outcomes.has(each.name)) await attempt(each);
      });
      for (const { name } of cases)
        it(name, () => {
          if (outcomes.has(name)) throw outcomes.get(name);
        });
    });
  }
  suite('engine.io 4', '/engine.io', [...TRANSPORT_CASES, ...MESSAGE_CASES]);
  suite('socket.io 5, its transport', '/socket.io', TRANSPORT_CASES);
  suite('socket.io 5', '/socket.io', SOCKET_IO_CASES);
});
