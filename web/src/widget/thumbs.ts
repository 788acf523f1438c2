/** What the customer thinks of each answer: two buttons that stay where they are when one is pressed. */
import type { AnswerEntry, Rating, Thumb } from '../chat/types.ts';
import type { Messages } from '../i18n/messages.ts';
import { element, icon } from './elements.ts';

export type Rate = (entry: AnswerEntry, thumb: Thumb) => void;

const HAND = 'M7 11v8H4v-8ZM7 11l4-7a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.3l-1 5a2 2 0 0 1-2 1.7H7';

interface Shown {
  readonly buttons: Readonly<Record<Thumb, HTMLButtonElement>>;
  readonly told: HTMLElement;
}

export class Thumbs {
  readonly #words: Messages;
  readonly #rate: Rate;
  readonly #shown = new Map<string, Shown>();

  constructor(words: Messages, rate: Rate) {
    this.#words = words;
    this.#rate = rate;
  }

  of(entry: AnswerEntry): HTMLElement {
    const button = (thumb: Thumb, label: string) => {
      const made = element(
        'button',
        { type: 'button', class: thumb, 'aria-label': label, title: label },
        icon(HAND),
      );
      made.addEventListener('click', () => this.#rate(entry, thumb));
      return made;
    };
    const buttons = {
      up: button('up', this.#words.helpful),
      down: button('down', this.#words.notHelpful),
    };
    const told = element('span', { role: 'status' });
    this.#shown.set(entry.id, { buttons, told });
    return element('div', { class: 'thumbs' }, buttons.up, buttons.down, told);
  }

  /** `answers` that are no longer there are forgotten. */
  show(ratings: Readonly<Record<string, Rating>>, answers: ReadonlyMap<string, unknown>): void {
    for (const [id, { buttons, told }] of this.#shown) {
      if (!answers.has(id)) {
        this.#shown.delete(id);
        continue;
      }
      const rating = ratings[id];
      for (const thumb of ['up', 'down'] as const)
        buttons[thumb].setAttribute('aria-pressed', String(rating === thumb));
      const text = rating === 'failed' ? this.#words.notRated : rating ? this.#words.thanks : '';
      if (told.textContent !== text) told.textContent = text;
    }
  }
}
