import { PersonIcon, WarningIcon } from './icons.tsx';

interface Props {
  readonly text: string | null;
  readonly tone: 'notice' | 'danger';
}

/** What concerns the whole conversation. The element stays, so that a change of its words is read out. */
export function Banner({ text, tone }: Props) {
  const colours = tone === 'danger' ? 'bg-danger-soft text-danger' : 'bg-notice-soft text-notice';
  return (
    <div role="status" data-testid="banner">
      {text !== null && (
        <p
          className={`mb-2 flex animate-rise items-center gap-2.5 rounded-xl px-3.5 py-2.5 text-sm ${colours}`}
        >
          {tone === 'danger' ? (
            <WarningIcon className="size-5 shrink-0" />
          ) : (
            <PersonIcon className="size-5 shrink-0" />
          )}
          {text}
        </p>
      )}
    </div>
  );
}
