/** The intents of agents: trained in a thread of their own, kept in the database, answered from memory. */
import { deserialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import {
  classifyIntent,
  type IntentAnswer,
  type IntentModel,
  type LabelledText,
} from '../../core/routing/intent-classifier.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Database } from '../database.ts';
import { intentVersion, readIntents, writeIntents } from '../sql/router-reports.ts';

interface Loaded {
  readonly version: number;
  readonly model: IntentModel;
  checkedMs: number;
}

const FRESH_MS = 5_000;
const MOST_MODELS = 20;
const TRAINING_MS = 110_000;

export class IntentModels {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #loaded = new Map<string, Loaded>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Replaces what the agent knew. Rejects with `overloaded` when training takes too long. */
  async teach(
    tenantId: string,
    agent: string,
    examples: readonly LabelledText[],
  ): Promise<{ version: number; intents: number; examples: number }> {
    const { labels, bytes } = await this.#train(examples);
    const version = await this.#database.withTenant(tenantId, tx =>
      writeIntents(tx, tenantId, agent, { examples: examples.length, labels, model: bytes }),
    );
    this.#loaded.delete(`${tenantId} ${agent}`);
    return { version, intents: labels.length, examples: examples.length };
  }

  /** Undefined when the agent was taught none. */
  async detect(
    tenantId: string,
    agent: string,
    text: string,
  ): Promise<(IntentAnswer & { version: number }) | undefined> {
    const loaded = await this.#load(tenantId, agent);
    return loaded && { ...classifyIntent(loaded.model, text), version: loaded.version };
  }

  async #load(tenantId: string, agent: string): Promise<Loaded | undefined> {
    const key = `${tenantId} ${agent}`;
    const now = this.#clock.monotonic();
    const known = this.#loaded.get(key);
    if (known && now - known.checkedMs < FRESH_MS) return known;
    const row = await this.#database.withTenant(tenantId, async tx => {
      if (known && (await intentVersion(tx, agent)) === known.version) return 'same' as const;
      return await readIntents(tx, agent);
    });
    if (row === 'same') {
      known!.checkedMs = now;
      return known;
    }
    this.#loaded.delete(key);
    if (!row) return undefined;
    const loaded = { version: row.version, model: deserialize(row.model) as IntentModel, checkedMs: now };
    if (this.#loaded.size >= MOST_MODELS) this.#loaded.delete(this.#loaded.keys().next().value!);
    this.#loaded.set(key, loaded);
    return loaded;
  }

  #train(examples: readonly LabelledText[]): Promise<{ labels: readonly string[]; bytes: Uint8Array }> {
    const worker = new Worker(new URL('./intent-worker.ts', import.meta.url), { workerData: examples });
    const { promise, resolve, reject } = Promise.withResolvers<{
      labels: readonly string[];
      bytes: Uint8Array;
    }>();
    const late = this.#clock.after(TRAINING_MS, () =>
      reject(
        new TroupeError('overloaded', 'Training took too long; give fewer examples', { retryAfter: 60 }),
      ),
    );
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`training ended with ${code} and no model`)));
    return promise.finally(async () => {
      late.cancel();
      await worker.terminate();
    });
  }
}
