import { useId } from 'react';
import type { SessionWords } from '../chat/types.ts';
import { useWords } from '../i18n/words-context.ts';
import { Avatar } from './answer.tsx';

interface Props {
  readonly session: SessionWords;
  readonly withSuggestions: boolean;
  readonly onSuggestion: (text: string) => void;
}

/** The first words of the assistant, and what one could ask it. */
export function Welcome({ session, withSuggestions, onSuggestion }: Props) {
  const words = useWords();
  const label = useId();
  return (
    <div className="space-y-4">
      <div className="flex gap-2.5 sm:gap-3">
        <Avatar person={false} />
        <p className="w-fit rounded-2xl rounded-tl-md border border-line bg-raised px-4 py-3 text-ink leading-relaxed">
          {session.greeting}
        </p>
      </div>
      {withSuggestions && session.suggestions.length > 0 && (
        <section aria-labelledby={label} className="pl-10.5 sm:pl-11">
          <h2 id={label} className="mb-2 font-medium text-faint text-sm">
            {words.suggestions}
          </h2>
          <ul className="grid gap-2 sm:grid-cols-2">
            {session.suggestions.map(text => (
              <li key={text} className="flex">
                <button
                  type="button"
                  onClick={() => onSuggestion(text)}
                  className="w-full cursor-pointer rounded-2xl border border-line bg-raised px-4 py-3 text-left text-ink text-sm leading-snug transition-colors wrap-anywhere hover:border-accent hover:bg-accent-soft"
                >
                  {text}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
