/** What the customer thinks of an answer. */
import type { Rating, Thumb } from '../chat/types.ts';
import { useWords } from '../i18n/words-context.ts';
import { ThumbIcon } from './icons.tsx';

interface Props {
  readonly rating: Rating | undefined;
  readonly onRate: (thumb: Thumb) => void;
}

export function Thumbs({ rating, onRate }: Props) {
  const words = useWords();
  const button = (thumb: Thumb, label: string) => (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={rating === thumb}
      onClick={() => onRate(thumb)}
      className="flex size-8 cursor-pointer items-center justify-center rounded-full text-faint hover:bg-accent-soft hover:text-accent aria-pressed:text-accent"
    >
      <ThumbIcon className={thumb === 'down' ? 'size-4 rotate-180' : 'size-4'} />
    </button>
  );
  return (
    <div className="flex items-center">
      {button('up', words.helpful)}
      {button('down', words.notHelpful)}
      <span role="status" className="text-faint text-xs">
        {rating === 'failed' ? words.notRated : rating ? words.thanks : ''}
      </span>
    </div>
  );
}
