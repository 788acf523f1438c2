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
  /** A transaction begins: what `script` says, then the settings that hold within it. */
  | {
      readonly id: number;
      readonly kind: 'begin';
      readonly script: string;
      readonly settings: readonly (readonly [name: string, value: string])[];
    }
  /** A whole transaction of one query. */
  | {
      readonly id: number;
      readonly kind: 'statement';
      readonly role: string;
      readonly text: string;
      readonly values: readonly unknown[];
    }
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

const query = async (text: string, values: readonly unknown[]) =>
  (await database.query<object>(text, [...values])).rows;

async function answer(request: WorkerRequest): Promise<readonly object[]> {
  switch (request.kind) {
    case 'query':
      return await query(request.text, request.values);
    case 'script':
      await database.exec(request.text);
      return [];
    case 'begin':
      await database.exec(request.script);
      if (request.settings.length > 0)
        await query(
          `select ${request.settings.map(([name], i) => `set_config('${name}', $${i + 1}, true)`).join(', ')}`,
          request.settings.map(([, value]) => value),
        );
      return [];
    case 'statement':
      return await statement(request.role, request.text, request.values);
    case 'close':
      await database.close();
      return [];
  }
}

/** In one message: most of what a small statement costs is waking the two threads for each other. */
async function statement(role: string, text: string, values: readonly unknown[]): Promise<readonly object[]> {
  await database.exec(`begin; set local role ${role}`);
  try {
    const rows = await query(text, values);
    await database.exec('commit');
    return rows;
  } catch (error) {
    await database.exec('rollback');
    throw error;
  }
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
