/**
 * One server of the door's benchmark, in a process of its own: `bare` is node:http that reads JSON and answers JSON;
 * `door` a whole platform whose
 * `knowledge.search` does nothing but answer. Says where it listens; ends with its parent.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { searchKnowledge } from '../../lib/contracts/knowledge.contracts.ts';
import { action } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode } from '../../test/suites/embedded-node.ts';
import { profiled } from '../w1/profiler.ts';

const ANSWER = { results: [], corpus: { chunks: 0, frequencies: {} } };
const [, , role] = process.argv;
process.on('disconnect', () => process.exit(0));

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
    process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'none' }),
  );
} else {
  const node = await startEmbeddedNode();
  const { broker } = node;
  await broker.destroyService(broker.getLocalService('knowledge')!);
  broker.createService({
    name: 'knowledge',
    actions: { search: action(searchKnowledge, async () => ANSWER) },
  } as never);
  await broker.waitForServices('knowledge');
  const { apiKey } = await node.makeTenant('bench');
  let stop = () => {};
  process.on('message', ({ profile }: { profile: string | null }) => {
    stop();
    if (profile)
      void profiled(profile, () => new Promise<void>(resolve => (stop = resolve))).then(() =>
        process.send!({ profiled: true }),
      );
  });
  process.send!({ url: node.url, apiKey });
}
