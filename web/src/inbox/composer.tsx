/** Where a person writes: to the customer, to colleagues, or to the agent alone; with replies that are kept to hand. */
import { type KeyboardEvent, type RefObject, useId, useMemo, useState } from 'react';
import { SendIcon } from '../components/icons.tsx';
import { useLoad } from '../portal/load.ts';
import { type Drafts, draftsOf, keepDrafts } from './drafts.ts';
import { AttachButton, FileTray, useFileTray } from './file-tray.tsx';
import type { Writing } from './types.ts';
import { type InboxWord, useInboxWords } from './words.ts';

/** As in the contracts. Characters. */
const REPLY_LIMIT = 16_000;
const ASIDE_LIMIT = 4_000;
const MOST_SHOWN = 8;

interface Props {
  readonly conversationId: string;
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly busy: boolean;
  /** Whether this person may write to the customer now. */
  readonly mayReply: boolean;
  /** Why not, when not. */
  readonly why: string;
  readonly onWrite: (what: Writing, id: string, text: string, files: readonly string[]) => Promise<boolean>;
  readonly onTyping: () => void;
}

const KINDS: readonly (readonly [Writing, InboxWord, InboxWord])[] = [
  ['reply', 'toCustomer', 'replyPlaceholder'],
  ['note', 'toColleagues', 'notePlaceholder'],
  ['whisper', 'toAgent', 'whisperPlaceholder'],
];

/** The words stay in the field until they are on disk; sent again unchanged, they go under the same id. */
export function Composer({ conversationId, ref, busy, mayReply, why, onWrite, onTyping }: Props) {
  const words = useInboxWords();
  const [wanted, setWanted] = useState<Writing>('reply');
  const [drafts, setDrafts] = useState(() => draftsOf(sessionStorage, conversationId));
  const id = useId();
  const draft = drafts.words[wanted];
  const tray = useFileTray();
  const files = wanted === 'reply' ? tray.ready : [];
  const change = (changed: (before: Drafts) => Drafts) => {
    // From what is kept, not from what is shown: an answer may come when another conversation is open.
    const now = changed(draftsOf(sessionStorage, conversationId));
    keepDrafts(sessionStorage, conversationId, now);
    setDrafts(now);
  };
  const setDraft = (text: string) => {
    if (wanted === 'reply' && text !== '') onTyping();
    change(before => ({ ...before, words: { ...before.words, [wanted]: text } }));
  };
  const closed = wanted === 'reply' && !mayReply;
  const sendable =
    !busy && !closed && !(wanted === 'reply' && tray.busy) && (draft.trim() !== '' || files.length > 0);

  const send = async () => {
    if (!sendable) return;
    const text = draft.trim();
    const key = `${wanted} ${text} ${files.join(' ')}`;
    const { tried } = draftsOf(sessionStorage, conversationId);
    const messageId = tried?.key === key ? tried.id : crypto.randomUUID();
    change(before => ({ ...before, tried: { key, id: messageId } }));
    if (await onWrite(wanted, messageId, text, files)) {
      if (wanted === 'reply') tray.clear();
      change(before => ({ words: { ...before.words, [wanted]: '' }, tried: null }));
    }
    ref.current?.focus();
  };
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        void send();
      }}
    >
      <fieldset className="mb-2 flex flex-wrap gap-1">
        <legend className="sr-only">{words.writeTo}</legend>
        {KINDS.map(([kind, name]) => (
          <label
            key={kind}
            className={`flex min-h-9 cursor-pointer items-center rounded-full border px-3 font-medium text-sm has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2 ${wanted === kind ? 'border-accent bg-accent-soft text-accent' : 'border-line text-soft hover:border-accent'}`}
          >
            <input
              type="radio"
              name={`${id}-to`}
              className="sr-only"
              checked={wanted === kind}
              onChange={() => setWanted(kind)}
            />
            {words[name]}
          </label>
        ))}
      </fieldset>
      {wanted === 'reply' && !closed && <FileTray tray={tray} />}
      {closed ? (
        <p className="py-2 text-faint">{why}</p>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a way beside the button
        <div
          className="flex items-end gap-2"
          onDragOver={event => event.preventDefault()}
          onDrop={event => {
            event.preventDefault();
            if (wanted === 'reply') tray.add(event.dataTransfer.files);
          }}
        >
          {wanted === 'reply' && <AttachButton tray={tray} />}
          <Draft
            ref={ref}
            id={id}
            kind={wanted}
            draft={draft}
            onDraft={setDraft}
            onSend={() => void send()}
          />
          <button
            type="submit"
            aria-label={busy ? words.sending : words.send}
            aria-disabled={!sendable}
            className="flex size-11 shrink-0 cursor-pointer items-center justify-center rounded-full bg-accent text-on-accent hover:bg-accent-strong aria-disabled:cursor-default aria-disabled:bg-sunken aria-disabled:text-faint"
          >
            <SendIcon />
          </button>
        </div>
      )}
    </form>
  );
}

interface DraftProps {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly id: string;
  readonly kind: Writing;
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly onSend: () => void;
}

/** A slash at the beginning offers the replies that are kept to hand (ARIA combobox with a list). */
function Draft({ ref, id, kind, draft, onDraft, onSend }: DraftProps) {
  const words = useInboxWords();
  const [chosen, setChosen] = useState(0);
  const { data } = useLoad('deskReplies', kind === 'reply' ? {} : null);
  const offered = useMemo(() => {
    if (kind !== 'reply' || !draft.startsWith('/') || draft.includes('\n')) return [];
    const sought = draft.slice(1).toLowerCase();
    const fits = (data?.replies ?? []).filter(
      ({ shortcut, text }) => shortcut.toLowerCase().includes(sought) || text.toLowerCase().includes(sought),
    );
    return fits.slice(0, MOST_SHOWN);
  }, [kind, draft, data]);
  const at = Math.min(chosen, Math.max(0, offered.length - 1));
  const open = offered.length > 0;
  const take = (index: number) => {
    onDraft(offered[index]!.text);
    setChosen(0);
    ref.current?.focus();
  };
  const key = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setChosen((at + (event.key === 'ArrowDown' ? 1 : offered.length - 1)) % offered.length);
    } else if (open && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault();
      take(at);
    } else if (open && event.key === 'Escape') {
      event.preventDefault();
      onDraft('');
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      onSend();
    }
  };
  const [label, placeholder] = {
    reply: [words.reply, words.replyPlaceholder],
    note: [words.note, words.notePlaceholder],
    whisper: [words.whisper, words.whisperPlaceholder],
  }[kind] as [string, string];
  return (
    <div className="relative min-w-0 flex-1">
      {open && (
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={words.canned}
          className="absolute bottom-full left-0 z-10 mb-1 max-h-72 w-full max-w-xl overflow-y-auto rounded-xl border border-line-strong bg-raised p-1 shadow-lg"
        >
          {offered.map(({ replyId, shortcut, text }, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above holds the focus and moves the choice
            // biome-ignore lint/a11y/useFocusableInteractive: as above, by aria-activedescendant
            <div
              key={replyId}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onClick={() => take(index)}
              className={`cursor-pointer rounded-lg px-3 py-2 ${index === at ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
            >
              <span className="font-medium">/{shortcut}</span>
              <span className="line-clamp-1 text-sm text-soft">{text}</span>
            </div>
          ))}
        </div>
      )}
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <textarea
        ref={ref}
        id={id}
        rows={2}
        maxLength={kind === 'reply' ? REPLY_LIMIT : ASIDE_LIMIT}
        value={draft}
        onChange={event => onDraft(event.target.value)}
        onKeyDown={key}
        placeholder={placeholder}
        {...(open
          ? {
              'aria-autocomplete': 'list' as const,
              'aria-controls': `${id}-list`,
              'aria-activedescendant': `${id}-${at}`,
            }
          : {})}
        className={`field-sizing-content max-h-48 min-h-16 w-full resize-none rounded-2xl border border-line-strong px-4 py-2.5 text-base text-ink placeholder:text-faint ${kind === 'reply' ? 'bg-raised' : 'bg-notice-soft'}`}
      />
    </div>
  );
}
