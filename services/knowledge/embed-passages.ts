/** Gives documents the vectors that they lack: large ones, those of a model elsewhere, all of them when the model changes. */
import { setImmediate } from 'node:timers/promises';
import { KEEPER } from '../../lib/core/knowledge/access.ts';
import type { Database } from '../../lib/io/database.ts';
import type { Embedder } from '../../lib/io/embeddings.ts';
import {
  type DueDocument,
  embedLater,
  insertVectors,
  noteEmbedded,
  readStore,
  takeUnembedded,
  unembeddedChunks,
} from '../../lib/io/sql/knowledge-vectors.ts';
import { fullJitter } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';

const AT_ONCE = 4;
/** What a node that died had taken comes again after so long. */
const LEASE_MS = 120_000;
const BATCH = 32;
const RETRY_BASE_MS = 2_000;
const RETRY_CAP_MS = 600_000;

/** A passage as it is embedded: with where it stands. */
export function embeddedText({
  title,
  headings,
  context,
  body,
}: {
  readonly title: string;
  readonly headings: readonly string[];
  readonly context: string;
  readonly body: string;
}): string {
  return [title, ...headings, context, body].filter(part => part !== '').join('\n');
}

/** Does what is due; answers whether there may be more. */
export async function embedDue(database: Database, embedder: Embedder, log: Log): Promise<boolean> {
  const due = await takeUnembedded(database, AT_ONCE, LEASE_MS);
  for (const document of due)
    await embedDocument(database, embedder, document).catch(async (error: unknown) => {
      log.warn('knowledge.embedding-failed', { attempts: document.attempts, ...describeError(error) });
      const afterMs = fullJitter(document.attempts, RETRY_BASE_MS, RETRY_CAP_MS);
      await database.withTenant(
        document.tenantId,
        tx => embedLater(tx, document.documentId, afterMs),
        KEEPER,
      );
    });
  return due.length > 0;
}

async function embedDocument(
  database: Database,
  { space, passages }: Embedder,
  { tenantId, documentId }: DueDocument,
): Promise<void> {
  const [chunks, { native }] = await database.withTenant(
    tenantId,
    async tx => [await unembeddedChunks(tx, documentId, space), await readStore(tx, space)] as const,
    KEEPER,
  );
  for (let at = 0; at < chunks.length; at += BATCH) {
    const batch = chunks.slice(at, at + BATCH);
    const vectors = await passages(batch.map(embeddedText), tenantId);
    // A passage that has gone meanwhile has no row to refer to: it is left out by the statement itself.
    const rows = batch.map(({ chunkId }, i) => ({ chunkId, vector: vectors[i]! }));
    await database.withTenant(tenantId, tx => insertVectors(tx, { tenantId, space, native }, rows), KEEPER);
    await setImmediate();
  }
  await database.withTenant(tenantId, tx => noteEmbedded(tx, documentId, space), KEEPER);
}
