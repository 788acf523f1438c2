// Protects: a search says how old and how sure what it found is, understands what a question goes on from, and orders by a reranker only what the reader may read.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ingestDocument, searchKnowledge } from '../../lib/contracts/knowledge.contracts.ts';
import { callTool } from '../../lib/contracts/platform.contracts.ts';
import { CUSTOMER } from '../../lib/core/knowledge/access.ts';
import { UNANSWERED_NOTE } from '../../lib/core/knowledge/injection.ts';
import { lexicalEmbedder } from '../../lib/io/embeddings.ts';
import { AnswerCache } from '../../lib/io/models/answer-cache.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import { Client, until } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

const YEAR = "interval '360 days'";

describe('what a search tells', () => {
  let node: TestNode;
  let reranker: Server;
  let tenantId: string;
  let client: Client;
  /** What the stand-in of a reranking endpoint was sent, and how it answers. */
  const asked: { query: string; documents: string[] }[] = [];
  let answers: (documents: readonly string[]) => unknown = () => ({});
  before(async () => {
    reranker = createServer((request, response) => {
      let body = '';
      request.on('data', part => {
        body += part;
      });
      request.on('end', () => {
        asked.push(JSON.parse(body) as (typeof asked)[number]);
        response.end(JSON.stringify(answers(asked.at(-1)!.documents)));
      });
    });
    await new Promise<void>(resolve => reranker.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(reranker.address() as AddressInfo).port}`;
    node = await startEmbeddedNode({ TROUPE_RERANK_URL: url, TROUPE_RERANK_MODEL: 'stand-in' });
    const made = await node.makeTenant('readers');
    tenantId = made.tenantId;
    client = new Client(node.url, made.apiKey);
    for (const [title, text, sensitivity] of [
      ['Norway', 'Shipping of a kettle to Norway costs 9 euros.', 'public'],
      ['Canada', 'Shipping of a kettle to Canada costs 30 euros.', 'public'],
      ['Margins', 'Shipping of a kettle to Norway costs us 2 euros.', 'confidential'],
    ] as const)
      await call(node.broker, ingestDocument, { title, text, sensitivity, source: title }, operates());
  });
  after(async () => {
    await node?.stop();
    reranker.close();
  });

  const operates = () => ({ meta: { tenantId, scopes: ['knowledge', 'operate'] } });
  const search = (query: string, more: { earlier?: string[]; limit?: number } = {}) =>
    call(node.broker, searchKnowledge, { query, audience: 'customer', ...more }, { meta: { tenantId } });

  it('says how far it answers, and that it does not', async () => {
    const known = await search('How much is shipping to Canada?');
    expect(known).to.include({ answerable: true, searched: 'How much is shipping to Canada?' });
    expect(known.answerability).to.be.above(0.7);
    const unknown = await search('Which engraving fonts do you offer for teapots?');
    expect(unknown).to.include({ answerable: false });
    const tool = (query: string) =>
      call(
        node.broker,
        callTool,
        { name: 'search_knowledge', arguments: JSON.stringify({ query }), idempotencyKey: query },
        { meta: { tenantId } },
      );
    expect((await tool('Which engraving fonts for teapots')).content).to.include(UNANSWERED_NOTE);
    expect((await tool('shipping to Canada')).content).not.to.include(UNANSWERED_NOTE);
  });

  it('brings along what the question goes on from', async () => {
    const earlier = ['How much is shipping to Norway?'];
    const { results, searched } = await search('and to Canada?', { earlier });
    expect(searched).to.equal('and to Canada? How much is shipping to Norway?');
    expect(results[0]).to.include({ title: 'Canada' });
    const body = { query: 'and to Canada?', earlier, audience: 'customer' };
    const response = await client.request('POST', '/ingestion/search', body);
    expect(((await response.json()) as { searched: string }).searched).to.equal(searched);
  });

  it('tells since when a document says so, and that an old one was seen to say so still', async () => {
    await node.database.asOwner(tx =>
      tx.query(`update document set created_at = created_at - ${YEAR} where title = 'Norway'`),
    );
    const fresh = async () =>
      (await search('shipping to Norway')).results.find(({ title }) => title === 'Norway')!;
    expect((await fresh()).freshness).to.be.closeTo(0.25, 0.01);
    const again = {
      title: 'Norway',
      text: 'Shipping of a kettle to Norway costs 9 euros.',
      source: 'Norway',
    };
    expect(await call(node.broker, ingestDocument, again, operates())).to.include({ unchanged: true });
    const seen = await fresh();
    expect(seen.freshness).to.be.above(0.99);
    expect(Date.parse(seen.updatedAt)).to.be.below(Date.now() - 86_400_000);
    const changed = { ...again, text: 'Shipping of a kettle to Norway costs 8 euros.' };
    await call(node.broker, ingestDocument, changed, operates());
    const now = await fresh();
    expect(now.version).to.equal(2);
    expect(Date.parse(now.updatedAt)).to.be.above(Date.now() - 60_000);
  });

  it('is ordered by the reranker, which reads nothing that the reader may not', async () => {
    const titles = async () =>
      (await search('shipping of a kettle', { limit: 1 })).results.map(({ title }) => title);
    answers = documents => ({
      results: documents.map((text, index) => ({ index, relevance_score: text.includes('Canada') ? 1 : 0 })),
    });
    expect(await titles()).to.deep.equal(['Canada']);
    answers = documents => ({
      results: documents.map((text, index) => ({ index, relevance_score: text.includes('Norway') ? 1 : 0 })),
    });
    expect(await titles()).to.deep.equal(['Norway']);
    expect(asked.at(-1)).to.include({ query: 'shipping of a kettle' });
    expect(JSON.stringify(asked)).not.to.include('costs us');
    answers = () => ({ results: [{ index: 0, relevance_score: 'high' }] });
    expect(await titles(), 'as without one').to.have.length(1);
  });

  it('leaves nothing of a document that was deleted, in no table', async () => {
    const word = 'zirkonbrille';
    const body = { title: 'Goggles', source: 'goggles', text: `The ${word} is made of glass.` };
    await client.request('POST', '/knowledge/ingestions', body);
    const found = async () => (await client.search(word)).find(({ text }) => text.includes(word));
    await until(found, passage => passage !== undefined);
    const changed = { ...body, text: `The ${word} is made of quartz.` };
    const { id } = (await (await client.request('POST', '/ingestion/documents', changed)).json()) as {
      id: string;
    };
    const cache = new AnswerCache({ database: node.database, embedder: lexicalEmbedder, log: silentLog });
    const place = { source: 't', agent: null, model: 'm', instructions: null, before: [], settings: {} };
    const asked = { ...place, tenantId, region: null, question: 'What is it made of', reader: CUSTOMER };
    await (await cache.look(asked, { ttlMs: 60_000, similarity: 1 }))!.keep({ text: changed.text }, '', 1);
    expect(await holding(word), 'the search sees it')
      .to.include('document')
      .and.include('cached_answer');
    expect((await client.request('DELETE', `/ingestion/documents/${id}`)).status).to.equal(200);
    expect(await holding(word)).to.deep.equal([]);
    expect(await holding(id)).to.deep.equal(['ingestion_item']); // that it was taken in, not what it said
  });

  /** Tables with a row in which the text stands, files as well. */
  async function holding(text: string): Promise<string[]> {
    const hex = Buffer.from(text).toString('hex');
    return await node.database.asOwner(async tx => {
      const tables = await tx.query<{ name: string }>(
        "select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
      );
      const held: string[] = [];
      for (const { name } of tables) {
        const rows = await tx.query(
          `select from ${name} t where position($1 in t::text) > 0 or position($2 in t::text) > 0 limit 1`,
          [text, hex],
        );
        if (rows.length > 0) held.push(name);
      }
      return held;
    });
  }

  it('is cited with the exact place in the document', async () => {
    const answer = await client.ask('How much is shipping of a kettle to Canada?');
    const [cited] = answer.message.citations as unknown as {
      documentId: string;
      quote: string;
      start: number;
      end: number;
    }[];
    const [row] = await node.database.asOwner(tx =>
      tx.query<{ body: string }>('select body from document where document_id = $1', [cited!.documentId]),
    );
    expect(row!.body.slice(cited!.start, cited!.end)).to.equal(cited!.quote);
    expect(cited!.quote).to.include('30 euros');
  });
});
