/**
 * When to look again. The platform's sockets hint at conversations that have changed; a hint may overtake the list
 * that it speaks of, so there is a second look. Without a socket the inbox looks every few seconds.
 */
import { io } from 'socket.io-client';

const SECOND_LOOK_MS = 1_000;
const POLL_MS = 4_000;
/** Also with a socket: a hint is a passing thing and may be lost. */
const SAFETY_POLL_MS = 30_000;

export interface Hints {
  /** Some conversations, or any (null), may have changed. */
  readonly changed: (conversationIds: readonly string[] | null) => void;
  readonly connected: (connected: boolean) => void;
}

/** Begins; returns what ends it. */
export function followHints(key: string, { changed, connected }: Hints): () => void {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const socket = io({ path: '/ws/chat', transports: ['websocket'], auth: { token: key } });
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
  return () => {
    for (const timer of timers) clearTimeout(timer);
    socket.disconnect();
  };
}
