/** Vectors of passages. Everything here but what is due runs inside `withTenant`, and reads as the reader may. */
import { nearest, type VectorScan } from '../../core/knowledge/vector-scan.ts';
import type { Database, Transaction } from '../database.ts';

export interface VectorStore {
  /** Whether the database compares vectors itself (pgvector). */
  readonly native: boolean;
  /** Whether it has a graph for vectors of that space. */
  readonly graph: boolean;
  /** Vectors of all tenants, as estimated. */
  readonly all: number;
}

/** The graph's index of a space. */
export const GRAPH_INDEX = 'chunk_vector_graph';

/** What the database offers for vectors of a space; it changes seldom. */
export async function readStore(tx: Transaction, space: string): Promise<VectorStore> {
  const [row] = await tx.query<{ native: boolean; graph: boolean; estimate: number }>(
    `select exists (select from pg_extension where extname = 'vector') as native,
       exists (select from pg_indexes where schemaname = 'public' and tablename = 'chunk_vector'
         and indexname = $1 and position(quote_literal($2) in indexdef) > 0) as graph,
       (select greatest(reltuples, 0)::float8 from pg_class where oid = 'chunk_vector'::regclass) as estimate`,
    [GRAPH_INDEX, space],
  );
  return { native: row!.native, graph: row!.graph, all: row!.estimate };
}

const asVector = (vector: Float32Array) => `[${vector.join(',')}]`;
const asArray = (vector: Float32Array) => `{${vector.join(',')}}`;

export async function insertVectors(
  tx: Transaction,
  {
    tenantId,
    space,
    native,
  }: { readonly tenantId: string; readonly space: string; readonly native: boolean },
  rows: readonly { readonly chunkId: number; readonly vector: Float32Array }[],
): Promise<void> {
  if (rows.length === 0) return;
  const cast = native ? 'vector' : 'real[]';
  await tx.query(
    `insert into chunk_vector (tenant_id, chunk_id, space, embedding)
     select $1, r.chunk_id, $2, r.embedding::${cast} from unnest($3::bigint[], $4::text[]) as r(chunk_id, embedding)
     join chunk c on c.chunk_id = r.chunk_id
     on conflict (tenant_id, chunk_id) do update set space = excluded.space, embedding = excluded.embedding`,
    [
      tenantId,
      space,
      rows.map(row => row.chunkId),
      rows.map(({ vector }) => (native ? asVector(vector) : asArray(vector))),
    ],
  );
}

/** Passages on the way of a scan by the graph: enough for a tenant with a small share of it. */
const GRAPH_SCAN = `select set_config('hnsw.iterative_scan', 'relaxed_order', true),
  set_config('hnsw.max_scan_tuples', '40000', true), set_config('hnsw.ef_search', '200', true)`;

export interface VectorQuery {
  readonly tenantId: string;
  readonly space: string;
  readonly vector: Float32Array;
  readonly limit: number;
}

/**
 * The nearest passages that the reader may read, nearest first, with their cosine. The policies of `chunk` are part of
 * the statement: what may not be read is passed over while the scan goes on, so that it takes no place of what may.
 */
export async function nearestPassages(
  tx: Transaction,
  { tenantId, space, vector, limit }: VectorQuery,
  scan: VectorScan,
  native: boolean,
): Promise<{ id: number; score: number }[]> {
  if (scan === 'none') return [];
  const readable = 'join chunk c on c.tenant_id = v.tenant_id and c.chunk_id = v.chunk_id';
  if (!native) {
    const rows = await tx.query<{ id: number; vector: number[] }>(
      `select v.chunk_id as id, v.embedding as vector from chunk_vector v ${readable} where v.space = $1`,
      [space],
    );
    return nearest(vector, rows, limit);
  }
  if (scan === 'exact')
    // The zero keeps the graph out of it; a materialized list of the vectors would be written to disk first.
    return await tx.query<{ id: number; score: number }>(
      `select v.chunk_id as id, 1 - (v.embedding <=> $3::vector) as score
       from chunk_vector v ${readable} where v.tenant_id = $1 and v.space = $2
       order by (v.embedding <=> $3::vector) + 0 limit $4`,
      [tenantId, space, asVector(vector), limit],
    );
  await tx.query(GRAPH_SCAN);
  // The space stands in the statement itself: only so does the planner see that the graph of that space answers it.
  const size = `vector(${vector.length})`;
  const rows = await tx.query<{ id: number; score: number }>(
    `select v.chunk_id as id, 1 - (v.embedding::${size} <=> $2::${size}) as score
     from chunk_vector v ${readable} where v.tenant_id = $1 and v.space = '${space.replaceAll("'", "''")}'
     order by v.embedding::${size} <=> $2::${size} limit $3`,
    [tenantId, asVector(vector), limit],
  );
  return rows.sort((a, b) => b.score - a.score);
}

/** Makes the graph of a space, for the owner of the schema: writes to vectors wait meanwhile unless `concurrently`. */
export function graphStatements(space: string, dimensions: number, concurrently = true): string[] {
  const how = concurrently ? ' concurrently' : '';
  return [
    `drop index${how} if exists ${GRAPH_INDEX}`,
    `create index${how} ${GRAPH_INDEX} on chunk_vector using hnsw ((embedding::vector(${dimensions})) vector_cosine_ops)
     with (m = 16, ef_construction = 64) where space = '${space.replaceAll("'", "''")}'`,
  ];
}

export interface DueDocument {
  readonly tenantId: string;
  readonly documentId: string;
  readonly attempts: number;
}

/** Documents of any tenant whose passages lack vectors; what is taken comes again after a while. */
export async function takeUnembedded(
  database: Database,
  limit: number,
  leaseMs: number,
): Promise<readonly DueDocument[]> {
  return await database.statement<DueDocument>(
    'troupe_knowledge',
    'vector_take',
    `with t as materialized (select tenant_id, document_id from document
       where vector_due_at <= now() order by vector_due_at limit $1 for update skip locked)
     update document d set vector_due_at = now() + make_interval(secs => $2 / 1000.0), vector_attempts = d.vector_attempts + 1
     from t where d.tenant_id = t.tenant_id and d.document_id = t.document_id
     returning d.tenant_id as "tenantId", d.document_id as "documentId", d.vector_attempts as attempts`,
    [limit, leaseMs],
  );
}

/** After another maker of vectors was chosen: all that have none of its own are due. */
export async function askForSpace(database: Database, space: string): Promise<void> {
  await database.asJob('troupe_knowledge', tx =>
    tx.query(
      `update document set vector_due_at = now(), vector_attempts = 0 where vector_due_at = 'infinity' and vector_space <> $1`,
      [space],
    ),
  );
}

export interface UnembeddedChunk {
  readonly chunkId: number;
  readonly title: string;
  readonly headings: readonly string[];
  readonly context: string;
  readonly body: string;
}

/** The passages of a document that lack a vector of the space. */
export async function unembeddedChunks(
  tx: Transaction,
  documentId: string,
  space: string,
): Promise<UnembeddedChunk[]> {
  const [document] = await tx.query<{ title: string; body: string }>(
    'select title, body from document where document_id = $1',
    [documentId],
  );
  const rows = await tx.query<{
    chunk_id: number;
    headings: string;
    context: string;
    starts_at: number;
    ends_at: number;
  }>(
    `select c.chunk_id, c.headings, c.context, c.starts_at, c.ends_at from chunk c
     left join chunk_vector v on v.tenant_id = c.tenant_id and v.chunk_id = c.chunk_id and v.space = $2
     where c.document_id = $1 and v.chunk_id is null order by c.ordinal`,
    [documentId, space],
  );
  return rows.map(row => ({
    chunkId: row.chunk_id,
    title: document?.title ?? '',
    headings: row.headings.split(' > '),
    context: row.context,
    body: document?.body.slice(row.starts_at, row.ends_at) ?? '',
  }));
}

/** Notes that every passage has its vector, unless the document has changed meanwhile and lacks some again. */
export async function noteEmbedded(tx: Transaction, documentId: string, space: string): Promise<void> {
  await tx.query(
    `update document d set vector_space = $2, vector_due_at = 'infinity', vector_attempts = 0 where document_id = $1 and not exists (
       select from chunk c left join chunk_vector v on v.tenant_id = c.tenant_id and v.chunk_id = c.chunk_id and v.space = $2
       where c.document_id = d.document_id and c.tenant_id = d.tenant_id and v.chunk_id is null)`,
    [documentId, space],
  );
}

/** When to try again what failed. */
export async function embedLater(tx: Transaction, documentId: string, afterMs: number): Promise<void> {
  await tx.query(
    'update document set vector_due_at = now() + make_interval(secs => $2 / 1000.0) where document_id = $1',
    [documentId, afterMs],
  );
}
