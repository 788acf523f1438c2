// Protects: vectors give the same with pgvector and without, and what may not be read takes no place of what may.
import { expect } from 'chai';
import { CUSTOMER, KEEPER } from '../../lib/core/knowledge/access.ts';
import { EMBEDDING_DIMENSIONS } from '../../lib/core/knowledge/embed.ts';
import { lexicalEmbedder } from '../../lib/io/embeddings.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { graphStatements, nearestPassages, readStore } from '../../lib/io/sql/knowledge-vectors.ts';
import { embedDue } from '../../services/knowledge/embed-passages.ts';
import { passageFinder } from '../../services/knowledge/find-passages.ts';
import { takeIn } from '../../services/knowledge/take-in.ts';
import { makeTenant, pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';

const { space } = lexicalEmbedder;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const HIDDEN = 60;
const WITHOUT_PGVECTOR =
  'alter table chunk_vector alter column embedding type real[] using embedding::real[]; drop extension vector';

const STORES: Readonly<Record<string, { open: () => Promise<TestDatabase>; native: boolean }>> = {
  PGlite: { open: pgliteInMemory, native: true },
  'PostgreSQL with pgvector': { open: postgresAsPlainUser, native: true },
  'PostgreSQL without pgvector': { open: postgresAsPlainUser, native: false },
};

for (const [name, { open, native }] of Object.entries(STORES))
  describe(`vectors in ${name}`, function () {
    this.timeout(60_000);
    let test: TestDatabase;
    let tenantId: string;
    let public1: string;
    before(async () => {
      test = await open();
      const { database } = test;
      await migrate(database);
      if (!native) await database.asOwner(tx => tx.script(WITHOUT_PGVECTOR));
      tenantId = await makeTenant(database, 'vectors');
      const ports = { database, embedder: lexicalEmbedder };
      const caller = { tenantId, scopes: ['knowledge', 'operate'] };
      for (let i = 0; i < HIDDEN; i++)
        await takeIn(
          ports,
          caller,
          { title: 'Kettle', text: `kettle kettle steam ${i}` },
          { sensitivity: 'restricted' },
        );
      const taken = await takeIn(
        ports,
        caller,
        { title: 'Kettles', text: 'A kettle boils water for tea.' },
        {},
      );
      public1 = taken.id;
      await takeIn(ports, caller, { title: 'Trains', text: 'The train leaves the station.' }, {});
    });
    after(() => test?.close());

    const nearest = async (scan: 'exact' | 'hnsw', limit: number, reader = CUSTOMER) => {
      const vector = await lexicalEmbedder.question('kettle', () => 1);
      return await test.database.withTenant(
        tenantId,
        tx => nearestPassages(tx, { tenantId, space, vector, limit }, scan, native),
        reader,
      );
    };

    it('are found nearest first, among those that the reader may read', async () => {
      expect((await test.database.withTenant(tenantId, tx => readStore(tx, space))).native).to.equal(native);
      const all = await nearest('exact', 100, KEEPER);
      expect(all).to.have.length(HIDDEN + 2);
      expect(all.map(({ score }) => score)).to.deep.equal(
        all.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      const mine = await nearest('exact', 1);
      expect(mine).to.have.length(1);
      expect(all.findIndex(({ id }) => id === mine[0]!.id)).to.be.at.least(HIDDEN / 2);
    });

    if (native)
      it('are found so by the graph: sixty nearer passages that are hidden take no place', async () => {
        await test.database.asOwner(async tx => {
          for (const statement of graphStatements(space, EMBEDDING_DIMENSIONS, false))
            await tx.script(statement);
        });
        expect((await test.database.withTenant(tenantId, tx => readStore(tx, space))).graph).to.equal(true);
        expect((await nearest('hnsw', 2)).map(({ id }) => id)).to.deep.equal(
          (await nearest('exact', 2)).map(({ id }) => id),
        );
        const other = await makeTenant(test.database, 'another');
        const vector = await lexicalEmbedder.question('kettle', () => 1);
        const query = { tenantId: other, space, vector, limit: 5 };
        const theirs = await test.database.withTenant(
          other,
          tx => nearestPassages(tx, query, 'hnsw', true),
          KEEPER,
        );
        expect(theirs).to.deep.equal([]);
      });

    it('bring a misspelt question to its passage, where the words find nothing', async () => {
      const find = passageFinder({ database: test.database, embedder: lexicalEmbedder, log: log as never });
      const { passages } = await find(tenantId, 'ketttle boilss', 3, CUSTOMER);
      expect(passages[0]).to.include({ documentId: public1, lexicalRank: undefined, vectorRank: 1 });
    });

    it('are made afterwards for what has none, and again for another maker', async () => {
      const { database } = test;
      const left = () =>
        database.withTenant(
          tenantId,
          tx => tx.query("select from document where vector_due_at < 'infinity'"),
          KEEPER,
        );
      expect(await left()).to.have.length(0);
      await database.withTenant(tenantId, tx => tx.query('delete from chunk_vector'), KEEPER);
      await database.withTenant(
        tenantId,
        tx => tx.query('update document set vector_due_at = now()'),
        KEEPER,
      );
      while (await embedDue(database, lexicalEmbedder, log as never));
      expect(await left()).to.have.length(0);
      expect(await nearest('exact', 100, KEEPER)).to.have.length(HIDDEN + 2);
    });
  });
