/**
 * Kept answers of models, for tenants that have asked for it: looked up by who asks and what, kept by what it cost.
 * A failure of the cache is a miss, and is logged.
 */

import { type Reader, readerSettings } from '../../core/knowledge/access.ts';
import {
  type AnswerPlace,
  type AnswersPolicy,
  mayKeep,
  nearest,
  partitionOf,
  questionDigest,
} from '../../core/models/answer-cache.ts';
import { newId } from '../../kernel/ids.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { Database } from '../database.ts';
import type { Embedder } from '../embeddings.ts';
import { answersIn, type CachedRow, keepAnswer, knowledgeState } from '../sql/answer-cache.ts';
import type { Spending } from './spending.ts';

const OF_PARTITION = 64;
const OF_TENANT = 10_000;

export interface Question extends Omit<AnswerPlace, 'reader' | 'knowledge'> {
  readonly reader: Reader;
}

/** A question that was looked up: found, or to be kept once it is answered. */
export interface LookedUp<A extends object> {
  readonly found: { readonly answer: A; readonly costMicroUsd: number; readonly ageMs: number } | undefined;
  /** In the place that was looked at: what has become known since is another place. */
  keep(answer: A, text: string, costMicroUsd: number): Promise<void>;
}

/** A call that needed no model, in the ledger with what it saved. */
export function countKept(
  spending: Pick<Spending, 'record'>,
  call: {
    readonly tenantId: string;
    readonly source: 'api' | 'conversation';
    readonly conversationId: string | null;
    readonly agent: string | null;
    readonly model: string;
    readonly savedMicroUsd: number;
  },
): void {
  spending.record({
    ...call,
    callId: newId('request'),
    tier: 'KEPT',
    endpoint: 'kept-answers',
    outcome: 'cached',
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    measured: true,
    costMicroUsd: 0,
    latencyMs: 0,
  });
}

export class AnswerCache {
  readonly #ports: { readonly database: Database; readonly embedder: Embedder; readonly log: Log };

  constructor(ports: { readonly database: Database; readonly embedder: Embedder; readonly log: Log }) {
    this.#ports = ports;
  }

  /** Undefined where nothing may be kept of such a question. */
  async look<A extends object>(
    question: Question,
    { ttlMs, similarity }: AnswersPolicy,
  ): Promise<LookedUp<A> | undefined> {
    const { database, embedder, log } = this.#ports;
    const { tenantId, reader, question: text } = question;
    if (!mayKeep(text)) return undefined;
    try {
      const vector = await embedder.question(text, () => 1, tenantId);
      const digest = questionDigest(text);
      const looked = await database.withTenant(
        tenantId,
        async tx => {
          const knowledge = await knowledgeState(tx);
          const partition = partitionOf({ ...question, reader: readerSettings(reader), knowledge });
          return { partition, rows: await answersIn(tx, partition, OF_PARTITION) };
        },
        reader,
      );
      const { partition, rows } = looked;
      const same =
        rows.find(row => digest.equals(row.question)) ??
        nearest(rows.map(withVector), vector, similarity)?.row;
      return {
        found: same && { answer: same.answer as A, costMicroUsd: same.costMicroUsd, ageMs: same.ageMs },
        keep: async (answer, said, costMicroUsd) => {
          if (!mayKeep(text, said)) return;
          const embedding = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
          const answerId = newId('request');
          const row = {
            tenantId,
            partition,
            answerId,
            question: digest,
            embedding,
            answer,
            costMicroUsd,
            ttlMs,
          };
          await database
            .withTenant(tenantId, tx =>
              keepAnswer(tx, row, { ofPartition: OF_PARTITION, ofTenant: OF_TENANT }),
            )
            .catch((error: unknown) => log.warn('answers.not-kept', describeError(error)));
        },
      };
    } catch (error) {
      log.warn('answers.not-looked-up', describeError(error));
      return undefined;
    }
  }
}

function withVector(row: CachedRow): { readonly row: CachedRow; readonly embedding: Float32Array } {
  // Copied: what a driver gives need not lie at a multiple of four.
  return { row, embedding: new Float32Array(Uint8Array.from(row.embedding).buffer) };
}
