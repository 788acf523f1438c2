/** The demo shop's articles in memory, searched as the knowledge service searches and asked as the offline provider asks. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ChatItem } from '../../../../lib/contracts/chat.ts';
import { hashTerm } from '../../../../lib/core/knowledge/analyze.ts';
import { chunkText } from '../../../../lib/core/knowledge/chunk.ts';
import { termVector } from '../../../../lib/core/knowledge/inverted-index.ts';
import { queryParts } from '../../../../lib/core/knowledge/long-query.ts';
import { queryTerms } from '../../../../lib/core/knowledge/query.ts';
import { frequenciesOf, type Posting, rankParts } from '../../../../lib/core/knowledge/rank.ts';
import { decideOfflineStep, type OfflineStep } from '../../../../lib/core/offline/decide.ts';
import { SHOP_TOOLS } from '../../../../lib/core/shop/tools.ts';

export const shop = new URL('../../../../demo/shop/', import.meta.url);
const PASSAGES = 5;

export const bodies = new Map<string, string>();
const stored: { documentId: string; title: string; text: string }[] = [];
const postings: Posting[] = [];
const statistics = { chunks: 0, titleTerms: 0, bodyTerms: 0 };

for (const name of readdirSync(new URL('articles/', shop))) {
  const documentId = name.replace('.md', '');
  const [, head = '', ...rest] = readFileSync(new URL(`articles/${name}`, shop), 'utf8').split(/^---$/m);
  const title = /title: "?(.*?)"?$/m.exec(head)?.[1] ?? '';
  const body = rest.join('---').trim();
  bodies.set(documentId, body);
  for (const chunk of chunkText(body)) {
    const vector = termVector([title, ...chunk.headings].join('\n'), `${chunk.context}\n${chunk.body}`);
    for (const [term, counts] of vector.counts) {
      postings.push({
        term: hashTerm(term),
        chunk_id: stored.length,
        title_count: counts.title,
        body_count: counts.body,
        title_length: vector.length.title,
        body_length: vector.length.body,
      });
    }
    stored.push({ documentId, title, text: chunk.body });
    statistics.chunks++;
    statistics.titleTerms += vector.length.title;
    statistics.bodyTerms += vector.length.body;
  }
}

/** As the knowledge service searches. */
export function search(query: string) {
  const parts = queryParts(query).map(part =>
    queryTerms(part).map(term => ({ ...term, id: hashTerm(term.text) })),
  );
  const ids = new Set(parts.flat().map(term => term.id));
  const found = postings.filter(({ term }) => ids.has(term));
  const passages = rankParts(parts, found, statistics, PASSAGES).map(({ id, score }) => ({
    ...stored[id]!,
    score,
  }));
  const frequencies = frequenciesOf(parts.flat(), found);
  return {
    passages,
    frequencies: { count: statistics.chunks, documentFrequency: (term: string) => frequencies[term] ?? 0 },
  };
}

export function ask(text: string): OfflineStep {
  const messages: ChatItem[] = [{ role: 'user', text }];
  const step = decideOfflineStep({ messages, tools: SHOP_TOOLS });
  return step.kind === 'search'
    ? decideOfflineStep({ messages, tools: SHOP_TOOLS, ...search(step.query) })
    : step;
}
