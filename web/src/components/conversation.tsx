import { useRef } from 'react';
import { isAnswering } from '../chat/reducer.ts';
import type { AnswerEntry, ChatState, SessionWords, Thumb } from '../chat/types.ts';
import { useWords } from '../i18n/words-context.ts';
import { Answer, Writing } from './answer.tsx';
import { DownIcon } from './icons.tsx';
import { useStickToEnd } from './use-stick-to-end.ts';
import { UserMessage } from './user-message.tsx';
import { Welcome } from './welcome.tsx';

/** What the last answer offers, for as long as nothing else was said. */
function Choices({
  state,
  onChoice,
}: {
  readonly state: ChatState;
  readonly onChoice: (text: string) => void;
}) {
  const words = useWords();
  const last = state.entries.at(-1);
  if (!last || last.kind === 'user' || isAnswering(state) || !last.quickReplies?.length) return null;
  return (
    <ul aria-label={words.choices} className="mt-4 flex flex-wrap justify-end gap-2">
      {last.quickReplies.map(choice => (
        <li key={choice}>
          <button
            type="button"
            data-testid="choice"
            onClick={() => onChoice(choice)}
            className="min-h-11 cursor-pointer rounded-full border border-line-strong bg-raised px-4 font-medium text-ink hover:border-accent hover:bg-accent-soft"
          >
            {choice}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface Props {
  readonly session: SessionWords;
  readonly state: ChatState;
  readonly onSuggestion: (text: string) => void;
  readonly onRetry: () => void;
  readonly onRate: (entry: AnswerEntry, thumb: Thumb) => void;
}

/** All that has been said. New answers are read out when they are complete, not word by word. */
export function Conversation({ session, state, onSuggestion, onRetry, onRate }: Props) {
  const words = useWords();
  const box = useRef<HTMLElement>(null);
  const { entries, live, outbox } = state;
  const { atEnd, jump } = useStickToEnd(box, state, outbox?.messageId);
  const answering = isAnswering(state);
  return (
    <div className="relative min-h-0 flex-1">
      <main
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={words.log}
        className="h-full overflow-y-auto overscroll-contain px-3 py-5 focus-visible:-outline-offset-2 sm:px-6"
      >
        <Welcome session={session} withSuggestions={entries.length === 0} onSuggestion={onSuggestion} />
        <div role="log" aria-live="polite" aria-busy={answering} aria-label={words.log}>
          <ol className={entries.length > 0 ? 'mt-5 space-y-5' : ''}>
            {entries.map(entry =>
              entry.kind === 'user' ? (
                <UserMessage
                  key={entry.id}
                  entry={entry}
                  failure={
                    outbox && [outbox.messageId, outbox.acceptedAs].includes(entry.id) ? outbox.failure : null
                  }
                  onRetry={onRetry}
                />
              ) : (
                <Answer key={entry.id} entry={entry} rating={state.ratings[entry.id]} onRate={onRate} />
              ),
            )}
            {answering && <Writing live={live} />}
          </ol>
        </div>
        <Choices state={state} onChoice={onSuggestion} />
      </main>
      {!atEnd && (
        <button
          type="button"
          onClick={jump}
          aria-label={words.newest}
          className="absolute bottom-3 left-1/2 flex size-11 -translate-x-1/2 cursor-pointer items-center justify-center rounded-full border border-line bg-raised text-accent shadow-lg"
        >
          <DownIcon />
        </button>
      )}
    </div>
  );
}
