/**
 * Fills a PostgreSQL with 100,000 passages of 200 tenants, skewed, and writes where it is to a file for `measure.ts`.
 * `with-servers --only pg -- node bench/knowledge/load.ts --data ../shared/data --to place.json`
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { KEEPER } from '../../lib/core/knowledge/access.ts';
import { type IndexedChunk, indexChunks } from '../../lib/core/knowledge/index-chunks.ts';
import { lexicalEmbedder } from '../../lib/io/embeddings.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { insertChunks } from '../../lib/io/sql/knowledge.ts';
import { insertDocument } from '../../lib/io/sql/knowledge-documents.ts';
import { insertVectors, noteEmbedded } from '../../lib/io/sql/knowledge-vectors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { emptyPostgres, makeTenant } from '../../test/suites/databases.ts';
import { type Passage, passages, skewed } from './corpus.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    to: { type: 'string', default: '/tmp/knowledge-bench.json' },
    passages: { type: 'string', default: '100000' },
    tenants: { type: 'string', default: '200' },
  },
});
const DOCUMENT = 100;

const total = Number(values.passages);
const sizes = skewed(Number(values.tenants), total);
const all = passages(values.data, total);
const { ownerUrl } = await emptyPostgres();
const database = openPostgres({ url: ownerUrl, statementTimeoutMs: 120_000 });
await migrate(database);

const began = performance.now();
let at = 0;
const tenants: { tenantId: string; passages: number }[] = [];
for (const [i, size] of sizes.entries()) {
  const tenantId = await makeTenant(database, `tenant ${i}`);
  const own = all.slice(at, at + size);
  at += size;
  for (let from = 0; from < own.length; from += DOCUMENT)
    await load(tenantId, own.slice(from, from + DOCUMENT));
  tenants.push({ tenantId, passages: size });
}
const seconds = (performance.now() - began) / 1_000;
await database.asOwner(tx =>
  tx.script('analyze chunk; analyze posting; analyze chunk_vector; analyze document'),
);
await database.close();
writeFileSync(values.to, JSON.stringify({ ownerUrl, tenants, passages: total, loadSeconds: seconds }));
console.log(JSON.stringify({ passages: total, tenants: tenants.length, loadSeconds: Math.round(seconds) }));

/** A hundred passages as one document, each a passage of its own whatever its length. */
async function load(tenantId: string, group: readonly Passage[]): Promise<void> {
  let body = '';
  const chunks = group.map(({ title, text }, ordinal): IndexedChunk => {
    const [only] = indexChunks(title, text.replaceAll('#', ' ').slice(0, 1_900));
    const start = body.length;
    body += `${text}\n\n`;
    const chunk = { ordinal, start, end: start + text.length, headings: [title], context: '', body: text };
    return { length: only?.length ?? { title: 0, body: 0 }, terms: only?.terms ?? [], chunk };
  });
  const vectors = await lexicalEmbedder.passages(group.map(({ title, text }) => `${title}\n${text}`));
  const documentId = newId('document');
  await database.withTenant(
    tenantId,
    async tx => {
      await insertDocument(tx, {
        tenantId,
        documentId,
        title: group[0]!.title || 'document',
        body,
        digest: createHash('sha256').update(body).digest(),
        metadata: {},
        access: {},
        language: null,
        findings: {},
        quality: [],
      });
      const ids = await insertChunks(tx, tenantId, documentId, chunks);
      const rows = chunks.map(({ chunk: { ordinal } }) => ({
        chunkId: ids.get(ordinal)!,
        vector: vectors[ordinal]!,
      }));
      await insertVectors(tx, { tenantId, space: lexicalEmbedder.space, native: true }, rows);
      await noteEmbedded(tx, documentId, lexicalEmbedder.space);
    },
    KEEPER,
  );
}
