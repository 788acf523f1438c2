/** The worker thread that owns PGlite, so that a long query never stalls the node's event loop. */
import { openAsBlob } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { PgliteOptions } from './pglite.ts';

export type WorkerRequest =
  | {
      readonly id: number;
      readonly kind: 'query';
      readonly text: string;
      readonly values: readonly unknown[];
    }
  | { readonly id: number; readonly kind: 'script'; readonly text: string }
  | { readonly id: number; readonly kind: 'close' };

export type WorkerReply =
  | { readonly id: number; readonly rows: readonly object[] }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly code?: string; readonly constraint?: string };
    };

const port = parentPort!;
const { dataDir, template } = workerData as PgliteOptions;
const database = await PGlite.create({
  ...(dataDir ? { dataDir } : {}),
  ...(template ? { loadDataDir: await openAsBlob(template) } : {}),
  extensions: { vector },
});

async function answer(request: WorkerRequest): Promise<readonly object[]> {
  if (request.kind === 'query') return (await database.query<object>(request.text, [...request.values])).rows;
  if (request.kind === 'script') await database.exec(request.text);
  else await database.close();
  return [];
}

// PGlite is one connection and queues by itself; requests are answered in the order they came.
port.on('message', async (request: WorkerRequest) => {
  try {
    port.postMessage({ id: request.id, rows: await answer(request) } satisfies WorkerReply);
  } catch (error) {
    const { message, code, constraint } = error as Error & { code?: string; constraint?: string };
    port.postMessage({ id: request.id, error: { message, code, constraint } } as WorkerReply);
  }
  if (request.kind === 'close') port.close();
});
port.postMessage({ id: 0, rows: [] } satisfies WorkerReply);
