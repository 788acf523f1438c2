/** Writes docs/benchmarks/knowledge.md from the results beside it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Timed {
  readonly passages: number;
  readonly p50: number;
  readonly p99: number;
}

interface Results {
  readonly at: string;
  /** What was different when it was measured. */
  readonly note?: string;
  /** Load average of a minute before and after. */
  readonly load: readonly [number, number];
  readonly passages: number;
  readonly tenants: number;
  readonly queries: number;
  readonly loadSeconds: number;
  readonly indexSeconds: number;
  readonly megabytes: Readonly<Record<'graph' | 'vectors' | 'postings' | 'database', number>>;
  readonly serverMegabytes: number;
  readonly nodeMegabytes: number;
  readonly exact: readonly Timed[];
  readonly graph: readonly Timed[];
  readonly whole: readonly Timed[];
  readonly recallOfGraph: readonly { readonly passages: number; readonly at10: number }[];
}

const DOCS = join(import.meta.dirname, '../../docs/benchmarks');

export function writePage(): void {
  const result = JSON.parse(readFileSync(join(DOCS, 'knowledge.json'), 'utf8')) as Results;
  const { megabytes: mb } = result;
  const rows = result.exact.map(({ passages, p50, p99 }, i) => {
    const graph = result.graph[i]!;
    const whole = result.whole[i]!;
    const cells = [p50, p99, graph.p50, graph.p99, result.recallOfGraph[i]!.at10, whole.p50, whole.p99];
    return `| ${passages.toLocaleString('en-US')} | ${cells.join(' | ')} |`;
  });
  writeFileSync(
    join(DOCS, 'knowledge.md'),
    `# Search among ${result.passages.toLocaleString('en-US')} passages of ${result.tenants} tenants

\`make bench-knowledge\`, ${result.at}, two cores at a load of ${result.load.join(' to ')}, PostgreSQL 15 with pgvector 0.8.0, the lexical embedding (512 dimensions), reader: a customer. Real text: passages of three and five sentences of abstracts and help articles, exam questions, customers' questions. Tenants' sizes follow Zipf's law. ${result.queries} questions of five to twelve words for each size. Milliseconds.

${result.note ? `${result.note}\n\n` : ''}![p50 by the size of the tenant](knowledge.svg)

| passages of the tenant | exact p50 | p99 | graph p50 | p99 | recall@10 of the graph | whole search p50 | p99 |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}

*Exact* and *graph* are the statement for the hundred nearest that the reader may read, with the question's embedding and the way to the database; *whole* is words, vectors as the platform chooses to scan them, fusion and passages.

| | |
|---|---|
| loading (analysis, postings, vectors), other work on the machine | ${result.loadSeconds} s |
| making the graph | ${result.indexSeconds} s |
| the graph | ${mb.graph} MB |
| the vectors | ${mb.vectors} MB |
| the postings | ${mb.postings} MB |
| the database | ${mb.database} MB |
| memory of the server, shared pages once | ${result.serverMegabytes} MB |
| memory of the bench | ${result.nodeMegabytes} MB |
`,
  );
}

if (process.argv[1] === import.meta.filename) writePage();
