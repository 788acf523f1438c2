/** The inbox as its components use it: what is listed, what is open, and what this person does about it. */
import { TroupeProblem } from '@troupe/client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Session } from '../portal/session.ts';
import { InboxApi } from './api.ts';
import { type Following, followHints, NOBODY, type Others } from './hints.ts';
import { queryOf } from './queue.ts';
import { emptyRoom, withRows } from './timeline.ts';
import type { Filter, ListedRow, Room, Writing } from './types.ts';

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
  /** Colleagues who look at the open conversation too. */
  readonly others: Others;
  readonly room: Room | null;
  readonly trouble: Trouble | null;
  readonly busy: boolean;
  readonly showMore: () => void;
  readonly takeOver: () => void;
  readonly handBack: () => void;
  readonly assign: (to: string | null) => void;
  /** Resolves with whether it is on disk. The same id is written once. */
  readonly write: (what: Writing, id: string, text: string, files: readonly string[]) => Promise<boolean>;
  /** Colleagues are told that this person writes to the customer. */
  readonly typing: () => void;
}

export function useInbox(session: Session, filter: Filter, search: string, openId: string | null): Inbox {
  const api = useMemo(() => new InboxApi(session.client, session.by), [session]);
  const [connected, setConnected] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [following, setFollowing] = useState<Following | null>(null);
  const failed = useCallback((error: unknown) => {
    if (!(error instanceof TroupeProblem)) setTrouble({ kind: 'unreachable' });
    else if (error.problem.code === 'conflict') setTrouble({ kind: 'conflict' });
    else if (error.problem.status !== 401)
      setTrouble({ kind: 'refused', why: error.problem.detail || error.problem.title });
  }, []);
  const list = useList(api, filter, search, failed);
  const { room, look } = useRoom(api, openId, failed);
  const subjects = useSubjects(api, list.rows);

  const open = useRef(openId);
  open.current = openId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a trouble belongs to the conversation in which it came
  useEffect(() => setTrouble(null), [openId]);
  const { look: lookAtList } = list;
  useEffect(() => {
    const begun = followHints(() => session.token(), session.by, {
      connected: now => {
        setConnected(now);
        if (now) setTrouble(before => (before?.kind === 'unreachable' ? null : before));
      },
      changed(ids) {
        lookAtList();
        if (open.current !== null && (ids === null || ids.includes(open.current))) look();
      },
    });
    setFollowing(begun);
    return () => begun.end();
  }, [session, lookAtList, look]);
  const others = useOthers(following, openId);

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
    others,
    room,
    trouble,
    busy,
    takeOver: () => openId && void act(() => api.takeOver(openId)),
    handBack: () => openId && void act(() => api.handBack(openId)),
    assign: to => openId && void act(() => api.assign(openId, to, room?.assignee ?? null)),
    typing: () => openId && following?.typing(openId),
    write: async (what, id, text, files) => {
      if (!openId) return false;
      const sent = await act(() =>
        what === 'reply' ? api.reply(openId, id, text, files) : api[what](openId, id, text),
      );
      if (!sent) setTrouble(before => (before?.kind === 'unreachable' ? { kind: 'not-sent' } : before));
      return sent;
    },
  };
}

function useOthers(following: Following | null, id: string | null): Others {
  const [others, setOthers] = useState(NOBODY);
  useEffect(() => {
    setOthers(NOBODY);
    return following && id !== null ? following.look(id, setOthers) : undefined;
  }, [following, id]);
  return others;
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

function useList(api: InboxApi, filter: Filter, search: string, failed: (error: unknown) => void) {
  const [found, setFound] = useState<{ rows: readonly ListedRow[]; more: boolean; of: string } | null>(null);
  const of = `${filter} ${search}`;
  const [pages, setPages] = useState(1);
  const work = useCallback(
    async (signal: AbortSignal) => {
      const rows: ListedRow[] = [];
      let next: string | null = null;
      for (let page = 0; page < pages; page++) {
        const told = await api.list({
          ...queryOf(filter, api.by, search),
          ...(next === null ? {} : { cursor: next }),
        });
        rows.push(...told.conversations);
        next = told.next;
        if (next === null) break;
      }
      if (!signal.aborted) setFound({ rows, more: next !== null && pages < MOST_PAGES, of });
    },
    [api, filter, search, of, pages],
  );
  const look = useLook(work, failed);
  const current = found?.of === of ? found : null;
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
