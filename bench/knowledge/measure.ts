/**
 * Measures search on what `load.ts` has filled: p50 and p99 by the size of the tenant, by words alone, with an exact
 * scan of the vectors and with the graph; the graph's recall against the exact scan, its time and size; and memory.
 * Writes docs/benchmarks/knowledge.{json,svg}. Drops the database at the end.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { CUSTOMER } from '../../lib/core/knowledge/access.ts';
import { EMBEDDING_DIMENSIONS } from '../../lib/core/knowledge/embed.ts';
import { inverseDocumentFrequency } from '../../lib/core/knowledge/score.ts';
import type { VectorScan } from '../../lib/core/knowledge/vector-scan.ts';
import { lexicalEmbedder } from '../../lib/io/embeddings.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { graphStatements, nearestPassages } from '../../lib/io/sql/knowledge-vectors.ts';
import { passageFinder } from '../../services/knowledge/find-passages.ts';
import { plot } from '../plot.ts';
import { passages, random } from './corpus.ts';
import { writePage } from './page.ts';

interface Place {
  readonly ownerUrl: string;
  readonly tenants: readonly { readonly tenantId: string; readonly passages: number }[];
  readonly passages: number;
  readonly loadSeconds: number;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    from: { type: 'string', default: '/tmp/knowledge-bench.json' },
    queries: { type: 'string', default: '100' },
  },
});
const DOCS = join(import.meta.dirname, '../../docs/benchmarks');
const {
  ownerUrl,
  tenants,
  passages: total,
  loadSeconds,
} = JSON.parse(readFileSync(values.from, 'utf8')) as Place;
const QUERIES = Number(values.queries);
const { space } = lexicalEmbedder;
const log = { info() {}, warn() {}, error() {} } as never;

const owner = new pg.Client({ connectionString: ownerUrl });
await owner.connect();
await owner.query("set maintenance_work_mem = '512MB'");
const database = openPostgres({ url: ownerUrl });
const questions = questionsOf();

/** Sizes spread over the skew, the largest first. */
const chosen = [0, 1, 3, 7, 15, 40, 100, 199].map(i => tenants[i]!).filter(Boolean);
const loadBefore = round(loadavg()[0]!);
const words = await perTenant('none');
const exact = await perTenant('exact');

const began = performance.now();
for (const statement of graphStatements(space, EMBEDDING_DIMENSIONS)) await owner.query(statement);
const indexSeconds = (performance.now() - began) / 1_000;
const graph = await perTenant('hnsw');
const recall = await recallOf();
const whole = await wholeSearch();
const [{ index, vectors, postings, all }] = (
  await owner.query(`select pg_relation_size('chunk_vector_graph')::float8 / 1e6 as index,
    pg_table_size('chunk_vector')::float8 / 1e6 as vectors, pg_total_relation_size('posting')::float8 / 1e6 as postings,
    pg_database_size(current_database())::float8 / 1e6 as all`)
).rows as [{ index: number; vectors: number; postings: number; all: number }];

const result = {
  at: new Date().toISOString().slice(0, 10),
  passages: total,
  tenants: tenants.length,
  queries: QUERIES,
  load: [loadBefore, round(loadavg()[0]!)],
  loadSeconds: round(loadSeconds),
  indexSeconds: round(indexSeconds),
  megabytes: {
    graph: round(index),
    vectors: round(vectors),
    postings: round(postings),
    database: round(all),
  },
  serverMegabytes: serverMemory(),
  nodeMegabytes: round(process.memoryUsage().rss / 1e6),
  words,
  exact,
  graph,
  recallOfGraph: recall,
  whole,
};
writeFileSync(join(DOCS, 'knowledge.json'), `${JSON.stringify(result, null, 1)}\n`);
const series = (name: string, rows: readonly Timed[], of: (row: Timed) => number) => ({
  name,
  points: rows.map(row => [row.passages, of(row)] as const).toReversed(),
});
writeFileSync(
  join(DOCS, 'knowledge.svg'),
  plot(`Search among ${total.toLocaleString('en-US')} passages of ${tenants.length} tenants, milliseconds`, [
    {
      title: 'The vectors alone, p50',
      xLabel: 'passages of the tenant',
      yLabel: 'ms',
      logX: true,
      series: [series('exact scan', exact, row => row.p50), series('graph', graph, row => row.p50)],
    },
    {
      title: 'The whole search',
      xLabel: 'passages of the tenant',
      yLabel: 'ms',
      logX: true,
      series: [series('p50', whole, row => row.p50), series('p99', whole, row => row.p99)],
    },
  ]),
);
writePage();
await database.close();
await owner.end();
const admin = new URL(ownerUrl);
const name = admin.pathname.slice(1);
admin.pathname = '/postgres';
const cleaner = new pg.Client({ connectionString: admin.href });
await cleaner.connect();
await cleaner.query(`drop database ${name} with (force)`);
await cleaner.query(`drop role if exists ${name}`);
await cleaner.end();
console.log(JSON.stringify(result));

interface Timed {
  readonly passages: number;
  readonly p50: number;
  readonly p99: number;
}

/** Questions are passages of the same collections, shortened to a few words: half of them of the tenant's own texts. */
function questionsOf(): string[] {
  const next = random(11);
  return passages(values.data, total)
    .filter(() => next() < 0.01)
    .slice(0, QUERIES)
    .map(({ text }) => {
      const all = text.split(/\s+/);
      const from = Math.floor(next() * Math.max(1, all.length - 12));
      return all.slice(from, from + 5 + Math.floor(next() * 8)).join(' ');
    });
}

async function vectorOf(question: string): Promise<Float32Array> {
  return await lexicalEmbedder.question(question, () => inverseDocumentFrequency(10, total));
}

/** The statement alone; `none` stands for the question's embedding and the way to the database. */
async function perTenant(scan: VectorScan): Promise<Timed[]> {
  const rows: Timed[] = [];
  for (const { tenantId, passages: size } of chosen) {
    rows.push({
      passages: size,
      ...(await timed(async question => {
        const vector = await vectorOf(question);
        await database.withTenant(
          tenantId,
          tx => nearestPassages(tx, { tenantId, space, vector, limit: 100 }, scan, true),
          CUSTOMER,
        );
      })),
    });
  }
  return rows;
}

/** All of it as the platform does it: words, vectors as it chooses to scan them, fusion, passages. */
async function wholeSearch(): Promise<Timed[]> {
  const find = passageFinder({ database, embedder: lexicalEmbedder, log });
  const rows: Timed[] = [];
  for (const { tenantId, passages: size } of chosen)
    rows.push({
      passages: size,
      ...(await timed(async question => {
        await find(tenantId, question, 8, CUSTOMER);
      })),
    });
  return rows;
}

/** Of the ten nearest by the exact scan, the share that the graph finds, for each tenant. */
async function recallOf(): Promise<{ passages: number; at10: number }[]> {
  const rows = [];
  for (const { tenantId, passages: size } of chosen) {
    let found = 0;
    let wanted = 0;
    for (const question of questions.slice(0, 50)) {
      const query = { tenantId, space, vector: await vectorOf(question), limit: 10 };
      const near = (scan: VectorScan) =>
        database.withTenant(tenantId, tx => nearestPassages(tx, query, scan, true), CUSTOMER);
      const right = await near('exact');
      const got = await near('hnsw');
      // What is as near as the tenth is as good.
      const least = (right.at(-1)?.score ?? 0) - 1e-6;
      wanted += right.length;
      found += Math.min(right.length, got.filter(({ score }) => score >= least).length);
    }
    rows.push({ passages: size, at10: Math.round((found / wanted) * 1_000) / 1_000 });
  }
  return rows;
}

async function timed(work: (question: string) => Promise<void>): Promise<{ p50: number; p99: number }> {
  for (const question of questions.slice(0, 5)) await work(question);
  const times: number[] = [];
  for (const question of questions) {
    const start = performance.now();
    await work(question);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    p50: round(times[Math.floor(times.length * 0.5)]!),
    p99: round(times[Math.ceil(times.length * 0.99) - 1]!),
  };
}

/** Memory of the server's processes: shared pages are counted once, as the kernel shares them out. */
function serverMemory(): number {
  const pids = execFileSync('pgrep', ['-f', 'postgres']).toString().trim().split('\n');
  let kilobytes = 0;
  for (const pid of pids)
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {}
  return Math.round(kilobytes / 1_000);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
