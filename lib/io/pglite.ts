/**
 * The database port on PGlite: PostgreSQL in WebAssembly inside a worker thread, in a folder that one process
 * at a time may hold. It survives the death of the process; it does not call fsync, so not a power cut.
 */
import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { readerSettings } from '../core/knowledge/access.ts';
import { invariant, TroupeError } from '../kernel/errors.ts';
import type { Database, JobRole, OwnerTransaction } from './database.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import type { WorkerReply, WorkerRequest } from './pglite-worker.ts';

export interface PgliteOptions {
  /** Folder of the database; without it the data lives in memory only. */
  readonly dataDir?: string;
  /** A dump of a data folder (tar) that a new database begins with. */
  readonly template?: string;
}

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id'> : never;

/** Opens the folder. Throws `conflict` when another process holds it. */
export async function openPglite(options: PgliteOptions = {}): Promise<Database> {
  let lock: FolderLock | undefined;
  if (options.dataDir) {
    mkdirSync(options.dataDir, { recursive: true });
    lock = await lockFolder(options.dataDir);
  }
  const connection = connect(options);
  await connection.ready;

  // One connection: a transaction holds it alone until it ends.
  let tail: Promise<unknown> = Promise.resolve();
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  }

  function transaction<T>(
    role: string | undefined,
    settings: readonly (readonly [name: string, value: string])[],
    work: (tx: OwnerTransaction) => Promise<T>,
  ): Promise<T> {
    return alone(async () => {
      try {
        await connection.ask({
          kind: 'begin',
          script: role ? `begin; set local role ${role}` : 'begin',
          settings,
        });
        const tx = connection.transaction();
        const result = await work(tx);
        // After a failed statement `commit` would roll back and look like a success; any other statement is refused.
        if (tx.failed) await connection.ask({ kind: 'query', text: 'select 1', values: [] });
        await connection.ask({ kind: 'script', text: 'commit' });
        return result;
      } catch (error) {
        await connection.ask({ kind: 'script', text: 'rollback' });
        throw error;
      }
    });
  }

  return {
    kind: 'pglite',
    async withTenant(tenantId, work, reader) {
      if (!tenantId)
        throw new TroupeError('tenant-missing', 'No tenant was given for a transaction on tenant data');
      const settings = reader ? readerSettings(reader) : [];
      return await transaction('troupe_app', [['app.tenant_id', tenantId], ...settings], work);
    },
    asJob: (role, work) => transaction(role, [], work),
    statement: <Row extends object>(role: JobRole, _name: string, text: string, values: readonly unknown[]) =>
      alone(() => connection.ask({ kind: 'statement', role, text, values }) as Promise<Row[]>),
    asOwner: work => transaction(undefined, [], work),
    async close() {
      await tail;
      await connection.close();
      await lock?.release();
    },
  };
}

function connect(options: PgliteOptions) {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: options });
  const waiting = new Map<
    number,
    { resolve: (rows: readonly object[]) => void; reject: (error: Error) => void }
  >();
  let lastId = 0;
  let failure: Error | undefined;
  const ready = new Promise<readonly object[]>((resolve, reject) => waiting.set(0, { resolve, reject }));

  worker.on('message', (reply: WorkerReply) => {
    const waiter = waiting.get(reply.id);
    invariant(waiter, 'the database worker answers only what was asked');
    waiting.delete(reply.id);
    if ('rows' in reply) waiter.resolve(reply.rows);
    else waiter.reject(Object.assign(new Error(reply.error.message), reply.error));
  });
  const fail = (error: Error) => {
    failure = error;
    for (const waiter of waiting.values()) waiter.reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', code =>
    fail(new TroupeError('unavailable', `The embedded database has ended (code ${code})`)),
  );

  function ask(request: Unnumbered<WorkerRequest>): Promise<readonly object[]> {
    if (failure) return Promise.reject(failure);
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });
  }
  const transaction = (): OwnerTransaction & { readonly failed: boolean } => {
    let failed = false;
    const run = (request: Unnumbered<WorkerRequest>) =>
      ask(request).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    return {
      get failed() {
        return failed;
      },
      query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
        (await run({ kind: 'query', text, values })) as Row[],
      script: async text => {
        await run({ kind: 'script', text });
      },
    };
  };
  return {
    ready,
    ask,
    transaction,
    async close() {
      const ended = new Promise(resolve => worker.once('exit', resolve));
      await ask({ kind: 'close' });
      await ended;
    },
  };
}
