import type { Failure, UserEntry } from '../chat/types.ts';
import { errorWords } from '../i18n/messages.ts';
import { useWords } from '../i18n/words-context.ts';
import { WarningIcon } from './icons.tsx';

interface Props {
  readonly entry: UserEntry;
  /** Why it has no answer; null also for an older message that was left behind. */
  readonly failure: Failure | null;
  readonly onRetry: () => void;
}

export function UserMessage({ entry, failure, onRetry }: Props) {
  const words = useWords();
  return (
    <li data-testid="user" className="flex animate-rise flex-col items-end gap-1 pl-8 sm:pl-16">
      <h2 className="sr-only">{words.you}</h2>
      <p
        className={`whitespace-pre-wrap rounded-2xl rounded-br-md bg-mine px-4 py-2.5 text-on-mine leading-relaxed wrap-anywhere ${entry.state === 'sending' ? 'opacity-85' : ''}`}
      >
        {entry.text}
      </p>
      {entry.attachments && (
        <p className="text-faint text-sm wrap-anywhere">
          {words.files}: {entry.attachments.map(({ name }) => name).join(', ')}
        </p>
      )}
      {entry.state === 'failed' && (
        <div role="alert" className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1 text-sm">
          <span className="flex items-center gap-1.5 text-danger">
            <WarningIcon className="size-4 shrink-0" />
            {failure ? errorWords(words, failure.code, failure.title) : words.notSent}
          </span>
          {failure && (
            <button
              type="button"
              onClick={onRetry}
              className="min-h-8 cursor-pointer rounded-full border border-line-strong px-3 font-medium text-ink hover:border-accent hover:text-accent"
            >
              {words.tryAgain}
            </button>
          )}
        </div>
      )}
    </li>
  );
}
