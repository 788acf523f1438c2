/**
 * `npm run -s bench:w2`: chat completions through the gateway as one JSON line, with authentication, routing, a
 * budget, fairness and metering on. STREAM=1 streams; W2_SECONDS, W2_CONNECTIONS change the load.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { cpuOf } from '../w1/workload.ts';

const streams = process.env.STREAM === '1';
const seconds = Number.parseInt(process.env.W2_SECONDS ?? '6', 10);
const connections = Number.parseInt(process.env.W2_CONNECTIONS ?? '64', 10);
const PIECES = 51;

const start = (file: string, env: Record<string, string> = {}): ChildProcess =>
  fork(join(import.meta.dirname, file), {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv: ['--min-semi-space-size=16', '--disable-warning=ExperimentalWarning', '--disable-proto=delete'], // as start.sh
  });
const upstream = start('upstream.ts');
const [{ port }] = (await once(upstream, 'message')) as [{ port: number }];
const gateway = start('gateway.ts', { UPSTREAM: `http://127.0.0.1:${port}` });
const [{ url, apiKey }] = (await once(gateway, 'message')) as [{ url: string; apiKey: string }];

const body = JSON.stringify({
  model: 'auto',
  stream: streams,
  messages: [
    { role: 'system', content: 'You are helpful.' },
    { role: 'user', content: 'abcdefghij'.repeat(20) },
  ],
});
const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface One {
  readonly status: number | undefined;
  readonly firstByteMs: number;
  readonly ms: number;
  readonly text: string;
}

function one(): Promise<One> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let firstByteMs = 0;
    const request = httpRequest(
      `${url}/v1/chat/completions`,
      { agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      response => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => {
          firstByteMs ||= performance.now() - began;
          parts.push(part);
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            firstByteMs,
            ms: performance.now() - began,
            text: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const check = await one();
const ok =
  check.status === 200 &&
  (streams
    ? check.text.split('"delta"').length === PIECES && check.text.includes('[DONE]')
    : (JSON.parse(check.text) as { choices: { message: { content: string } }[] }).choices[0]!.message.content
        .length === 200);
if (!ok) console.error(`unexpected answer ${check.status}: ${check.text.slice(0, 300)}`);
const singles = streams ? 500 : 1_500;
for (let n = 0; n < 300; n++) await one();
const latencies: number[] = [];
const firsts: number[] = [];
for (let n = 0; n < singles; n++) {
  const { ms, firstByteMs } = await one();
  latencies.push(ms);
  firsts.push(firstByteMs);
}
agent.destroy();
const at = (values: number[], share: number) =>
  Math.round(values.sort((a, b) => a - b)[Math.floor(values.length * share)]! * 1_000) / 1_000;

const load = { url: `${url}/v1/chat/completions`, method: 'POST' as const, headers, body, connections };
await autocannon({ ...load, duration: 2 });
const processes = { client: process.pid, upstream: upstream.pid!, gateway: gateway.pid! };
const before = cpuOf(processes);
const run = await autocannon({ ...load, duration: seconds });
const after = cpuOf(processes);
const count = run['2xx'] || 1;
console.log(
  JSON.stringify({
    workload: streams ? 'W2-sse' : 'W2-json',
    peer: 'Troupe gateway',
    connections,
    perSec: Math.round(count / run.duration),
    p50ms: run.latency.p50,
    p99ms: run.latency.p99,
    oneP50ms: at(latencies, 0.5),
    oneP99ms: at(latencies, 0.99),
    ...(streams ? { firstByteP50ms: at(firsts, 0.5) } : {}),
    errors: run.errors + run.timeouts + run.non2xx,
    answerOk: ok,
    cpuUsPerRequest: Object.fromEntries(
      Object.keys(processes).map(name => [
        name,
        Math.round(((after[name]! - before[name]!) * 1_000) / count),
      ]),
    ),
  }),
);
upstream.kill();
gateway.kill();
process.exit(0);
