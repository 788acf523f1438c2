// Protects: what is promised is offered, and nothing else: each contract has its action and its path, each action its contract.
import { expect } from 'chai';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

/** Contracts that the gateway itself answers, making calls of other actions of them. */
const OF_THE_GATEWAY = ['attachments.add', 'attachments.get', 'chat.message'];

describe('a platform with every unit', function () {
  this.timeout(30_000);
  let node: TestNode;
  let apiKey: string;
  before(async () => {
    node = await startEmbeddedNode();
    ({ apiKey } = await node.makeTenant('contracts'));
  });
  after(() => node?.stop());

  it('has an action for each contract, and a contract for each action', () => {
    const actions = (node.broker.registry.getActionList({} as never) as { name: string }[])
      .map(({ name }) => name)
      .filter(name => !name.startsWith('$'));
    const promised = CONTRACTS.map(({ name }) => name).filter(name => !OF_THE_GATEWAY.includes(name));
    expect(actions.toSorted()).to.deep.equal(promised.toSorted());
  });

  it('answers at the path of each contract that has one, and knows who asks before it looks at anything', async () => {
    for (const { http } of CONTRACTS) {
      if (!http) continue;
      const url = `${node.url}/api/v1${http.path.replace(/:\w+/g, 'none')}`;
      const response = await fetch(url, { method: http.method });
      // What anybody may ask is looked at; it is then not as the contract says.
      const expected = http.scope === 'public' ? 422 : 401;
      expect(response.status, `${http.method} ${http.path}`).to.equal(expected);
    }
  });

  it('serves its interface in OpenAPI 3.1, with the same paths', async () => {
    const document = (await (await fetch(`${node.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(document.openapi).to.match(/^3\.1/);
    for (const { http } of CONTRACTS)
      if (http) expect(document.paths).to.have.property(`/api/v1${http.path.replace(/:(\w+)/g, '{$1}')}`);
  });

  it('lets no parameters past that its contracts do not name', async () => {
    const { tenantId } = await node.makeTenant('strict');
    for (const { name } of CONTRACTS) {
      if (OF_THE_GATEWAY.includes(name)) continue;
      const call = node.broker.call(name, { conversationId: 'cnv_x', wish: 1 }, { meta: { tenantId } });
      const error = await call.then(
        () => 'done',
        (e: unknown) => toTroupeError(e).code,
      );
      expect(error, name).to.equal('validation-failed');
    }
  });

  it('shows pages and figures to whoever asks: health, metrics, documentation', async () => {
    for (const [path, type] of [
      ['/health/live', 'application/json'],
      ['/health/ready', 'application/json'],
      ['/metrics', 'text/plain'],
      ['/docs', 'text/html'],
      ['/docs/errors', 'text/html'],
      ['/docs/assets/swagger-ui.css', 'text/css'],
    ] as const) {
      const response = await fetch(node.url + path);
      expect(response.status, path).to.equal(200);
      expect(response.headers.get('content-type'), path).to.include(type);
      await response.arrayBuffer();
    }
  });

  it('counts its calls by action and outcome, and names no tenant', async () => {
    await fetch(`${node.url}/api/v1/chat/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: '{"message":"hello"}',
    });
    const text = await (await fetch(`${node.url}/metrics`)).text();
    expect(text).to.match(
      /troupe_action_calls_total\{action="conversation\.send",side="local",outcome="ok"\} \d/,
    );
    expect(text).to.match(/outcome="validation-failed"/);
    expect(text).to.not.match(/ten_[0-9a-z]{26}/);
  });
});
