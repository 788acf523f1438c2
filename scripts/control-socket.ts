/**
 * How tools on the same machine speak to a running embedded node: a local socket in its data folder that only the
 * owner of the folder can open. One JSON request a line, one JSON answer a line. The REPL and `make tenant` use it.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceBroker } from 'moleculer';
import { isErrorCode, TroupeError } from '../lib/kernel/errors.ts';
import { toTroupeError } from '../lib/moleculer/errors.ts';

export interface ControlRequest {
  readonly action: string;
  readonly params: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
}

const socketIn = (dataDir: string) => join(dataDir, 'control.sock');

/** Answers calls of actions as an operator. Give the path to whoever may do everything: it is as strong as the database. */
export function serveControlSocket(broker: ServiceBroker, dataDir: string): () => void {
  const path = socketIn(dataDir);
  rmSync(path, { force: true }); // left by a process that was killed; the folder's lock says that it is gone
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', line => {
      void answer(broker, line).then(reply => socket.write(`${JSON.stringify(reply)}\n`));
    });
  });
  server.listen(path, () => chmodSync(path, 0o600));
  server.unref();
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

async function answer(broker: ServiceBroker, line: string): Promise<unknown> {
  try {
    const { action, params, meta } = JSON.parse(line) as ControlRequest;
    if (action === '$actions') return { ok: broker.registry.getActionList({ onlyAvailable: true } as never) };
    return { ok: await broker.call(action, params, { meta: { ...meta } }) };
  } catch (error) {
    const { code, message } = toTroupeError(error);
    return { error: { code, message } };
  }
}

/** Calls an action on the node that runs on this data folder. Throws `unavailable` when none does. */
export function askRunningNode<T>(dataDir: string, request: ControlRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketIn(dataDir), () => {
      createInterface({ input: socket }).once('line', line => {
        socket.end();
        const reply = JSON.parse(line) as { ok?: T; error?: { code: string; message: string } };
        if (!reply.error) resolve(reply.ok as T);
        else
          reject(
            isErrorCode(reply.error.code)
              ? new TroupeError(reply.error.code, reply.error.message)
              : new Error(reply.error.message),
          );
      });
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on('error', () =>
      reject(new TroupeError('unavailable', `No Troupe is running on ${dataDir}; start it with ./start.sh`)),
    );
  });
}
