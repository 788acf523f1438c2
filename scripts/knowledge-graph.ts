/**
 * Makes the graph (HNSW) over the vectors of passages, as the owner of the schema, while the platform goes on; without it
 * large tenants are searched by an exact scan. `make knowledge-graph`; ARGS='--dimensions 1536' for a model elsewhere.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { EMBEDDING_DIMENSIONS } from '../lib/core/knowledge/embed.ts';
import { openEmbedder } from '../lib/io/embeddings.ts';
import { graphStatements } from '../lib/io/sql/knowledge-vectors.ts';
import { processConfig } from '../lib/kernel/config.ts';

const { values } = parseArgs({
  options: { dimensions: { type: 'string' }, memory: { type: 'string', default: '512MB' } },
});
const config = processConfig();
const embedder = openEmbedder(config);
const dimensions = Number(
  values.dimensions ?? (embedder.local ? EMBEDDING_DIMENSIONS : config.TROUPE_EMBEDDINGS_DIMENSIONS),
);
const connectionString = config.TROUPE_MIGRATION_URL || config.TROUPE_DATABASE_URL;
if (!connectionString)
  throw new Error('A cluster has a graph: set TROUPE_MIGRATION_URL or TROUPE_DATABASE_URL');
if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 2_000)
  throw new Error('--dimensions: how long the vectors of the model are, 2,000 at most');
const client = new pg.Client({ connectionString });
await client.connect();
try {
  await client.query("select set_config('maintenance_work_mem', $1, false)", [values.memory]);
  const began = performance.now();
  for (const statement of graphStatements(embedder.space, dimensions)) await client.query(statement);
  console.log(`graph of ${embedder.space} made in ${Math.round((performance.now() - began) / 1_000)} s`);
} finally {
  await client.end();
}
