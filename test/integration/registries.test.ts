// Protects: agents and tools are kept in versions that never change; what is promoted serves at once, a rollback goes back, and a trial meets nobody else.
import { expect } from 'chai';
import { putAgent, resolveAgent } from '../../lib/contracts/agents.contracts.ts';
import { callTool, listTools } from '../../lib/contracts/platform.contracts.ts';
import { agentStages, toolStages } from '../../lib/contracts/stages.contracts.ts';
import { deleteToolSource, putToolSource } from '../../lib/contracts/tool-sources.contracts.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { refusal } from '../suites/rejection.ts';

describe('registries of agents and tools', () => {
  let node: TestNode;
  let tenant: { tenantId: string; apiKey: string };
  const meta = () => ({ meta: { tenantId: tenant.tenantId, keyId: 'key_x', scopes: ['operate'] } });
  before(async () => {
    node = await startEmbeddedNode();
    tenant = await node.makeTenant('Registered');
  });
  after(() => node?.stop());

  it('serves the version that production points to, and the one before after a rollback', async () => {
    const name = 'returns';
    for (const instructions of ['first', 'second', 'third'])
      await call(node.broker, putAgent, { name, instructions }, meta());
    const serving = async () =>
      (await call(node.broker, resolveAgent, { agent: name }, meta())).manifest?.instructions;
    expect(await serving()).to.equal('third');
    await call(node.broker, agentStages.promote, { name, stage: 'production', version: 1 }, meta());
    expect(await serving()).to.equal('first');
    await call(node.broker, agentStages.promote, { name, stage: 'production', version: 2 }, meta());
    expect(await serving()).to.equal('second');
    await call(node.broker, agentStages.rollback, { name, stage: 'production' }, meta());
    expect(await serving()).to.equal('first');
    await refusal(
      call(node.broker, agentStages.promote, { name, stage: 'production', version: 9 }, meta()),
      'not-found',
    );
  });

  it('keeps versions of tools, serves the promoted one at once, and tries another with the agent in staging', async () => {
    const name = 'desk';
    const agent = 'clerk';
    const put = (...allowed: string[]) =>
      call(
        node.broker,
        putToolSource,
        { name, kind: 'action', allow: allowed.map(each => ({ name: each, effect: 'read' as const })) },
        meta(),
      );
    const offered = async (by?: { agent: string; version: number }) => {
      const { tools } = await call(node.broker, listTools, by ?? { agent: null }, meta());
      return tools.flatMap(tool => (tool.name.startsWith('desk_') ? [tool.name.slice(5)] : []));
    };
    const point = (stage: 'staging' | 'production', version: number) =>
      call(node.broker, toolStages.promote, { name, stage, version }, meta());

    expect([(await put('knowledge.search')).version, (await put('knowledge.search')).version]).to.deep.equal([
      1, 1,
    ]);
    await refusal(put('knowledge.nothing'), 'tool-unknown');
    expect((await put('knowledge.search', 'knowledge.gaps')).version).to.equal(2);
    expect(await offered(), 'without stages the newest').to.have.members([
      'knowledge_search',
      'knowledge_gaps',
    ]);
    await point('production', 1);
    expect(await offered()).to.deep.equal(['knowledge_search']);
    await refusal(call(node.broker, toolStages.rollback, { name, stage: 'production' }, meta()), 'conflict');

    for (const instructions of ['now', 'tried'])
      await call(node.broker, putAgent, { name: agent, instructions }, meta());
    for (const [stage, version] of [
      ['production', 1],
      ['staging', 2],
    ] as const)
      await call(node.broker, agentStages.promote, { name: agent, stage, version }, meta());
    await point('staging', 2);
    const trial = await call(node.broker, resolveAgent, { agent: `${agent}@staging` }, meta());
    expect([trial.manifest?.instructions, trial.pin?.version]).to.deep.equal(['tried', 2]);
    expect(await offered({ agent, version: 2 }), 'to the agent in staging').to.have.length(2);
    expect(await offered({ agent, version: 1 }), 'to the agent in production').to.have.length(1);
    const use = (version: number) =>
      call(
        node.broker,
        callTool,
        { name: 'desk_knowledge_gaps', arguments: '{}', idempotencyKey: newId('event'), agent, version },
        meta(),
      );
    expect([(await use(2)).failed, (await use(1)).failed]).to.deep.equal([false, true]);

    await point('production', 2);
    expect(await offered()).to.have.length(2);
    await call(node.broker, toolStages.rollback, { name, stage: 'production' }, meta());
    expect(await offered()).to.deep.equal(['knowledge_search']);
    const { differences } = await call(node.broker, toolStages.diff, { name, from: 1, to: 2 }, meta());
    expect(differences.map(({ path }) => path)).to.deep.equal(['/allow', '/tools']);
    const { versions } = await call(node.broker, toolStages.versions, { name }, meta());
    expect(versions.map(({ version, createdBy }) => [version, createdBy])).to.deep.equal([
      [2, 'key:key_x'],
      [1, 'key:key_x'],
    ]);
    const { stages } = await call(node.broker, toolStages.list, { name }, meta());
    expect(stages.filter(({ stage }) => stage === 'production').map(({ version }) => version)).to.deep.equal([
      1, 2, 1,
    ]);

    await call(node.broker, deleteToolSource, { name }, meta());
    expect(await offered()).to.deep.equal([]);
    expect((await put('knowledge.gaps')).version, 'a new one, whatever stages pointed to').to.equal(4);
    expect(await offered()).to.deep.equal(['knowledge_gaps']);
    await refusal(point('production', 1), 'not-found');
  });

  it('loses no change of a source of tools: who does not say which state he changes is refused', async () => {
    const at = `${node.url}/api/v1/control/tools/tagged`;
    const headers = { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' };
    const put = (effect: string, more: Record<string, string> = {}) =>
      fetch(at, {
        method: 'PUT',
        headers: { ...headers, ...more },
        body: JSON.stringify({ kind: 'action', allow: [{ name: 'knowledge.search', effect }] }),
      });
    expect((await put('read')).status).to.equal(200);
    const tag = (await fetch(at, { headers })).headers.get('etag')!;
    expect((await put('idempotent')).status).to.equal(428);
    expect((await put('idempotent', { 'if-match': tag })).status).to.equal(200);
    expect((await put('once', { 'if-match': tag })).status).to.equal(412);
    expect(
      ((await (await fetch(`${at}?version=1`, { headers })).json()) as { version: number }).version,
    ).to.equal(1);
  });
});
