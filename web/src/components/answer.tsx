import { useRef } from 'react';
import { isRateable } from '../chat/rate.ts';
import type { AnswerEntry, LiveAnswer, Rating, Thumb } from '../chat/types.ts';
import { useWords } from '../i18n/words-context.ts';
import { withoutChoices } from '../text/markdown.ts';
import { RichText } from '../text/rich-text.tsx';
import { Dots } from './dots.tsx';
import { FernMark, PersonIcon } from './icons.tsx';
import { Sources } from './sources.tsx';
import { Thumbs } from './thumbs.tsx';
import { ToolSteps } from './tool-steps.tsx';
import { UsageLine } from './usage-line.tsx';

const BUBBLE = 'rounded-2xl rounded-tl-md border border-line bg-raised px-4 py-3 text-ink leading-relaxed';

interface Props {
  readonly entry: AnswerEntry;
  readonly rating: Rating | undefined;
  readonly onRate: (entry: AnswerEntry, thumb: Thumb) => void;
}

export function Answer({ entry, rating, onRate }: Props) {
  const words = useWords();
  const sources = useRef<HTMLOListElement>(null);
  const openSource = (number: number): void => {
    const source = sources.current?.children[number - 1]?.querySelector('details');
    if (!source) return;
    source.open = true;
    source.querySelector('summary')?.focus();
  };
  const person = entry.kind === 'person';
  return (
    <li data-testid={entry.kind} className="flex animate-rise gap-2.5 sm:gap-3">
      <Avatar person={person} />
      <div className="min-w-0 max-w-full flex-1 space-y-1.5">
        <div className={`w-fit max-w-full ${BUBBLE}`}>
          <h2 className={person ? 'mb-1 font-semibold text-notice text-sm' : 'sr-only'}>
            {person ? words.person : words.assistant}
          </h2>
          <ToolSteps steps={entry.toolCalls} />
          <RichText
            text={entry.text}
            sources={entry.citations.length}
            onCite={openSource}
            citeLabel={words.source}
          />
          {entry.partial && <p className="mt-1 text-faint text-sm italic">{words.stopped}</p>}
          <Sources citations={entry.citations} listRef={sources} />
        </div>
        <div className="flex flex-wrap items-center gap-x-3">
          {isRateable(entry) && <Thumbs rating={rating} onRate={thumb => onRate(entry, thumb)} />}
          {entry.usage && <UsageLine usage={entry.usage} />}
        </div>
      </div>
    </li>
  );
}

/** The answer as it is being written. */
export function Writing({ live }: { readonly live: LiveAnswer | null }) {
  const words = useWords();
  const text = withoutChoices(live?.text ?? '');
  return (
    <li data-testid="writing" className="flex animate-rise gap-2.5 sm:gap-3">
      <Avatar person={false} />
      <div className="min-w-0 flex-1">
        <div className={`w-fit max-w-full ${BUBBLE}`}>
          <h2 className="sr-only">{words.assistant}</h2>
          <ToolSteps steps={live?.tools ?? []} />
          {text === '' ? (
            <Dots />
          ) : (
            <RichText
              text={live && live.start > 0 ? `… ${text}` : text}
              sources={0}
              citeLabel={words.source}
              tail={
                <span
                  aria-hidden="true"
                  className="ml-0.5 inline-block h-[1.1em] w-0.5 animate-caret bg-accent align-text-bottom"
                />
              }
            />
          )}
        </div>
      </div>
    </li>
  );
}

export function Avatar({ person }: { readonly person: boolean }) {
  return person ? (
    <span className="flex size-8 shrink-0 items-center justify-center rounded-[0.6rem] bg-notice-soft text-notice">
      <PersonIcon className="size-5" />
    </span>
  ) : (
    <FernMark className="size-8 shrink-0" />
  );
}
