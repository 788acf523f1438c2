// Protects: whatever a tool outside does, a turn gets a bounded answer, a model gets data and no instructions, and nothing runs twice.
import { join } from 'node:path';
import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect } from 'chai';
import { callTool, createApiKey, listTools, lookUpTool } from '../../lib/contracts/platform.contracts.ts';
import { putToolSource } from '../../lib/contracts/tool-sources.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { HOSTILE_DOCUMENT, type HostileServer, startHostileServer } from '../suites/hostile-tools.ts';
import { refusal } from '../suites/rejection.ts';

const COMMAND = `files=${process.execPath} ${join(import.meta.dirname, '../suites/mcp-command.ts')}`;

const SECRET = 'sk-of-the-tenant';

describe('tools outside', function () {
  this.timeout(90_000);
  let node: TestNode;
  let hostile: HostileServer;
  let meta: { tenantId: string };
  let apiKey: string;
  let calls = 0;
  const use = (name: string, args: unknown = {}, key = `call ${calls++}`) =>
    call(node.broker, callTool, { name, arguments: JSON.stringify(args), idempotencyKey: key }, { meta });
  const violations = async (kind: string) => {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    return Number(
      new RegExp(`troupe_safety_violations_total\\{kind="${kind}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
    );
  };

  before(async () => {
    hostile = await startHostileServer();
    node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1', TROUPE_MCP_COMMANDS: COMMAND });
    const made = await node.makeTenant('hostile');
    meta = { tenantId: made.tenantId };
    apiKey = made.apiKey;
    const allow = Object.values(HOSTILE_DOCUMENT.paths).flatMap(item =>
      Object.entries(item).map(([method, { operationId }]) => ({
        name: operationId,
        effect: method === 'get' ? ('read' as const) : ('once' as const),
        ...(['hanging', 'pay'].includes(operationId) ? { timeoutMs: 300 } : {}),
      })),
    );
    await call(
      node.broker,
      putToolSource,
      {
        name: 'shop',
        kind: 'openapi',
        url: hostile.url,
        document: HOSTILE_DOCUMENT,
        allow,
        credential: { header: 'X-Api-Key', value: SECRET },
      },
      { meta },
    );
    const put = (source: object) => call(node.broker, putToolSource, source as never, { meta });
    const some = ['echo', 'injecting', 'failing', 'oversized'].map(name => ({
      name,
      effect: 'read' as const,
    }));
    await put({ name: 'mcp', kind: 'mcp', url: `${hostile.url}/mcp`, allow: some });
    await put({ name: 'cmd', kind: 'mcp-command', command: 'files', allow: some.slice(0, 1) });
    await put({ name: 'own', kind: 'action', allow: [{ name: 'knowledge.search', effect: 'read' }] });
  });
  after(async () => {
    await node?.stop();
    await hostile?.close();
  });

  it('are offered with their schemas, only those that were allowed', async () => {
    const { tools } = await call(node.broker, listTools, { agent: null }, { meta });
    const names = tools.map(({ name }) => name);
    expect(names).to.include.members([
      'search_knowledge',
      'shop_honest',
      'mcp_echo',
      'cmd_echo',
      'own_knowledge_search',
    ]);
    expect(names).to.not.include('mcp_secret');
    expect(tools.find(({ name }) => name === 'shop_honest')!.parameters).to.have.nested.property(
      'properties.sku.maxLength',
      20,
    );
  });

  it('that are honest are answered from, as data within a fence', async () => {
    const { content, failed } = await use('shop_honest', { sku: 'K-1' });
    expect(failed).to.equal(false);
    expect(content).to.match(
      /^Data of the tool "shop_honest"[\s\S]*\n\{"stock":4\}\n\[end of fence [0-9a-f]{16}\]$/,
    );
  });

  it('get the credential of the tenant, which is kept sealed and shown to no one', async () => {
    await use('shop_honest');
    expect(hostile.calls['/honest']!.at(-1)!.headers['x-api-key']).to.equal(SECRET);
    const stored = await node.database.withTenant(meta.tenantId, tx =>
      tx.query<{ text: string }>('select source::text as text from tool_source'),
    );
    expect(JSON.stringify(stored)).to.include('sealed').and.not.include(SECRET);
    const shown = await fetch(`${node.url}/api/v1/control/tools`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(await shown.text())
      .to.include('shop_honest')
      .and.not.include('sealed')
      .and.not.include(SECRET);
  });

  it('take no arguments but those of their schema, and none of them is called with others', async () => {
    const before = hostile.calls['/honest']!.length;
    for (const args of [{ sku: 5 }, { sku: 'x'.repeat(21) }, { other: 1 }, []]) {
      const { content, failed } = await use('shop_honest', args);
      expect([failed, JSON.parse(content).code]).to.deep.equal([true, 'arguments-invalid']);
    }
    expect(hostile.calls['/honest']!.length).to.equal(before);
  });

  const ends = (name: string, code: string) => async () => {
    const { content, failed } = await use(name);
    expect([failed, JSON.parse(content).code]).to.deep.equal([true, code]);
  };
  it('that lead to the metadata of the cloud are refused', async () => {
    await ends('shop_ssrf', 'outbound-refused')();
    expect(await violations('address')).to.equal(1);
  });
  it('that answer with too much are cut', async () => {
    await ends('shop_oversized', 'response-too-large')();
    await ends('mcp_oversized', 'response-too-large')();
    expect(await violations('size')).to.equal(2);
  });
  it('that never answer are given up, after three tries of a read', async () => {
    await ends('shop_hanging', 'timeout')();
    expect(hostile.calls['/hanging']).to.have.length(3);
  });
  it('that lie about the shape of their answer are not believed, and nothing of it is passed on', async () => {
    const { content } = await use('shop_lying');
    expect(JSON.parse(content).code).to.equal('tool-output-unfit');
    expect(content).to.not.include('previous instructions');
  });
  it('that refuse are not asked again', async () => {
    await ends('shop_refusing', 'tool-refused')();
    expect(hostile.calls['/refusing']).to.have.length(1);
  });
  it('that fail for a moment are asked again where that is safe', async () => {
    expect(await use('shop_flaky')).to.have.property('failed', false);
    expect(hostile.calls['/flaky']).to.have.length(3);
  });

  for (const name of ['shop_injecting', 'mcp_injecting'])
    it(`that speak to the model instead of answering it are withheld where they do: ${name}`, async () => {
      const { content } = await use(name);
      expect(content).to.include('Kettle').and.include('In stock: 4').and.include('withheld');
      for (const attack of ['previous instructions', 'refund tool', 'im_start', 'Do not tell'])
        expect(content).to.not.include(attack);
    });

  it('whose outcome is unknown are not run again: the key is taken, and a look-up says that it is not known', async () => {
    const lookUp = (key: string) =>
      call(node.broker, lookUpTool, { name: 'shop_pay', idempotencyKey: key }, { meta });
    await refusal(use('shop_pay', {}, 'pay 1'), 'timeout');
    await refusal(use('shop_pay', {}, 'pay 1'), 'tool-failed');
    expect(hostile.calls['/pay']).to.have.length(1);
    expect(hostile.calls['/pay']![0]!.headers['idempotency-key']).to.equal('pay 1');
    expect(await lookUp('pay 1')).to.include({ outcome: 'unknown' });
    expect(await lookUp('pay 2')).to.include({ outcome: 'absent' });
    await use('shop_pay', {}, 'pay 2');
    expect(await lookUp('pay 2')).to.include({ outcome: 'done' });
  });

  it('of MCP servers are called by HTTP and as a command; their failures are told as data', async () => {
    expect((await use('mcp_echo', { q: 'a' })).content).to.include('echo {"q":"a"}');
    expect((await use('cmd_echo', { q: 'b' })).content).to.include('echo {"q":"b"}');
    const { content, failed } = await use('mcp_failing', {});
    expect(failed).to.equal(true);
    expect(content).to.include('Data of the tool').and.include('failing');
  });

  it('may be actions of ours', async () => {
    expect((await use('own_knowledge_search', { query: 'kettle' })).content).to.include('results');
  });

  it('rest after failing several times in a row, and others of the tenant with other sources do not', async () => {
    await ends('shop_down', 'tool-failed')();
    await ends('shop_down', 'unavailable')();
    const asked = hostile.calls['/down']!.length;
    await ends('shop_down', 'unavailable')();
    expect(hostile.calls['/down']!.length).to.equal(asked);
    expect((await use('mcp_echo')).failed).to.equal(false);
  });

  it('are declared within their bounds: no address of the platform, no command of the tenant, no tool that is not there, no action that changes agents', async () => {
    const put = (source: object) =>
      call(node.broker, putToolSource, { name: 'bad', ...source } as never, { meta });
    const allow = [{ name: 'x', effect: 'read' }];
    await refusal(put({ kind: 'mcp', url: 'http://10.0.0.1/mcp', allow }), 'outbound-refused');
    await refusal(put({ kind: 'mcp-command', command: 'sh', allow }), 'validation-failed');
    await refusal(
      put({ kind: 'openapi', url: hostile.url, document: HOSTILE_DOCUMENT, allow }),
      'tool-unknown',
    );
    await refusal(put({ kind: 'action', allow: [{ name: 'agents.put', effect: 'read' }] }), 'tool-unknown');
    await refusal(put({ kind: 'mcp', allow }), 'validation-failed');
  });

  it('belong to one tenant', async () => {
    const { tenantId } = await node.makeTenant('another');
    const other = { meta: { tenantId } };
    const { tools } = await call(node.broker, listTools, { agent: null }, other);
    expect(tools.map(({ name }) => name)).to.deep.equal(['search_knowledge']);
    const params = { name: 'shop_honest', arguments: '{}', idempotencyKey: 'x' };
    expect(JSON.parse((await call(node.broker, callTool, params, other)).content).code).to.equal(
      'tool-unknown',
    );
  });

  describe('our own, as an MCP server', () => {
    const connect = async (key: string, mode: 'auto' | 'legacy') => {
      const client = new McpClient({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
      const requestInit = { headers: { authorization: `Bearer ${key}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(`${node.url}/mcp`), { requestInit }));
      return client;
    };

    for (const [mode, revision] of [
      ['auto', '2026-07-28'],
      ['legacy', '2025-11-25'],
    ] as const)
      it(`is spoken to in revision ${revision}`, async () => {
        const client = await connect(apiKey, mode);
        try {
          expect(client.getNegotiatedProtocolVersion()).to.equal(revision);
          const { tools } = await client.listTools();
          expect(tools.map(({ name }) => name)).to.include.members(['chat.message', 'knowledge.search']);
          const found = await client.callTool({ name: 'knowledge.search', arguments: { query: 'kettle' } });
          expect(found.structuredContent).to.have.property('results');
          const bad = await client.callTool({ name: 'knowledge.search', arguments: { query: 5 } });
          expect(bad.isError).to.equal(true);
          expect(JSON.stringify(bad.content)).to.include('validation-failed');
          const said = await client.callTool({ name: 'chat.message', arguments: { message: 'hello' } });
          expect(said.structuredContent).to.have.property('status', 'answered');
        } finally {
          await client.close();
        }
      });

    it('shows a key what its scopes allow, and lets in no one without a key nor from another origin', async () => {
      const made = await node.makeTenant('limited');
      const limited = await call(node.broker, createApiKey, {
        tenantId: made.tenantId,
        name: 'k',
        scopes: ['knowledge'],
      });
      const client = await connect(limited.apiKey, 'auto');
      try {
        const names = (await client.listTools()).tools.map(({ name }) => name);
        expect(names)
          .to.include('knowledge.search')
          .and.not.include('chat.message')
          .and.not.include('agents.put');
      } finally {
        await client.close();
      }
      const post = (headers: Record<string, string>) =>
        fetch(`${node.url}/mcp`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{}',
        });
      expect((await post({})).status).to.equal(401);
      const authorization = `Bearer ${apiKey}`;
      expect((await post({ authorization, origin: 'https://elsewhere.example' })).status).to.equal(403);
    });
  });
});
