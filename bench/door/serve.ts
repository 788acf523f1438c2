/**
 * One server of the door's benchmark, in a process of its own: `bare` is node:http that reads JSON and answers JSON;
 * `door` a whole platform whose `origins.put` does nothing but answer. Says where it listens; ends with its parent.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { putOrigins } from '../../lib/contracts/origins.contracts.ts';
import { action } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode } from '../../test/suites/embedded-node.ts';
import { UNITS } from '../../units.config.ts';
import { profiled } from '../w1/profiler.ts';

const [, , role] = process.argv;
process.on('disconnect', () => process.exit(0));

if (role === 'bare') {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { origins } = JSON.parse(Buffer.concat(parts).toString()) as { origins: unknown };
      const body = JSON.stringify({ origins });
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
  const units = Object.keys(UNITS).filter(name => name !== 'origins');
  const node = await startEmbeddedNode({ TROUPE_UNITS: units.join(',') });
  node.broker.createService({
    name: 'origins',
    actions: { put: action(putOrigins, async ctx => ({ origins: ctx.params.origins })) },
  } as never);
  await node.broker.waitForServices('origins');
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
