/**
 * When to look again. The platform's sockets hint at conversations that have changed; a hint may overtake the list
 * that it speaks of, so there is a second look. Without a socket the inbox looks every few seconds.
 */
import { io, type Socket } from 'socket.io-client';

const SECOND_LOOK_MS = 1_000;
const POLL_MS = 4_000;
/** Also with a socket: a hint is a passing thing and may be lost. */
const SAFETY_POLL_MS = 30_000;
const PRESENCE_MS = 10_000;

export interface Hints {
  /** Some conversations, or any (null), may have changed. */
  readonly changed: (conversationIds: readonly string[] | null) => void;
  readonly connected: (connected: boolean) => void;
}

export interface Following {
  /** Tells `others` how many colleagues look at a conversation besides this page, until it is called. */
  readonly look: (conversationId: string, others: (count: number) => void) => () => void;
  readonly end: () => void;
}

type Told = { readonly ok?: boolean; readonly result?: { readonly persons?: number } } | undefined;

export function followHints(token: () => Promise<string>, { changed, connected }: Hints): Following {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const socket: Socket = io({
    path: '/ws/chat',
    transports: ['websocket'],
    auth: give => {
      token().then(
        value => give({ token: value }),
        () => give({}),
      );
    },
  });
  socket.on('connect', () => {
    connected(true);
    changed(null);
  });
  socket.on('disconnect', () => connected(false));
  socket.on('conversations', ({ conversationIds }: { conversationIds: readonly string[] }) => {
    changed(conversationIds);
    later(SECOND_LOOK_MS, () => changed(conversationIds));
  });
  const poll = () =>
    later(socket.connected ? SAFETY_POLL_MS : POLL_MS, () => {
      changed(null);
      poll();
    });
  poll();
  return {
    look(conversationId, others) {
      const ask = (event: string, then: (told: Told) => void) =>
        socket.timeout(5_000).emit(event, { conversationId }, (error: Error | null, told: Told) => {
          if (!error) then(told);
        });
      const count = () =>
        ask('presence', told => {
          const persons = told?.result?.persons;
          if (told?.ok && typeof persons === 'number') others(Math.max(0, persons - 1));
        });
      const join = () => ask('subscribe', count);
      if (socket.connected) join();
      socket.on('connect', join);
      const timer = setInterval(() => {
        if (socket.connected) count();
      }, PRESENCE_MS);
      return () => {
        clearInterval(timer);
        socket.off('connect', join);
        if (socket.connected) ask('unsubscribe', () => undefined);
      };
    },
    end() {
      for (const timer of timers) clearTimeout(timer);
      socket.disconnect();
    },
  };
}
