import type { RefObject } from 'react';
import type { Citation } from '../chat/types.ts';
import { useWords } from '../i18n/words-context.ts';
import { ChevronIcon } from './icons.tsx';

interface Props {
  readonly citations: readonly Citation[];
  /** So that a reference in the text can open its source. */
  readonly listRef: RefObject<HTMLOListElement | null>;
}

/** The passages that an answer rests on, numbered; each opens to its words. */
export function Sources({ citations, listRef }: Props) {
  const words = useWords();
  if (citations.length === 0) return null;
  return (
    <section aria-label={words.sources} className="mt-3 border-line border-t pt-2.5">
      <h3 className="mb-1 font-semibold text-faint text-xs uppercase tracking-wide">{words.sources}</h3>
      <ol ref={listRef} className="space-y-0.5">
        {citations.map(({ documentId, title, quote }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the number is the footnote; a document may be cited twice
          <li key={`${documentId} ${index}`}>
            <details data-testid="source" className="group">
              <summary className="-mx-1.5 flex min-h-8 cursor-pointer list-none items-center gap-2 rounded-lg px-1.5 py-1 text-sm text-soft hover:bg-sunken hover:text-ink">
                <span className="flex size-5 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent text-xs">
                  {index + 1}
                </span>
                <span className="min-w-0 flex-1 wrap-anywhere font-medium">{title}</span>
                <ChevronIcon className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90" />
              </summary>
              <blockquote className="mt-1 mb-2 ml-2.5 whitespace-pre-line border-accent border-l-2 py-0.5 pl-4 text-sm text-soft wrap-anywhere">
                {quote}
              </blockquote>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
