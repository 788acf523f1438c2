/**
 * Retrieval with the offline default (words and the lexical embedding fused, no model): nDCG@10 and Recall@10 on a collection in the BEIR layout
 * (`--corpus --queries --qrels`), or on a knowledge base with customer tasks (`--kb --tasks`), where the query is
 * the whole scenario and the relevant documents are those that the task requires.
 */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { EMBEDDING_NAME, embed } from '../../lib/core/knowledge/embed.ts';
import type { Ranked } from '../../lib/core/knowledge/fuse.ts';
import { FUSION_DEPTH, fuseHybrid, LEXICAL_FUSION } from '../../lib/core/knowledge/hybrid.ts';
import { type IndexedText, InvertedIndex } from '../../lib/core/knowledge/inverted-index.ts';
import { queryParts, searchByParts } from '../../lib/core/knowledge/long-query.ts';
import { inverseDocumentFrequency } from '../../lib/core/knowledge/score.ts';
import { nearest } from '../../lib/core/knowledge/vector-scan.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';

interface Question {
  readonly text: string;
  /** Gain by document. */
  readonly relevant: ReadonlyMap<string, number>;
}

const DEPTH = 10;

export const about = 'nDCG@10 and Recall@10 of knowledge search';
export const options: EvalSuite['options'] = {
  corpus: { type: 'string', about: 'documents, jsonl[.gz]: _id, title, text' },
  queries: { type: 'string', about: 'queries, jsonl[.gz]: _id, text' },
  qrels: { type: 'string', about: 'judgements, tsv: query-id, corpus-id, score' },
  kb: { type: 'string', about: 'knowledge base, jsonl[.gz]: id, title, content' },
  tasks: { type: 'string', about: 'tasks, jsonl[.gz]: scenario, required_documents' },
  vectors: {
    type: 'string',
    about: 'off: by the words alone; else the lexical embedding is fused with them',
  },
  depth: { type: 'string', about: 'ranks that count for recall in addition to 10' },
};

export async function run(given: EvalOptions): Promise<Record<string, unknown>> {
  const documents = given.kb ? knowledgeBase(path(given, 'kb')) : corpus(path(given, 'corpus'));
  const questions = given.kb ? tasks(path(given, 'tasks')) : judged(given);
  const index = new InvertedIndex();
  const [, indexMs] = timed(() => {
    for (const document of documents) index.add(document);
  });
  const depth = Math.max(DEPTH, Number(given.depth ?? DEPTH));
  const [near, embedMs] = timed(() => (given.vectors === 'off' ? undefined : nearestBy(documents, index)));
  const [rankings, searchMs] = timed(() =>
    questions.map(({ text }) => {
      const words = searchByParts(index, text, Math.max(depth, FUSION_DEPTH));
      return near && queryParts(text).length === 1
        ? fuseHybrid(words, near(text), LEXICAL_FUSION, depth)
        : words.slice(0, depth);
    }),
  );
  const mean = (of: (question: Question, ranking: readonly Ranked<string>[]) => number) =>
    questions.reduce((sum, question, i) => sum + of(question, rankings[i]!), 0) / questions.length;
  return {
    ndcg10: round(mean(ndcg)),
    recall10: round(mean((question, ranking) => recall(question, ranking, DEPTH))),
    ...(depth > DEPTH
      ? { [`recall${depth}`]: round(mean((question, ranking) => recall(question, ranking, depth))) }
      : {}),
    ms_per_query: round(searchMs / questions.length),
    index_seconds: round((indexMs + embedMs) / 1000),
    vectors: near ? EMBEDDING_NAME : 'off',
    queries: questions.length,
    documents: documents.length,
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** The passages nearest to a question by the lexical embedding, as the platform keeps and scans it. */
function nearestBy(documents: readonly IndexedText[], index: InvertedIndex) {
  const vectors = documents.map(({ id, title, body }) => ({ id, vector: embed(`${title}\n${body}`) }));
  const rarity = (term: string) =>
    inverseDocumentFrequency(index.documentFrequency(term), Math.max(1, documents.length));
  return (question: string) => nearest(embed(question, rarity), vectors, FUSION_DEPTH);
}

/** As trec_eval: gains divided by log2(rank + 1), over the best order possible. */
function ndcg({ relevant }: Question, ranking: readonly Ranked<string>[]): number {
  const discounted = (gains: readonly number[]) =>
    gains.slice(0, DEPTH).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
  const ideal = discounted([...relevant.values()].sort((a, b) => b - a));
  return discounted(ranking.map(({ id }) => relevant.get(id) ?? 0)) / ideal;
}

function recall({ relevant }: Question, ranking: readonly Ranked<string>[], depth: number): number {
  return ranking.slice(0, depth).filter(({ id }) => relevant.has(id)).length / relevant.size;
}

function corpus(file: string): IndexedText[] {
  return lines<{ _id: string; title?: string; text: string }>(file).map(({ _id, title, text }) => ({
    id: String(_id),
    title: title ?? '',
    body: text,
  }));
}

/** Queries that have a relevant document; the others cannot be scored. */
function judged(given: EvalOptions): Question[] {
  const relevant = new Map<string, Map<string, number>>();
  for (const line of text(path(given, 'qrels')).split(/\r?\n/)) {
    const [query, document, gain] = line.split('\t');
    if (!query || !document || !(Number(gain) > 0)) continue;
    relevant.set(query, (relevant.get(query) ?? new Map<string, number>()).set(document, Number(gain)));
  }
  return lines<{ _id: string; text: string }>(path(given, 'queries')).flatMap(query => {
    const documents = relevant.get(String(query._id));
    return documents ? [{ text: query.text, relevant: documents }] : [];
  });
}

function knowledgeBase(file: string): IndexedText[] {
  return lines<{ id: string; title: string; content: string }>(file).map(({ id, title, content }) => ({
    id,
    title,
    body: content,
  }));
}

function tasks(file: string): Question[] {
  return lines<{ scenario: string; required_documents: string[] }>(file)
    .filter(task => task.required_documents.length > 0)
    .map(task => ({ text: task.scenario, relevant: new Map(task.required_documents.map(id => [id, 1])) }));
}

function path(given: EvalOptions, name: string): string {
  const value = given[name];
  if (typeof value !== 'string') throw new TroupeError('validation-failed', `--${name} <file> is needed`);
  return value;
}

function text(file: string): string {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

function lines<T>(file: string): T[] {
  return text(file)
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line) as T);
}

function timed<T>(work: () => T): [T, number] {
  const start = performance.now();
  return [work(), performance.now() - start];
}

const round = (value: number) => Math.round(value * 10_000) / 10_000;
