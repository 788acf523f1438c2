/**
 * `npm run -s bench:w3`: fan-out to sockets as one JSON line. 2,000 clients in 20 rooms, one message of 1 KB to each
 * room a round, at most two rounds under way. W3_CLIENTS, W3_ROOMS, W3_ROUNDS, W3_WINDOW change that.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { sleep } from '../../lib/kernel/clock.ts';
import { cpuOf, round } from '../w1/workload.ts';

const whole = (name: string, fallback: number) => Number.parseInt(process.env[name] ?? String(fallback), 10);
const clients = whole('W3_CLIENTS', 2_000);
const rooms = whole('W3_ROOMS', 20);
const rounds = whole('W3_ROUNDS', 150);
const window = whole('W3_WINDOW', 2);
const WARM_UP = 30;

type Message = Record<string, unknown>;

function told<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise(resolve => {
    const look = (message: Message) => {
      if (!(name in message)) return;
      child.off('message', look);
      resolve(message as T);
    };
    child.on('message', look);
  });
}

const start = (file: string, env: Record<string, string>) =>
  fork(join(import.meta.dirname, file), {
    env: { ...process.env, NODE_ENV: 'production', CLIENTS: String(clients), ROOMS: String(rooms), ...env },
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });

const server = start('server.ts', {});
const { port, token } = await told<{ port: number; token: string }>(server, 'port');
const memory = async () => {
  const answer = told<{ mem: number; joined: number }>(server, 'mem');
  server.send({ mem: 1 });
  return await answer;
};
/** The database's start leaves garbage that is given back a while later: memory is read once it rests. */
const rested = async () => {
  let read = await memory();
  for (let calm = 0; calm < 5; ) {
    await sleep(200);
    const next = await memory();
    calm = Math.abs(next.mem - read.mem) < read.mem / 500 ? calm + 1 : 0;
    read = next;
  }
  return read;
};
const before = await rested();
const crowd = start('clients.ts', { PORT: String(port), TOKEN: token });
await told(crowd, 'ready');
const idle = await rested();

function drive(count: number): Promise<void> {
  return new Promise(resolve => {
    let sent = 0;
    let done = 0;
    const next = () => {
      sent++;
      server.send({ emit: 1 });
    };
    const look = (message: Message) => {
      if (!('round' in message)) return;
      done++;
      if (sent < count) next();
      else if (done === count) {
        crowd.off('message', look);
        resolve();
      }
    };
    crowd.on('message', look);
    while (sent < Math.min(window, count)) next();
  });
}

await drive(WARM_UP);
const reset = told(crowd, 'reset');
crowd.send({ reset: 1 });
await reset;
const processes = { server: server.pid!, clients: crowd.pid! };
const cpuBefore = cpuOf(processes);
const began = performance.now();
await drive(rounds);
const seconds = (performance.now() - began) / 1000;
const cpuAfter = cpuOf(processes);
const answer = told<{ stats: { p50: number; p99: number; got: number } }>(crowd, 'stats');
crowd.send({ stats: 1 });
const { stats } = await answer;
const deliveries = rounds * clients;
console.log(
  JSON.stringify({
    workload: 'W3',
    peer: 'Troupe sockets',
    clients: idle.joined,
    rooms,
    messageBytes: 1024,
    deliveredPerSec: Math.round(deliveries / seconds),
    p50ms: round(stats.p50),
    p99ms: round(stats.p99),
    lost: (rounds + WARM_UP) * clients - stats.got,
    kbPerConnection: round((idle.mem - before.mem) / clients / 1024),
    cpuUsPerDelivery: Object.fromEntries(
      Object.keys(processes).map(name => [
        name,
        round(((cpuAfter[name]! - cpuBefore[name]!) * 1000) / deliveries),
      ]),
    ),
  }),
);
crowd.send({ end: 1 });
server.send({ end: 1 });
process.exit(0);
