// Protects: what nobody could answer is known without knowing who asked; what looks secret is kept back until a person has said so.
import { expect } from 'chai';
import { SENSITIVITIES } from '../../lib/contracts/document-shapes.ts';
import { listIngestions, readIngestion, startIngestion } from '../../lib/contracts/ingestion.contracts.ts';
import { ingestDocument, searchKnowledge } from '../../lib/contracts/knowledge.contracts.ts';
import {
  decideReview,
  listGaps,
  listReviews,
  settleGap,
  tryKnowledge,
  writeSensitivityRules,
} from '../../lib/contracts/knowledge-insight.contracts.ts';
import type { Caller } from '../../lib/core/knowledge/access.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { rejection } from '../suites/rejection.ts';

describe('what the knowledge tells of itself', function () {
  this.timeout(30_000);
  let node: TestNode;
  let tenantId: string;
  before(async () => {
    node = await startEmbeddedNode();
    tenantId = (await node.makeTenant('keepers')).tenantId;
    await ingest({ title: 'Returns', text: 'You have 30 days to return a kettle.' });
  });
  after(() => node?.stop());

  const as = (scopes: readonly string[], tenant = tenantId) => ({ meta: { tenantId: tenant, scopes } });
  const keeper = () => as(['knowledge']);
  const operator = () => as(['knowledge', 'operate']);
  const ingest = (document: { title: string; text: string; source?: string; sensitivity?: 'public' }) =>
    call(node.broker, ingestDocument, document, keeper());
  const ask = (query: string) =>
    call(
      node.broker,
      searchKnowledge,
      { query, audience: 'customer', noteGap: true },
      { meta: { tenantId } },
    );

  /** Gaps are noted beside the answer: until there are as many questions as were asked. */
  async function gaps(asked: number) {
    for (;;) {
      const found = (await call(node.broker, listGaps, {}, keeper())).gaps;
      if (found.reduce((sum, gap) => sum + gap.count, 0) >= asked) return found;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }

  it('notes questions that nothing answers, like ones together, without what is personal in them', async () => {
    await ask('Do you ship teapots to Iceland? Write to anna.lee@example.org');
    await gaps(1);
    await ask('Do you ship teapots to Iceland?');
    await gaps(2);
    await ask('Which engraving fonts are offered');
    await ask('How many days do I have to return a kettle?');
    const found = await gaps(3);
    expect(found.map(({ count, state }) => [count, state])).to.deep.equal([
      [2, 'open'],
      [1, 'open'],
    ]);
    expect(JSON.stringify(found)).to.include('[EMAIL_ADDRESS]').and.not.include('anna');
    expect(found[0]!.answerability).to.be.below(0.5);
  });

  it('opens a gap again that was said to be answered and is not; another tenant has none of it', async () => {
    const [gap] = await gaps(3);
    const { gapId } = gap!;
    await call(node.broker, settleGap, { gapId, state: 'answered', note: 'a page was written' }, keeper());
    await ask('Do you ship teapots to Iceland?');
    expect((await gaps(4))[0]).to.include({ gapId, state: 'open', count: 3, note: 'a page was written' });
    const other = (await node.makeTenant('others')).tenantId;
    expect((await call(node.broker, listGaps, {}, as(['knowledge'], other))).gaps).to.deep.equal([]);
    const theirs = call(node.broker, settleGap, { gapId, state: 'dismissed' }, as(['knowledge'], other));
    expect(await rejection(theirs)).to.have.property('code', 'not-found');
  });

  it('keeps a document with a secret back until a person decides, and asks once', async () => {
    const text = `Deploy notes of the zebra service.\n\nUse the key AKIA${'IOSFODNN7EXAMPLE'.replace('EXAMPLE', 'QWERTYU')} to deploy.`;
    const { id, review } = await ingest({ title: 'Notes', text, source: 'notes' });
    expect(review).to.equal(true);
    const shown = async () => (await ask('zebra service')).results.map(({ documentId }) => documentId);
    expect(await shown()).not.to.include(id);
    expect((await call(node.broker, listReviews, {}, keeper())).reviews).to.deep.equal([]);
    const [waiting] = (await call(node.broker, listReviews, {}, operator())).reviews;
    expect(waiting).to.include({
      documentId: id,
      given: 'public',
      proposed: 'restricted',
      sensitivity: 'restricted',
    });
    await call(node.broker, decideReview, { documentId: id, sensitivity: 'public' }, operator());
    expect(await shown()).to.include(id);
    expect((await call(node.broker, listReviews, {}, operator())).reviews).to.deep.equal([]);
    const again = await ingest({ title: 'Notes', text: `${text} Twice a day.`, source: 'notes' });
    expect(again).to.include({ id, review: false, unchanged: false });
  });

  it('goes by the rules first', async () => {
    const rules = [{ field: 'source', contains: '/HR/', sensitivity: 'internal' }] as const;
    await call(node.broker, writeSensitivityRules, { rules }, operator());
    const { id, review } = await ingest({
      title: 'Leave',
      text: 'Leave of the walrus team.',
      source: 'x/hr/leave',
    });
    expect(review).to.equal(false);
    expect((await ask('walrus team leave')).results.map(({ documentId }) => documentId)).not.to.include(id);
  });

  it('shows why a passage was found, by its words and by its vector, and what would be said', async () => {
    const tried = await call(node.broker, tryKnowledge, { query: 'days to return a ketle' }, keeper());
    expect(tried.results[0]).to.deep.include({ title: 'Returns', sensitivity: 'public' });
    expect(tried.results[0]!.lexical!.terms.map(({ term }) => term))
      .to.include('return')
      .and.not.include('ketl');
    expect(tried.results[0]!.vector!.similarity).to.be.above(0.3);
    expect(tried.answer).to.deep.include({ text: 'You have 30 days to return a kettle.' });
    expect(tried.scan).to.equal('exact');
  });

  it('holds for what is told of ingestions and reviews: names of what may not be read are not there', async () => {
    const other = (await node.makeTenant('elsewhere')).tenantId;
    const meta = (tenant: string, caller: Caller) => ({ meta: { ...caller, tenantId: tenant } as never });
    const text = `${'Ledger of the vault. '.repeat(3)}Key AKIA${'IOSFODNN7QWERTYU'}.`;
    const operates = meta(tenantId, { scopes: ['knowledge', 'operate'] });
    const made: Record<string, string> = {};
    for (const sensitivity of SENSITIVITIES) {
      const params = { title: `Vault ${sensitivity}`, text: `${text} ${sensitivity}`, sensitivity };
      made[sensitivity] = (await call(node.broker, startIngestion, params, operates)).ingestionId;
    }
    const sees = async (tenant: string, caller: Caller) => {
      const { ingestions } = await call(node.broker, listIngestions, {}, meta(tenant, caller));
      for (const sensitivity of SENSITIVITIES) {
        const read = call(
          node.broker,
          readIngestion,
          { ingestionId: made[sensitivity]! },
          meta(tenant, caller),
        );
        const there = ingestions.some(({ label }) => label === `Vault ${sensitivity}`);
        if (there) expect((await read).label).to.equal(`Vault ${sensitivity}`);
        else expect(await rejection(read)).to.have.property('code', 'not-found');
      }
      return ingestions.length;
    };
    expect(await sees(tenantId, { scopes: ['knowledge', 'operate'] })).to.equal(4);
    expect(await sees(tenantId, { scopes: ['knowledge', 'operate'], role: 'agent' })).to.equal(3);
    expect(await sees(tenantId, { scopes: ['knowledge'] })).to.equal(2);
    expect(await sees(other, { scopes: ['knowledge', 'operate'] })).to.equal(0);
    await call(
      node.broker,
      ingestDocument,
      { title: 'Held', text },
      meta(tenantId, { scopes: ['knowledge'] }),
    );
    const reviews = async (caller: Caller) =>
      (await call(node.broker, listReviews, {}, meta(tenantId, caller))).reviews.map(({ title }) => title);
    expect(await reviews({ scopes: ['knowledge', 'operate'] })).to.include('Held');
    expect(await reviews({ scopes: ['knowledge', 'operate'], role: 'agent' })).to.deep.equal([]);
  });
});
