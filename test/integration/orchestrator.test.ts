// Protects: workflows over HTTP do what their verbs promise; secrets reach the call and nothing that is kept or told.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Client } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { workflowVerbsSuite } from '../suites/workflow-verbs.ts';

const SECRET = 'sk-very-secret-4711';

describe('the orchestrator over HTTP', function () {
  this.timeout(60_000);
  let node: TestNode;
  let own: { tenantId: string; apiKey: string };
  let server: Server;
  const seen: (string | undefined)[] = [];

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json');
      // A server that tells back whatever it was told.
      response.end(JSON.stringify({ you: request.headers }));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
    own = await node.makeTenant('flows', { toolsets: ['shop'] });
  });
  after(async () => {
    server?.close();
    await node?.stop();
  });

  workflowVerbsSuite(() => ({ url: node.url, apiKey: own.apiKey }));

  it('puts secrets into calls and into nothing else', async () => {
    const client = new Client(node.url, own.apiKey);
    const { port } = server.address() as AddressInfo;
    const config = { value: { key: SECRET }, secret: true };
    expect((await client.request('PUT', '/control/configs/workflows/shop', config)).status).to.equal(200);
    const source = `document: {dsl: '1.0.3', namespace: test, name: secretive, version: '1.0.0'}
use:
  secrets: [shop, absent]
do:
  - byMark:
      call: http
      with:
        method: get
        endpoint: {uri: 'http://127.0.0.1:${port}/', authentication: {bearer: {token: '\${ $secrets.shop.key }'}}}
        headers: {x-too: 'key \${ $secrets.shop.key }'}
        output: response
  - noSuch:
      try: [{a: {set: '\${ $secrets.absent }'}}]
      catch: {as: e, do: [{b: {set: {status: '\${ $e.status }', seen: '\${ $input.content.you }'}}}]}
`;
    const put = await client.request('PUT', '/orchestrator/workflows', { source });
    expect(put.status, await put.clone().text()).to.equal(200);
    const path = '/orchestrator/workflows/secretive/runs';
    const response = await client.request('POST', path, { wait: 15_000 });
    const run = (await response.json()) as { id: string; phase: string; output: { status: number } };
    expect(run.phase, JSON.stringify(run)).to.equal('completed');
    expect(run.output.status, 'a secret that there is not').to.equal(403);
    expect(seen).to.deep.equal([`Bearer ${SECRET}`]);
    const told = await (await client.request('GET', `/orchestrator/runs/${run.id}`)).text();
    expect(told).to.contain('key ***').and.not.contain(SECRET);
    const kept = await node.database.withTenant(own.tenantId, tx =>
      tx.query<{ n: number }>('select count(*)::int as n from journal where events::text like $1', [
        `%${SECRET}%`,
      ]),
    );
    expect(kept[0]!.n).to.equal(0);
  });
});
