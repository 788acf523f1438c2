/**
 * One server of the door's benchmark, in a process of its own: `bare` is node:http that reads JSON and answers JSON;
 * `fastify` the same by the library that carries the gateway, with its headers; `door` a whole platform whose
 * `knowledge.search` does nothing but answer. Says where it listens; ends with its parent.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { searchKnowledge } from '../../lib/contracts/knowledge.contracts.ts';
import { action } from '../../lib/moleculer/action.ts';
import { SECURITY_HEADERS } from '../../services/gateway/request-headers.ts';
import { startEmbeddedNode } from '../../test/suites/embedded-node.ts';
import { profiled } from '../w1/profiler.ts';

const ANSWER = {
  results: [],
  answerability: 0,
  answerable: false,
  searched: '',
  corpus: { chunks: 0, frequencies: {} },
};
const TENANTS = 40;
const [, , role, collector = ''] = process.argv;
process.on('disconnect', () => process.exit(0));
process.on('message', ({ cpu }: { cpu?: true }) => {
  if (!cpu) return;
  const { user, system } = process.threadCpuUsage();
  process.send!({ ...process.cpuUsage(), main: user + system });
});

if (role === 'bare') {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      JSON.parse(Buffer.concat(parts).toString());
      const body = JSON.stringify(ANSWER);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
  server.listen(0, '127.0.0.1', () =>
    process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKeys: ['none'] }),
  );
} else if (role === 'fastify') {
  const server = Fastify();
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS).header('x-request-id', 'req_01m8gw90q9ep5a89fsfdwde4wm');
    done();
  });
  server.post('/api/v1/ingestion/search', async (_request, reply) => reply.send(ANSWER));
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  process.send!({ url, apiKeys: ['none'] });
} else {
  const node = await startEmbeddedNode({
    TROUPE_ADDRESS_PER_MINUTE: '100000000',
    TROUPE_OTEL_ENDPOINT: collector,
    TROUPE_OTEL_SAMPLE_PERCENT: process.env.DOOR_SAMPLE ?? '10',
  });
  const { broker } = node;
  await broker.destroyService(broker.getLocalService('knowledge')!);
  broker.createService({
    name: 'knowledge',
    actions: { search: action(searchKnowledge, async () => ANSWER) },
  } as never);
  await broker.waitForServices('knowledge');
  const apiKeys: string[] = [];
  for (let i = 0; i < TENANTS; i++) apiKeys.push((await node.makeTenant(`bench ${i}`)).apiKey);
  let stop = () => {};
  process.on('message', ({ profile }: { profile?: string | null }) => {
    if (profile === undefined) return;
    stop();
    if (profile)
      void profiled(profile, () => new Promise<void>(resolve => (stop = resolve))).then(() =>
        process.send!({ profiled: true }),
      );
  });
  process.send!({ url: node.url, apiKeys });
}
