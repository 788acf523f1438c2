/** A document's passages as the index keeps them: each with the terms that find it. */
import { hashTerm } from './analyze.ts';
import { type Chunk, chunkText } from './chunk.ts';
import { termVector } from './inverted-index.ts';
import type { FieldCounts } from './score.ts';

export interface IndexedChunk {
  readonly chunk: Chunk;
  readonly length: FieldCounts;
  readonly terms: readonly { readonly id: number; readonly counts: FieldCounts }[];
}

/** Term ids are 32-bit integers, as PostgreSQL's `integer` holds them. */
export const termId = (term: string) => hashTerm(term) | 0;

export function indexChunks(title: string, text: string): IndexedChunk[] {
  return chunkText(text).map(chunk => {
    const vector = termVector([title, ...chunk.headings].join('\n'), `${chunk.context}\n${chunk.body}`);
    const merged = new Map<number, { title: number; body: number }>();
    for (const [term, counts] of vector.counts) {
      const id = termId(term);
      const same = merged.get(id);
      merged.set(
        id,
        same ? { title: same.title + counts.title, body: same.body + counts.body } : { ...counts },
      );
    }
    return { chunk, length: vector.length, terms: Array.from(merged, ([id, counts]) => ({ id, counts })) };
  });
}
