/**
 * The reranking hook: a model that reads the question beside each passage and says how well they go together. Any
 * endpoint of the `/rerank` protocol that Cohere, Jina, vLLM and Hugging Face's TEI share; none without the setting.
 */
import type { Config } from '../kernel/config.ts';
import { TroupeError } from '../kernel/errors.ts';

export interface Reranker {
  /** Relevance of each text, in their order; comparable within one answer only. Rejects with `model-failed`. */
  rank(question: string, texts: readonly string[]): Promise<number[]>;
}

/** A question waits only so long: then the order stays as it was. */
const WAIT_MS = 2_000;
const LONGEST = 4_000;
const MOST_ANSWER_BYTES = 1_000_000;

export function openReranker(config: Config): Reranker | undefined {
  const { TROUPE_RERANK_URL: url, TROUPE_RERANK_MODEL: model, TROUPE_RERANK_API_KEY: key } = config;
  if (url === '') return undefined;
  return {
    async rank(question, texts) {
      const request = {
        model,
        query: question.slice(0, LONGEST),
        documents: texts.map(text => text.slice(0, LONGEST)),
        top_n: texts.length,
        return_documents: false,
      };
      const answer = await fetch(`${url.replace(/\/+$/, '')}/rerank`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(WAIT_MS),
      })
        .then(async response => ({ ok: response.ok, text: await response.text() }))
        .catch((cause: unknown) => {
          throw new TroupeError('model-failed', 'The reranking endpoint did not answer', { cause });
        });
      const scores = answer.ok && answer.text.length < MOST_ANSWER_BYTES ? scoresIn(answer.text) : [];
      const ranked = texts.map((_, i) => scores[i]);
      if (ranked.some(score => score === undefined))
        throw new TroupeError(
          'model-failed',
          'The reranking endpoint answered with something else than scores',
        );
      return ranked as number[];
    },
  };
}

function scoresIn(text: string): number[] {
  const scores: number[] = [];
  let results: unknown;
  try {
    ({ results } = JSON.parse(text) as { results?: unknown });
  } catch {
    return scores; // no scores: it is said so by whoever asked
  }
  for (const each of Array.isArray(results) ? results : []) {
    const { index, relevance_score: score } = (each ?? {}) as { index?: unknown; relevance_score?: unknown };
    if (typeof index === 'number' && typeof score === 'number' && Number.isFinite(score))
      scores[index] = score;
  }
  return scores;
}
