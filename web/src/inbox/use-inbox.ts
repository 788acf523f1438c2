/** The inbox as its components use it: what is listed, what is open, and what this person does about it. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Refusal } from '../chat/api.ts';
import { InboxApi } from './api.ts';
import { followHints } from './hints.ts';
import { queryOf } from './queue.ts';
import { emptyRoom, withRows } from './timeline.ts';
import type { Filter, ListedRow, Room, Signed } from './types.ts';

/** Pages of the list that a look reads, and subjects read at once. */
const MOST_PAGES = 10;
const SUBJECTS_AT_ONCE = 4;

export type Trouble =
  | { readonly kind: 'conflict' | 'unreachable' | 'not-sent' }
  | { readonly kind: 'refused'; readonly why: string };

export interface Inbox {
  readonly rows: readonly ListedRow[] | null;
  readonly more: boolean;
  readonly subjects: ReadonlyMap<string, string>;
  readonly connected: boolean;
  readonly room: Room | null;
  readonly trouble: Trouble | null;
  readonly busy: boolean;
  readonly showMore: () => void;
  readonly takeOver: () => void;
  readonly handBack: () => void;
  /** Resolves with whether the reply is on disk. */
  readonly reply: (messageId: string, text: string) => Promise<boolean>;
}

export function useInbox(
  signed: Signed,
  filter: Filter,
  openId: string | null,
  onRefused: () => void,
): Inbox {
  const api = useMemo(() => new InboxApi(signed), [signed]);
  const [connected, setConnected] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const failed = useCallback(
    (error: unknown) => {
      if (!(error instanceof Refusal)) setTrouble({ kind: 'unreachable' });
      else if (error.problem.status === 401) onRefused();
      else if (error.problem.code === 'conflict') setTrouble({ kind: 'conflict' });
      else setTrouble({ kind: 'refused', why: error.problem.detail || error.problem.title });
    },
    [onRefused],
  );
  const list = useList(api, filter, failed);
  const { room, look } = useRoom(api, openId, failed);
  const subjects = useSubjects(api, list.rows);

  const open = useRef(openId);
  open.current = openId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a trouble belongs to the conversation in which it came
  useEffect(() => setTrouble(null), [openId]);
  const { look: lookAtList } = list;
  useEffect(
    () =>
      followHints(signed.key, {
        connected: now => {
          setConnected(now);
          if (now) setTrouble(before => (before?.kind === 'unreachable' ? null : before));
        },
        changed(ids) {
          lookAtList();
          if (open.current !== null && (ids === null || ids.includes(open.current))) look();
        },
      }),
    [signed.key, lookAtList, look],
  );

  const act = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setTrouble(null);
    try {
      await work();
      return true;
    } catch (error) {
      failed(error);
      return false;
    } finally {
      setBusy(false);
      look();
      lookAtList();
    }
  };
  return {
    rows: list.rows,
    more: list.more,
    showMore: list.showMore,
    subjects,
    connected,
    room,
    trouble,
    busy,
    takeOver: () => openId && void act(() => api.takeOver(openId)),
    handBack: () => openId && void act(() => api.handBack(openId)),
    reply: async (messageId, text) => {
      if (!openId) return false;
      const sent = await act(() => api.reply(openId, messageId, text));
      if (!sent) setTrouble(before => (before?.kind === 'unreachable' ? { kind: 'not-sent' } : before));
      return sent;
    },
  };
}

/** Looks one after the other: a wish that comes during a look is fulfilled by one more look after it. */
function useLook(work: (signal: AbortSignal) => Promise<void>, failed: (error: unknown) => void): () => void {
  const wish = useRef<() => void>(() => undefined);
  useEffect(() => {
    const stop = new AbortController();
    let running = false;
    let wanted = false;
    const look = async () => {
      wanted = true;
      if (running) return;
      running = true;
      while (wanted && !stop.signal.aborted) {
        wanted = false;
        await work(stop.signal).catch((error: unknown) => {
          if (!stop.signal.aborted) failed(error);
        });
      }
      running = false;
    };
    wish.current = () => void look();
    void look();
    return () => stop.abort();
  }, [work, failed]);
  return useCallback(() => wish.current(), []);
}

function useList(api: InboxApi, filter: Filter, failed: (error: unknown) => void) {
  const [found, setFound] = useState<{ rows: readonly ListedRow[]; more: boolean; of: Filter } | null>(null);
  const [pages, setPages] = useState(1);
  const work = useCallback(
    async (signal: AbortSignal) => {
      const rows: ListedRow[] = [];
      let next: string | null = null;
      for (let page = 0; page < pages; page++) {
        const told = await api.list({ ...queryOf(filter), ...(next === null ? {} : { cursor: next }) });
        rows.push(...told.conversations);
        next = told.next;
        if (next === null) break;
      }
      if (!signal.aborted) setFound({ rows, more: next !== null && pages < MOST_PAGES, of: filter });
    },
    [api, filter, pages],
  );
  const look = useLook(work, failed);
  const current = found?.of === filter ? found : null;
  return {
    rows: current?.rows ?? null,
    more: current?.more ?? false,
    showMore: useCallback(() => setPages(before => Math.min(before + 1, MOST_PAGES)), []),
    look,
  };
}

function useRoom(api: InboxApi, id: string | null, failed: (error: unknown) => void) {
  const [room, setRoom] = useState<Room | null>(null);
  const known = useRef<Room | null>(null);
  const work = useCallback(
    async (signal: AbortSignal) => {
      if (id === null) return;
      const before = known.current?.id === id ? known.current : emptyRoom(id);
      const now = withRows(before, await api.rows(id, before.seq));
      if (signal.aborted) return;
      known.current = now;
      setRoom(now);
    },
    [api, id],
  );
  const look = useLook(work, failed);
  return { room: room?.id === id ? room : null, look };
}

/** What each listed conversation is about, read once, a few at a time. */
function useSubjects(api: InboxApi, rows: readonly ListedRow[] | null): ReadonlyMap<string, string> {
  const [subjects, setSubjects] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const queue = (rows ?? []).map(row => row.id).filter(id => !asked.current.has(id));
    for (const id of queue) asked.current.add(id);
    const read = async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        try {
          const subject = await api.subject(id);
          const of = id;
          setSubjects(before => new Map(before).set(of, subject));
        } catch {
          // Only its line is missing; the next look at the list asks again.
          asked.current.delete(id);
        }
      }
    };
    for (let reader = 0; reader < SUBJECTS_AT_ONCE; reader++) void read();
  }, [api, rows]);
  return subjects;
}
