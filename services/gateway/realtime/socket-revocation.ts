/** Sockets of whoever may no longer: closed below socket.io, so that their client comes back, with credentials that are looked at again. */
import type { Server, Socket } from 'socket.io';
import { hasCode, type TroupeError } from '../../../lib/kernel/errors.ts';
import { newId } from '../../../lib/kernel/ids.ts';
import { asProblem } from '../problem.ts';

export function tokenOf({ handshake }: Socket): string {
  const { token } = handshake.auth as { token?: unknown };
  return typeof token === 'string'
    ? token
    : (handshake.headers.authorization?.replace(/^bearer /i, '') ?? '');
}

/** Who does not even read why is let go all the same. */
const TOLD_MS = 1_000;

/** Each hears `ended` with a problem that says why, and is let go. */
export function letGo(io: Server, isMeant: (socket: Socket) => boolean, why: TroupeError): void {
  for (const socket of io.sockets.sockets.values()) if (isMeant(socket)) end(socket, why);
}

function end(socket: Socket, why: TroupeError): void {
  const { conn } = socket;
  socket.emit('ended', asProblem(why, newId('request')).problem);
  conn.close();
  const timer = setTimeout(() => conn.close(true), TOLD_MS);
  timer.unref();
  conn.once('close', () => clearTimeout(timer));
}

/** One after the other: thousands of questions at once would delay those who wait for an answer. */
export async function confirmAll(
  io: Server,
  authenticate: (token: string) => Promise<unknown>,
): Promise<void> {
  for (const socket of [...io.sockets.sockets.values()])
    await authenticate(tokenOf(socket)).catch((error: unknown) => {
      if (hasCode(error, 'unauthenticated')) end(socket, error as TroupeError);
    });
}
