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
/** Who writes is told of so often; not heard of for longer, they have stopped. */
const TYPING_EVERY_MS = 3_000;
const TYPING_LASTS_MS = 6_000;

/** Colleagues who look at the open conversation too. */
export interface Others {
  readonly count: number;
  /** Those of them who are known by name; a key has none. */
  readonly names: readonly string[];
  /** Who writes to the customer at this moment; empty for somebody without a name. */
  readonly writing: string | null;
}

export const NOBODY: Others = { count: 0, names: [], writing: null };

export interface Hints {
  /** Some conversations, or any (null), may have changed. */
  readonly changed: (conversationIds: readonly string[] | null) => void;
  readonly connected: (connected: boolean) => void;
}

export interface Following {
  /** Tells of colleagues who look at a conversation besides this person, until it is called. */
  readonly look: (conversationId: string, others: (others: Others) => void) => () => void;
  /** This person writes to the customer. */
  readonly typing: (conversationId: string) => void;
  readonly end: () => void;
}

interface Presence {
  readonly persons?: number;
  readonly people?: readonly { readonly id: string; readonly name: string }[];
}
type Told = { readonly ok?: boolean; readonly result?: Presence } | undefined;
interface Heard {
  readonly conversationId: string;
  readonly event: string;
  readonly data: { readonly typing?: string; readonly by?: { readonly id: string; readonly name: string } };
}

/** `by` is how colleagues know this person: their other windows are not colleagues. */
export function followHints(
  token: () => Promise<string>,
  by: string,
  { changed, connected }: Hints,
): Following {
  let toldTyping = 0;
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
      let now = NOBODY;
      const tell = (change: Partial<Others>) => {
        now = { ...now, ...change };
        others(now);
      };
      const count = () =>
        ask('presence', told => {
          if (told?.ok && told.result) tell(othersOf(told.result, by));
        });
      let stopped: ReturnType<typeof setTimeout>;
      const heard = ({ conversationId: of, event, data }: Heard) => {
        if (of !== conversationId || event !== 'typing' || !data.by || data.by.name === by) return;
        const { id, name } = data.by;
        clearTimeout(stopped);
        tell({ writing: data.typing === 'ends' ? null : name === id ? '' : name });
        stopped = setTimeout(() => tell({ writing: null }), TYPING_LASTS_MS);
      };
      socket.on('event', heard);
      const join = () => ask('subscribe', count);
      if (socket.connected) join();
      socket.on('connect', join);
      const timer = setInterval(() => {
        if (socket.connected) count();
      }, PRESENCE_MS);
      return () => {
        clearInterval(timer);
        clearTimeout(stopped);
        socket.off('event', heard);
        socket.off('connect', join);
        if (socket.connected) ask('unsubscribe', () => undefined);
      };
    },
    typing(conversationId) {
      if (!socket.connected || Date.now() - toldTyping < TYPING_EVERY_MS) return;
      toldTyping = Date.now();
      socket.emit('typing', { conversationId, typing: 'begins' });
    },
    end() {
      for (const timer of timers) clearTimeout(timer);
      socket.disconnect();
    },
  };
}

/** A person is known by name, and their other windows are theirs; of keys only the windows can be counted. */
export function othersOf({ persons = 0, people = [] }: Presence, by: string): Omit<Others, 'writing'> {
  const mine = people.some(({ name }) => name === by);
  const names = people.filter(({ id, name }) => name !== by && name !== id).map(({ name }) => name);
  return { names, count: mine ? people.length - 1 : Math.max(names.length, persons - 1, 0) };
}
