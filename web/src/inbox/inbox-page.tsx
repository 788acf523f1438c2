/** The inbox: who one is, then the list beside the conversation; on a phone one of the two at a time. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ConversationList } from './conversation-list.tsx';
import { RoomView } from './room-view.tsx';
import { SignIn } from './sign-in.tsx';
import { forget, recallSigned, rememberSigned } from './signed.ts';
import type { Filter, Signed } from './types.ts';
import { useInbox } from './use-inbox.ts';
import { useInboxWords } from './words.ts';

export function InboxPage() {
  const [signed, setSigned] = useState<Signed | null>(() => recallSigned(sessionStorage));
  const signOut = useCallback(() => {
    forget(sessionStorage);
    setSigned(null);
  }, []);
  if (signed === null)
    return (
      <SignIn
        onSigned={who => {
          rememberSigned(sessionStorage, who);
          setSigned(who);
        }}
      />
    );
  return <Desk signed={signed} onSignOut={signOut} />;
}

function Desk({ signed, onSignOut }: { readonly signed: Signed; readonly onSignOut: () => void }) {
  const words = useInboxWords();
  const [filter, setFilter] = useState<Filter>('waiting');
  const [openId, open] = useOpenId();
  const inbox = useInbox(signed, filter, openId, onSignOut);
  const list = useRef<HTMLElement>(null);
  const close = () => {
    open(null);
    list.current?.focus();
  };
  return (
    <div className="flex h-dvh flex-col bg-panel text-ink">
      <header className="flex min-h-14 items-center gap-3 border-line border-b px-4 py-2">
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
        <span className="max-w-40 truncate font-medium text-sm max-sm:sr-only">{signed.by}</span>
        <button type="button" onClick={onSignOut} className={QUIET}>
          {words.signOut}
        </button>
      </header>
      <main className="flex min-h-0 flex-1">
        <nav
          ref={list}
          tabIndex={-1}
          aria-label={words.list}
          className={`w-full flex-col border-line border-r outline-none md:flex md:w-88 md:shrink-0 ${openId === null ? 'flex' : 'hidden'}`}
        >
          <ConversationList
            inbox={inbox}
            by={signed.by}
            filter={filter}
            onFilter={setFilter}
            openId={openId}
            onOpen={open}
          />
        </nav>
        <div className={`min-w-0 flex-1 flex-col md:flex ${openId === null ? 'hidden' : 'flex'}`}>
          {openId === null ? (
            <p className="m-auto px-6 text-center text-faint">{words.choose}</p>
          ) : (
            <RoomView key={openId} inbox={inbox} id={openId} by={signed.by} onBack={close} />
          )}
        </div>
      </main>
    </div>
  );
}

/** Which conversation is open stands in the address, so that it can be linked to and the browser's Back works. */
function useOpenId(): [string | null, (id: string | null) => void] {
  const read = () => decodeURIComponent(location.hash.slice(1)) || null;
  const [id, setId] = useState(read);
  useEffect(() => {
    const follow = () => setId(decodeURIComponent(location.hash.slice(1)) || null);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const open = useCallback((next: string | null) => {
    location.hash = next === null ? '' : encodeURIComponent(next);
  }, []);
  return [id, open];
}

const QUIET =
  'min-h-10 shrink-0 cursor-pointer rounded-full border border-line px-3.5 font-medium text-sm text-soft hover:border-accent hover:text-accent';
