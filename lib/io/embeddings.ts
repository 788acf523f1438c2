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
  /** Unit vectors of passages of a tenant, in their order. Rejects with `model-failed`, and as `Paid` does. */
  passages(texts: readonly string[], tenantId: string): Promise<Float32Array[]>;
  /** Of a question; `rarity` weighs its words where words are what is embedded. Rejects with `model-failed`, and as `Paid` does. */
  question(text: string, rarity: (term: string) => number, tenantId: string): Promise<Float32Array>;
}

/** What an endpoint was asked, and the tokens that it says it has used. */
export interface Used<T> {
  readonly value: T;
  readonly tokens: number;
}

/** Lets a call for a tenant through and pays for it. Rejects with `budget-exhausted`, `rate-limited` and the like. */
export type Paid = <T>(
  tenantId: string,
  characters: number,
  timeMs: number,
  ask: () => Promise<Used<T>>,
) => Promise<T>;

/** Characters of one text that are embedded; models take about 8,000 tokens. */
const LONGEST = 8_000;
const BATCH = 64;
/** A question waits for its vector only so long: then the words answer alone. */
const QUESTION_MS = 2_000;
const PASSAGES_MS = 60_000;

export const lexicalEmbedder = {
  space: EMBEDDING_NAME,
  fusion: LEXICAL_FUSION,
  local: true,
  passages: async (texts: readonly string[]) => texts.map(text => embed(text)),
  question: async (text: string, rarity: (term: string) => number) => embed(text, rarity),
} satisfies Embedder;

/** The endpoint's that the settings name, else the lexical one. */
export function openEmbedder(
  config: Config,
  paid: Paid = async (_, __, ___, ask) => (await ask()).value,
): Embedder {
  const { TROUPE_EMBEDDINGS_URL: baseURL, TROUPE_EMBEDDINGS_MODEL: model } = config;
  if (baseURL === '') return lexicalEmbedder;
  const dimensions = config.TROUPE_EMBEDDINGS_DIMENSIONS;
  const client = new OpenAI({
    baseURL,
    apiKey: config.TROUPE_EMBEDDINGS_API_KEY || 'none',
    maxRetries: 1,
    logLevel: 'off',
  });
  const ask = (input: readonly string[], timeMs: number, tenantId: string) =>
    paid(
      tenantId,
      input.reduce((sum, { length }) => sum + length, 0),
      timeMs,
      () => made(input, timeMs),
    );

  async function made(input: readonly string[], timeout: number): Promise<Used<Float32Array[]>> {
    const request = { model, input: [...input], encoding_format: 'float' as const };
    const { data, usage } = await client.embeddings
      .create({ ...request, ...(dimensions > 0 ? { dimensions } : {}) }, { timeout })
      .catch((cause: unknown) => {
        throw new TroupeError('model-failed', 'The embeddings endpoint failed', { cause });
      });
    const value = data
      .toSorted((a, b) => a.index - b.index)
      .map(({ embedding }) => unit(Float32Array.from(embedding)));
    if (value.length !== input.length || value.some(vector => vector.length === 0))
      throw new TroupeError(
        'model-failed',
        'The embeddings endpoint answered with another number of vectors',
      );
    return { value, tokens: usage?.prompt_tokens ?? 0 };
  }
  return {
    space: `${model}${dimensions > 0 ? `/${dimensions}` : ''}`,
    fusion: MODEL_FUSION,
    local: false,
    async passages(texts, tenantId) {
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += BATCH)
        vectors.push(
          ...(await ask(
            texts.slice(at, at + BATCH).map(text => text.slice(0, LONGEST)),
            PASSAGES_MS,
            tenantId,
          )),
        );
      return vectors;
    },
    question: async (text, _, tenantId) => (await ask([text.slice(0, LONGEST)], QUESTION_MS, tenantId))[0]!,
  };
}
