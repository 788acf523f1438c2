/** The inbox: the list beside the conversation; on a phone one of the two at a time. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useLoad, useSession } from '../portal/load.ts';
import { go, pathOf, usePlace } from '../portal/route.ts';
import { Link } from '../portal/ui.tsx';
import { ConversationList } from './conversation-list.tsx';
import { DeskSettings } from './desk-settings.tsx';
import type { Times } from './queue.ts';
import { RoomView } from './room-view.tsx';
import type { Filter } from './types.ts';
import { useInbox } from './use-inbox.ts';
import { useInboxWords } from './words.ts';

/** What counts until the platform has told what the tenant wants. */
const TIMES: Times = { firstReplyMinutes: 10, nextReplyMinutes: 5 };
const SEARCH_AFTER_MS = 250;

export default function InboxPage() {
  const { query } = usePlace();
  return query.get('view') === 'settings' ? <DeskSettings /> : <Desk />;
}

function Desk() {
  const words = useInboxWords();
  const { session } = useSession();
  const { query } = usePlace();
  const openId = query.get('c');
  const [filter, setFilter] = useState<Filter>('waiting');
  const [search, setSearch] = useState('');
  const sought = useSettled(search, SEARCH_AFTER_MS);
  const inbox = useInbox(session, filter, sought, openId);
  const times = useLoad('deskPolicy', {}).data ?? TIMES;
  const list = useRef<HTMLElement>(null);
  const open = useCallback((id: string) => go(pathOf('inbox', { c: id })), []);
  const close = () => {
    go('/inbox');
    list.current?.focus();
  };
  return (
    <main className="flex min-h-0 flex-1 flex-col bg-panel text-ink">
      {openId !== null && <h1 className="sr-only md:hidden">{words.title}</h1>}
      <header
        className={`min-h-14 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-2 md:flex ${openId === null ? 'flex' : 'hidden'}`}
      >
        <h1 className="font-semibold text-lg">{words.title}</h1>
        <p role="status" className="flex min-w-0 flex-1 items-center gap-2 text-faint text-sm">
          <span
            aria-hidden="true"
            className={`size-2.5 shrink-0 rounded-full ${inbox.connected ? 'bg-accent' : 'border-2 border-notice'}`}
          />
          <span className={inbox.connected ? '' : 'text-notice'}>
            {inbox.connected ? words.live : words.polling}
          </span>
        </p>
        <Link to="/inbox?view=settings">{words.settings}</Link>
      </header>
      <div className="flex min-h-0 flex-1">
        <nav
          ref={list}
          tabIndex={-1}
          aria-label={words.list}
          className={`w-full flex-col border-line border-r outline-none md:flex md:w-88 md:shrink-0 ${openId === null ? 'flex' : 'hidden'}`}
        >
          <ConversationList
            inbox={inbox}
            by={session.by}
            times={times}
            filter={filter}
            onFilter={setFilter}
            search={search}
            onSearch={setSearch}
            openId={openId}
            onOpen={open}
          />
        </nav>
        <div className={`min-w-0 flex-1 flex-col md:flex ${openId === null ? 'hidden' : 'flex'}`}>
          {openId === null ? (
            <p className="m-auto px-6 text-center text-faint">{words.choose}</p>
          ) : (
            <RoomView key={openId} inbox={inbox} id={openId} by={session.by} times={times} onBack={close} />
          )}
        </div>
      </div>
    </main>
  );
}

/** A value once it has stayed the same for a while. */
function useSettled(value: string, afterMs: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
