/** Sockets of whoever may no longer: closed below socket.io, so that their client comes back, with credentials that are looked at again. */
import type { Server, Socket } from 'socket.io';
import { hasCode } from '../../../lib/kernel/errors.ts';

export function tokenOf({ handshake }: Socket): string {
  const { token } = handshake.auth as { token?: unknown };
  return typeof token === 'string'
    ? token
    : (handshake.headers.authorization?.replace(/^bearer /i, '') ?? '');
}

export function letGo(io: Server, isMeant: (socket: Socket) => boolean): void {
  for (const socket of io.sockets.sockets.values()) if (isMeant(socket)) socket.conn.close();
}

/** One after the other: thousands of questions at once would delay those who wait for an answer. */
export async function confirmAll(
  io: Server,
  authenticate: (token: string) => Promise<unknown>,
): Promise<void> {
  for (const socket of [...io.sockets.sockets.values()])
    await authenticate(tokenOf(socket)).catch((error: unknown) => {
      if (hasCode(error, 'unauthenticated')) socket.conn.close();
    });
}
