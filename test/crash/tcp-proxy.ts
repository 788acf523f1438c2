/**
 * Stands between one process and one server, so that the two can be cut off from each other: `refuse` ends what is
 * open and what comes (a firewall that rejects), `blackhole` lets nothing through either way and says nothing (one
 * that drops); what was on its way then arrives late.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Cut = 'refuse' | 'blackhole';

export interface TcpProxy {
  readonly port: number;
  cut(how: Cut): void;
  heal(): void;
  close(): void;
}

/** Listens on a free port of this machine and hands everything on to `targetPort`. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  let state: Cut | 'open' = 'open';
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer({ pauseOnConnect: true }, inner => {
    if (state === 'refuse') return void inner.resetAndDestroy();
    const outer = connect(targetPort, '127.0.0.1');
    const pair = [inner, outer] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      inner.destroy();
      outer.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    forward(inner, outer);
    forward(outer, inner);
    if (state === 'open') for (const socket of pair) socket.resume();
    else for (const socket of pair) socket.pause();
  });
  const forward = (from: Socket, to: Socket) => {
    from.on('data', data => {
      if (!to.write(data)) from.pause();
    });
    to.on('drain', () => {
      if (state === 'open') from.resume();
    });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut(how) {
      state = how;
      for (const [inner, outer] of pairs) {
        if (how === 'refuse') {
          inner.resetAndDestroy();
          outer.resetAndDestroy();
        } else {
          inner.pause();
          outer.pause();
        }
      }
    },
    heal() {
      state = 'open';
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    close() {
      server.close();
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
  };
}
