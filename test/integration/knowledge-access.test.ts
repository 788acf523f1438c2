// Protects: a passage reaches only readers whom its sensitivity, roles, expiry and tenant allow, by every path, and it is the database that refuses.
import { expect } from 'chai';
import {
  deleteDocument,
  ingestDocument,
  listDocuments,
  searchKnowledge,
  setDocumentAccess,
} from '../../lib/contracts/knowledge.contracts.ts';
import { tryKnowledge } from '../../lib/contracts/knowledge-insight.contracts.ts';
import { callTool } from '../../lib/contracts/platform.contracts.ts';
import { type Caller, mayRead, readerOf } from '../../lib/core/knowledge/access.ts';
import { lexicalEmbedder } from '../../lib/io/embeddings.ts';
import { AnswerCache } from '../../lib/io/models/answer-cache.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type Planted, plant } from '../suites/permission-matrix.ts';
import { rejection } from '../suites/rejection.ts';

const CALLERS: Readonly<Record<string, Caller>> = {
  'nobody known': {},
  "a customer's token with every scope": {
    customerId: 'c',
    scopes: ['chat', 'knowledge', 'operate'],
    role: 'owner',
  },
  'a key for chat': { scopes: ['chat'] },
  'a key for knowledge': { scopes: ['chat', 'knowledge'] },
  'a key that operates': { scopes: ['chat', 'knowledge', 'operate'] },
  'a viewer': { scopes: ['knowledge'], role: 'viewer' },
  'an agent': { scopes: ['knowledge', 'operate'], role: 'agent' },
  'an owner': { scopes: ['knowledge', 'operate'], role: 'owner' },
};

describe('who may read a document', () => {
  let node: TestNode;
  let tenants: readonly string[];
  let planted: Planted[];
  before(async () => {
    node = await startEmbeddedNode();
    tenants = [(await node.makeTenant('ours')).tenantId, (await node.makeTenant('theirs')).tenantId];
    planted = await plant(node, tenants);
  });
  after(() => node?.stop());

  /** Words of the planted documents that a path showed to the caller. */
  const paths: Record<
    string,
    (tenantId: string, caller: Caller) => Promise<{ shown: string; audience?: 'customer'; some?: boolean }>
  > = {
    async search(tenantId, caller) {
      const found = await search(tenantId, caller);
      return { shown: JSON.stringify(found.results) };
    },
    /** Words, vectors, and why: each passage with its document's level. */
    async playground(tenantId, caller) {
      const params = { query: 'marble', limit: 50 };
      const found = await call(node.broker, tryKnowledge, params, meta(tenantId, caller));
      return { shown: JSON.stringify([found.results, found.answer]) };
    },
    /** By the likeness of letters alone: no passage has this word. */
    async 'search by vectors'(tenantId, caller) {
      const params = { query: 'stonne quarrry marbble', limit: 50 };
      const found = await call(node.broker, searchKnowledge, params, meta(tenantId, caller));
      return { shown: JSON.stringify(found.results), some: true };
    },
    async 'search as a customer'(tenantId, caller) {
      const found = await search(tenantId, caller, 'customer');
      return { shown: JSON.stringify(found.results), audience: 'customer' };
    },
    async list(tenantId, caller) {
      return {
        shown: JSON.stringify(await call(node.broker, listDocuments, { limit: 200 }, meta(tenantId, caller))),
      };
    },
    /** What a model is given and cites from. */
    async 'the tool of the agents'(tenantId, caller) {
      const shown = [];
      for (const { word } of planted.filter(each => each.tenantId === tenantId)) {
        const params = {
          name: 'search_knowledge',
          arguments: JSON.stringify({ query: word }),
          idempotencyKey: `k-${word}`,
        };
        const { content } = await call(node.broker, callTool, params, meta(tenantId, caller));
        shown.push(JSON.stringify(JSON.parse(content).results));
      }
      return { shown: shown.join(), audience: 'customer' };
    },
  };
  const keptFor = new Set<string>();
  for (const kept of ['nobody', 'one who reads everything', 'somebody like him', 'everybody'] as const)
    paths[`an answer kept for ${kept}`] = async (tenantId, caller) => {
      const operates = CALLERS['a key that operates']!;
      const askers =
        kept === 'nobody'
          ? []
          : kept === 'somebody like him'
            ? [caller]
            : kept === 'everybody'
              ? Object.values(CALLERS)
              : [operates];
      const question = `Which marble is there? Kept for ${kept}`;
      const group = kept === 'somebody like him' ? JSON.stringify(caller) : kept;
      if (!keptFor.has(`${tenantId} ${group}`))
        for (const asker of askers) await keepAnswer(tenantId, asker, question);
      keptFor.add(`${tenantId} ${group}`);
      const found = await lookUp(tenantId, caller, question);
      // Kept for him, it tells exactly what he may read; kept for another, at most that.
      const some = kept === 'nobody' || kept === 'one who reads everything';
      return { shown: JSON.stringify(found?.found?.answer ?? ''), some };
    };
  /** What an agent that reads as the caller would have answered, kept as the platform keeps it. */
  async function keepAnswer(tenantId: string, caller: Caller, question: string): Promise<void> {
    const { results } = await search(tenantId, caller);
    const text = results.map(each => each.text).join(' ');
    await (await lookUp(tenantId, caller, question))!.keep({ text }, '', 1);
  }
  const lookUp = (tenantId: string, caller: Caller, question: string) => {
    const ports = { database: node.database, embedder: lexicalEmbedder, log: silentLog };
    const place = { source: 'test', agent: null, model: 'm', instructions: null, before: [], settings: {} };
    const asked = { ...place, tenantId, region: null, question, reader: readerOf(caller) };
    return new AnswerCache(ports).look<{ text: string }>(asked, { ttlMs: 60_000, similarity: 0.95 });
  };
  const meta = (tenantId: string, caller: Caller) => ({ meta: { ...caller, tenantId } });
  const search = (tenantId: string, caller: Caller, audience?: 'customer') =>
    call(
      node.broker,
      searchKnowledge,
      { query: 'marble', limit: 50, ...(audience ? { audience } : {}) },
      meta(tenantId, caller),
    );

  /** Every cell of the matrix that is not as the rule says. */
  async function violations(names = Object.keys(paths)) {
    const wrong: { path: string; caller: string; document: Planted; tenantId: string; leak: boolean }[] = [];
    let cells = 0;
    // The toughest order for whatever might be remembered: who may read most first.
    for (const path of names)
      for (const [name, caller] of Object.entries(CALLERS).reverse()) {
        if (path === 'the tool of the agents' && !name.includes('operates') && name !== 'nobody known')
          continue;
        for (const tenantId of tenants) {
          const told = await paths[path]!(tenantId, caller).catch((error: unknown) => {
            if (!hasCode(error, 'forbidden')) throw error;
            return undefined;
          });
          const shown = told?.shown ?? '';
          for (const document of planted) {
            cells++;
            const visible =
              told !== undefined &&
              document.tenantId === tenantId &&
              mayRead(readerOf(caller, told.audience), document, Date.now());
            // Of what is merely near, not all is among the nearest; but nothing may be there that is hidden.
            if (
              told?.some
                ? shown.includes(document.word) && !visible
                : shown.includes(document.word) !== visible
            )
              wrong.push({ path, caller: name, document, tenantId, leak: !visible });
          }
        }
      }
    return { wrong, cells };
  }

  it('holds in every cell of sensitivity, roles, expiry, tenant, caller, path and state of the cache', async () => {
    const { wrong, cells } = await violations();
    expect(wrong.slice(0, 5)).to.deep.equal([]);
    expect(cells).to.be.greaterThan(3_000);
  });

  it('is what the rule means in words: a customer sees what is public, unexpired and for all roles', async () => {
    const { shown } = await paths.search!(tenants[0]!, {});
    const words = planted.filter(({ word }) => shown.includes(word));
    expect(words.map(({ sensitivity, roles }) => [sensitivity, roles.length])).to.deep.equal([
      ['public', 0],
      ['public', 0],
    ]);
  });

  it('comes from the database alone: without row-level security the matrix fails in every direction', async () => {
    const tables = ['document', 'chunk', 'chunk_vector', 'posting', 'knowledge_statistics'];
    const each = (verb: string) =>
      node.database.asOwner(tx =>
        tx.script(tables.map(table => `alter table ${table} ${verb} row level security`).join(';')),
      );
    await each('disable');
    try {
      const { wrong } = await violations(['search', 'search by vectors', 'playground', 'list']);
      expect([...new Set(wrong.map(({ path }) => path))]).to.have.members([
        'search',
        'search by vectors',
        'playground',
        'list',
      ]);
      const leaks = wrong
        .filter(({ leak }) => leak)
        .map(({ document, tenantId }) => ({ ...document, tenantId, home: document.tenantId }));
      expect(
        leaks.some(({ home, tenantId }) => home !== tenantId),
        'tenant',
      ).to.equal(true);
      const own = leaks.filter(({ home, tenantId }) => home === tenantId);
      expect(
        own.some(d => d.sensitivity !== 'public'),
        'sensitivity',
      ).to.equal(true);
      expect(
        own.some(d => d.roles.length > 0 && d.sensitivity === 'public'),
        'roles',
      ).to.equal(true);
      expect(
        own.some(d => d.expiresAt !== null && d.sensitivity === 'public' && d.roles.length === 0),
        'expiry',
      ).to.equal(true);
    } finally {
      await each('enable');
    }
    expect((await violations(['search'])).wrong).to.have.length(0);
  });

  it('changes at once, and only by those who may read the document', async () => {
    const document = planted.find(
      d => d.sensitivity === 'public' && d.roles.length === 0 && d.expiresAt === null,
    )!;
    const { tenantId, id: documentId, word } = document;
    const set = (sensitivity: 'public' | 'confidential', caller: Caller) =>
      call(node.broker, setDocumentAccess, { documentId, sensitivity }, meta(tenantId, caller));
    const question = 'Which marble may everybody see?';
    await keepAnswer(tenantId, {}, question);
    const kept = async () => (await lookUp(tenantId, {}, question))!.found;
    expect((await kept())!.answer.text).to.include(word);
    await set('confidential', CALLERS['a key for knowledge']!);
    expect((await paths.search!(tenantId, {})).shown).not.to.include(word);
    expect(await kept(), 'an answer kept from before').to.equal(undefined);
    expect(await rejection(set('public', CALLERS['a key for knowledge']!))).to.have.property(
      'code',
      'not-found',
    );
    expect(
      await rejection(
        call(node.broker, deleteDocument, { documentId }, meta(tenantId, CALLERS['a viewer']!)),
      ),
    ).to.have.property('code', 'not-found');
    await set('public', CALLERS['a key that operates']!);
    expect((await paths.search!(tenantId, {})).shown).to.include(word);
  });

  it('keeps what is under legal hold from deletion and expiry; what has expired goes with the next document', async () => {
    const [tenantId] = tenants as [string];
    const operates = meta(tenantId, CALLERS['a key that operates']!);
    const past = planted.filter(
      d => d.tenantId === tenantId && d.expiresAt! < Date.now() && d.expiresAt !== null,
    );
    const held = past[0]!.id;
    expect(
      await rejection(
        call(
          node.broker,
          setDocumentAccess,
          { documentId: held, legalHold: true },
          meta(tenantId, CALLERS['a key for knowledge']!),
        ),
      ),
    ).to.have.property('code', 'forbidden');
    await call(node.broker, setDocumentAccess, { documentId: held, legalHold: true }, operates);
    expect(
      await rejection(call(node.broker, deleteDocument, { documentId: held }, operates)),
    ).to.have.property('code', 'conflict');
    await call(node.broker, ingestDocument, { title: 'Another', text: 'Something new.' }, operates);
    const { documents } = await call(node.broker, listDocuments, { limit: 200, expired: true }, operates);
    const left = documents.filter(({ id }) => past.some(d => d.id === id));
    expect(left.map(({ id }) => id)).to.deep.equal([held]);
  });
});
