/** The files that go with the next message: picked, dropped or pasted, each with its progress, and taken away again by keyboard too. */
import { Refusal } from '../chat/api.ts';
import type { Attachment } from '../chat/types.ts';
import { base64Of } from '../chat/upload.ts';
import { element } from './elements.ts';
import type { WidgetWords } from './words.ts';

/** As in the contracts. */
const MOST_FILES = 5;
const MOST_BYTES = 8 * 1_048_576;
const KINDS = '.png,.jpg,.jpeg,.gif,.webp,.pdf,.txt,.log,.csv';

export type Attach = (
  file: { readonly name: string; readonly content: string },
  progress: (share: number) => void,
  signal: AbortSignal,
) => Promise<Attachment>;

interface Picked {
  readonly node: HTMLElement;
  readonly stop: AbortController;
  done: Attachment | null;
  failed: boolean;
}

export class FileTray {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #list = element('ul', { class: 'files', hidden: true });
  readonly #told = element('p', { class: 'told', role: 'alert' });
  readonly #words: WidgetWords;
  readonly #attach: Attach;
  readonly #changed: () => void;
  #picked: readonly Picked[] = [];

  constructor(words: WidgetWords, attach: Attach, changed: () => void) {
    this.#words = words;
    this.#attach = attach;
    this.#changed = changed;
    this.input = element('input', {
      type: 'file',
      multiple: true,
      accept: KINDS,
      hidden: true,
      tabindex: '-1',
    });
    this.input.addEventListener('change', () => {
      this.add(this.input.files ?? []);
      this.input.value = '';
    });
    this.node = element('div', {}, this.#told, this.#list, this.input);
  }

  get busy(): boolean {
    return this.#picked.some(({ done, failed }) => !done && !failed);
  }

  /** What is there to be sent, which is then no longer here. */
  take(): readonly Attachment[] {
    const ready = this.#picked.flatMap(({ done }) => done ?? []);
    this.#keep([]);
    return ready;
  }

  add(files: Iterable<File>): void {
    this.#told.textContent = '';
    for (const file of files) {
      if (this.#picked.length >= MOST_FILES) this.#told.textContent = this.#words.tooMany;
      else if (file.size > MOST_BYTES) this.#told.textContent = `${file.name}: ${this.#words.tooLarge}`;
      else this.#begin(file);
    }
  }

  #begin(file: File): void {
    const bar = element('progress', {
      max: '1',
      value: '0',
      'aria-label': `${this.#words.uploading} ${file.name}`,
    });
    const said = element('span', { class: 'name' }, file.name);
    const away = element(
      'button',
      { type: 'button', 'aria-label': `${this.#words.takeAway} ${file.name}` },
      '×',
    );
    const node = element('li', { 'data-testid': 'file' }, said, bar, away);
    const picked: Picked = { node, stop: new AbortController(), done: null, failed: false };
    away.addEventListener('click', () => {
      picked.stop.abort();
      this.#keep(this.#picked.filter(each => each !== picked));
    });
    this.#keep([...this.#picked, picked]);
    void this.#upload(file, picked, bar);
  }

  async #upload(file: File, picked: Picked, bar: HTMLProgressElement): Promise<void> {
    try {
      const given = { name: file.name, content: await base64Of(file) };
      picked.done = await this.#attach(
        given,
        share => {
          bar.value = share;
        },
        picked.stop.signal,
      );
    } catch (error) {
      picked.failed = true;
      if (picked.stop.signal.aborted) return;
      const code = error instanceof Refusal ? error.problem.code : '';
      const why = code === 'document-unreadable' ? this.#words.wrongKind : this.#words.notUploaded;
      this.#told.textContent = `${file.name}: ${why}`;
      this.#keep(this.#picked.filter(each => each !== picked));
    }
    bar.remove();
    this.#changed();
  }

  #keep(picked: readonly Picked[]): void {
    this.#picked = picked;
    this.#list.replaceChildren(...picked.map(({ node }) => node));
    this.#list.hidden = picked.length === 0;
    this.#changed();
  }
}
