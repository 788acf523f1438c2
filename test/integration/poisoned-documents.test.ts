// Protects: what a document says to the assistant reaches neither a model nor a customer, through a whole conversation, and its keeper is told.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import type { OpenAiServer } from '../suites/openai-server.ts';
import { POISONED } from '../suites/poisoned-documents.ts';
import { poisonTable, startGullibleModel, tryPoisoned } from '../suites/poisoned-run.ts';

describe('poisoned documents in a conversation', function () {
  this.timeout(60_000);
  let node: TestNode;
  let model: OpenAiServer;
  before(async () => {
    model = await startGullibleModel();
    node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
  });
  after(async () => {
    await node?.stop();
    await model?.close();
  });

  it('reach nobody with their poison, though the model repeats all that it is given, and lose no honest word', async () => {
    for (const { name, text, gone } of POISONED)
      expect(
        gone.some(part => text.includes(part)),
        `${name} holds what is looked for`,
      ).to.equal(true);
    const outcomes = await tryPoisoned(node, model);
    expect(outcomes.filter(each => each.model.length + each.customer.length > 0)).to.deep.equal([]);
    expect(outcomes.filter(({ honest }) => !honest)).to.deep.equal([]);
    expect(outcomes.filter(({ kind, told }) => !told[kind])).to.deep.equal([]);
    const page = readFileSync(new URL('../../docs/security/poisoned-documents.md', import.meta.url), 'utf8');
    expect(page).to.include(poisonTable(outcomes));
  });
});
