import { useWords } from '../i18n/words-context.ts';
import { FernMark, NewIcon } from './icons.tsx';

interface Props {
  readonly title: string;
  readonly canBeginAnew: boolean;
  readonly onBeginAnew: () => void;
}

export function Header({ title, canBeginAnew, onBeginAnew }: Props) {
  const words = useWords();
  return (
    <header className="flex min-h-17.5 items-center gap-3 border-line border-b bg-panel px-4 py-2.5 sm:px-6">
      <FernMark className="size-10 shrink-0" />
      <div className="min-w-0 flex-1">
        <h1 className="line-clamp-2 font-semibold text-base text-ink leading-tight sm:text-lg">{title}</h1>
        <p className="truncate text-faint text-sm leading-snug">{words.subtitle}</p>
      </div>
      {canBeginAnew && (
        <button
          type="button"
          onClick={onBeginAnew}
          className="flex h-11 shrink-0 cursor-pointer items-center gap-2 rounded-full border border-line px-3 font-medium text-sm text-soft transition-colors hover:border-accent hover:text-accent"
        >
          <NewIcon className="size-5" />
          <span className="sr-only sm:not-sr-only">{words.newConversation}</span>
        </button>
      )}
    </header>
  );
}
