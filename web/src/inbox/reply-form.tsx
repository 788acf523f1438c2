import { type RefObject, useId, useRef, useState } from 'react';
import { SendIcon } from '../components/icons.tsx';
import { useInboxWords } from './words.ts';

/** As in the contract of a message. Characters. */
const REPLY_LIMIT = 16_000;

interface Props {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly busy: boolean;
  readonly onReply: (messageId: string, text: string) => Promise<boolean>;
}

/** The words stay in the field until they are on disk; sent again unchanged, they go under the same id. */
export function ReplyForm({ ref, busy, onReply }: Props) {
  const words = useInboxWords();
  const [draft, setDraft] = useState('');
  const tried = useRef<{ text: string; messageId: string } | null>(null);
  const id = useId();
  const sendable = !busy && draft.trim() !== '';

  const send = async () => {
    if (!sendable) return;
    const text = draft.trim();
    if (tried.current?.text !== text) tried.current = { text, messageId: crypto.randomUUID() };
    if (await onReply(tried.current.messageId, text)) {
      tried.current = null;
      setDraft('');
    }
    ref.current?.focus();
  };
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={event => {
        event.preventDefault();
        void send();
      }}
    >
      <label htmlFor={id} className="sr-only">
        {words.reply}
      </label>
      <textarea
        ref={ref}
        id={id}
        rows={2}
        maxLength={REPLY_LIMIT}
        value={draft}
        onChange={event => setDraft(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            void send();
          }
        }}
        placeholder={words.replyPlaceholder}
        className="field-sizing-content max-h-48 min-h-16 min-w-0 flex-1 resize-none rounded-2xl border border-line-strong bg-raised px-4 py-2.5 text-base text-ink placeholder:text-faint"
      />
      <button
        type="submit"
        aria-label={busy ? words.sending : words.send}
        aria-disabled={!sendable}
        className="flex size-11 shrink-0 cursor-pointer items-center justify-center rounded-full bg-accent text-on-accent hover:bg-accent-strong aria-disabled:cursor-default aria-disabled:bg-sunken aria-disabled:text-faint"
      >
        <SendIcon />
      </button>
    </form>
  );
}
