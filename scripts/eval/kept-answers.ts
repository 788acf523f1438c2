/**
 * Which pairs of questions a kept answer would serve, by the facts and the similarity that decide it: of every pair in a
 * file of questions with labels (banking77), how many have the same label. A wrong pair is a wrong answer.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { cosine, embed } from '../../lib/core/knowledge/embed.ts';
import { factsOf, questionDigest, SIMILARITY } from '../../lib/core/models/answer-cache.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';

export const about = 'pairs of questions that a kept answer would serve, and how many mean the same';
export const options: EvalSuite['options'] = {
  data: { type: 'string', about: 'a CSV of text and category (banking77)' },
  similarity: { type: 'string', about: `least cosine; default ${SIMILARITY}` },
};

export async function run({ data, similarity }: EvalOptions): Promise<Record<string, unknown>> {
  if (typeof data !== 'string') throw new TroupeError('validation-failed', '--data names a CSV');
  const least = similarity === undefined ? SIMILARITY : Number(similarity);
  const rows = parse(readFileSync(data), { columns: true }) as { text: string; category: string }[];
  const questions = rows.map(({ text, category }) => ({ text, category, digest: questionDigest(text) }));
  const groups = Map.groupBy(questions, ({ text }) => factsOf(text).join('\n'));
  const figures = { questions: questions.length, pairs: 0, same: 0, other: 0, equalWording: 0 };
  for (const group of groups.values()) {
    const vectors = group.map(({ text }) => embed(text));
    for (const [i, one] of group.entries())
      for (const [j, other] of group.slice(0, i).entries()) {
        const equal = one.digest.equals(other.digest);
        if (!equal && cosine(vectors[i]!, vectors[j]!) < least) continue;
        figures.pairs++;
        if (equal) figures.equalWording++;
        if (one.category === other.category) figures.same++;
        else {
          figures.other++;
          console.error(`${one.text} / ${other.text}`);
        }
      }
  }
  return { similarity: least, ...figures };
}
