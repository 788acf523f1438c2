import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from 'react';
import { recallDraft, rememberDraft } from '../chat/storage.ts';
import { useWords } from '../i18n/words-context.ts';
import { SendIcon, StopIcon } from './icons.tsx';

/** As in the contract of a message. Characters. */
const MESSAGE_LIMIT = 16_000;

interface Props {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly answering: boolean;
  readonly stopping: boolean;
  readonly onSend: (text: string) => void;
  readonly onStop: () => void;
}

/** Where the customer writes. While an answer is under way the draft can grow, and the button stops the answer. */
export function Composer({ ref, answering, stopping, onSend, onStop }: Props) {
  const words = useWords();
  const [draft, setDraft] = useState(() => recallDraft(localStorage));
  const [id, hint] = [useId(), useId()];
  const tooLong = draft.length > MESSAGE_LIMIT;
  const sendable = !answering && !tooLong && draft.trim() !== '';

  useEffect(() => rememberDraft(localStorage, draft), [draft]);

  const send = () => {
    if (!sendable) return;
    onSend(draft);
    setDraft('');
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // An input method uses Enter to choose a word: that is not the end of the message.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && answering) onStop();
  };

  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        send();
        ref.current?.focus();
      }}
    >
      <div className="flex items-end gap-2 rounded-3xl border border-line-strong bg-raised p-1.5 pl-4 focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/40">
        <label htmlFor={id} className="sr-only">
          {words.messageLabel}
        </label>
        <textarea
          ref={ref}
          id={id}
          rows={1}
          value={draft}
          onChange={event => setDraft(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder={words.placeholder}
          aria-describedby={hint}
          aria-invalid={tooLong}
          className="field-sizing-content max-h-40 min-h-11 min-w-0 flex-1 resize-none bg-transparent py-2.5 text-base text-ink leading-6 outline-none placeholder:text-faint"
        />
        {answering ? (
          <button
            type="button"
            onClick={onStop}
            disabled={stopping}
            aria-label={stopping ? words.stopping : words.stop}
            className="flex size-11 shrink-0 cursor-pointer items-center justify-center rounded-full bg-ink text-panel transition-opacity hover:opacity-85 disabled:cursor-default disabled:opacity-60"
          >
            <StopIcon />
          </button>
        ) : (
          <button
            type="submit"
            aria-label={words.send}
            aria-disabled={!sendable}
            className="flex size-11 shrink-0 cursor-pointer items-center justify-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong aria-disabled:cursor-default aria-disabled:bg-sunken aria-disabled:text-faint"
          >
            <SendIcon />
          </button>
        )}
      </div>
      <p id={hint} className={`mt-1.5 px-4 text-xs ${tooLong ? 'text-danger' : 'text-faint max-sm:sr-only'}`}>
        {tooLong ? words.tooLong : words.keys}
      </p>
    </form>
  );
}
