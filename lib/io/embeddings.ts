/**
 * The embeddings port: texts in, unit vectors out. Any OpenAI-compatible `/embeddings` endpoint by configuration;
 * without one the lexical embedding of our own (`lib/core/knowledge/embed.ts`), which knows spellings, not meanings.
 */
import OpenAI from 'openai';
import { EMBEDDING_NAME, embed, unit } from '../core/knowledge/embed.ts';
import { type FusionWeight, LEXICAL_FUSION, MODEL_FUSION } from '../core/knowledge/hybrid.ts';
import type { Config } from '../kernel/config.ts';
import { TroupeError } from '../kernel/errors.ts';

export interface Embedder {
  /** Names what makes the vectors: only those of one space can be compared. */
  readonly space: string;
  readonly fusion: FusionWeight;
  /** Made in this process, at once: passages get their vectors in the transaction that takes them in. */
  readonly local: boolean;
  /** Unit vectors of passages, in their order. Rejects with `model-failed`. */
  passages(texts: readonly string[]): Promise<Float32Array[]>;
  /** Of a question; `rarity` weighs its words where words are what is embedded. Rejects with `model-failed`. */
  question(text: string, rarity: (term: string) => number): Promise<Float32Array>;
}

/** Characters of one text that are embedded; models take about 8,000 tokens. */
const LONGEST = 8_000;
const BATCH = 64;
/** A question waits for its vector only so long: then the words answer alone. */
const QUESTION_MS = 2_000;
const PASSAGES_MS = 60_000;

export const lexicalEmbedder: Embedder = {
  space: EMBEDDING_NAME,
  fusion: LEXICAL_FUSION,
  local: true,
  passages: async texts => texts.map(text => embed(text)),
  question: async (text, rarity) => embed(text, rarity),
};

/** The endpoint's that the settings name, else the lexical one. */
export function openEmbedder(config: Config): Embedder {
  const { TROUPE_EMBEDDINGS_URL: baseURL, TROUPE_EMBEDDINGS_MODEL: model } = config;
  if (baseURL === '') return lexicalEmbedder;
  const dimensions = config.TROUPE_EMBEDDINGS_DIMENSIONS;
  const client = new OpenAI({
    baseURL,
    apiKey: config.TROUPE_EMBEDDINGS_API_KEY || 'none',
    maxRetries: 1,
    logLevel: 'off',
  });
  async function ask(input: readonly string[], timeout: number): Promise<Float32Array[]> {
    const request = { model, input: [...input], encoding_format: 'float' as const };
    const { data } = await client.embeddings
      .create({ ...request, ...(dimensions > 0 ? { dimensions } : {}) }, { timeout })
      .catch((cause: unknown) => {
        throw new TroupeError('model-failed', 'The embeddings endpoint failed', { cause });
      });
    const made = data
      .toSorted((a, b) => a.index - b.index)
      .map(({ embedding }) => unit(Float32Array.from(embedding)));
    if (made.length !== input.length || made.some(vector => vector.length === 0))
      throw new TroupeError(
        'model-failed',
        'The embeddings endpoint answered with another number of vectors',
      );
    return made;
  }
  return {
    space: `${model}${dimensions > 0 ? `/${dimensions}` : ''}`,
    fusion: MODEL_FUSION,
    local: false,
    async passages(texts) {
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += BATCH)
        vectors.push(
          ...(await ask(
            texts.slice(at, at + BATCH).map(text => text.slice(0, LONGEST)),
            PASSAGES_MS,
          )),
        );
      return vectors;
    },
    question: async text => (await ask([text.slice(0, LONGEST)], QUESTION_MS))[0]!,
  };
}
