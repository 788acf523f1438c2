/** The widget's elements: a button that opens a panel, the conversation in it, and the field to write in. */
import { isAnswering } from '../chat/reducer.ts';
import type { AnswerEntry, Attachment, ChatState, Thumb } from '../chat/types.ts';
import { type Messages, messagesOf } from '../i18n/messages.ts';
import { element, icon } from './elements.ts';
import { EntryList } from './entry-list.ts';
import { type Attach, FileTray } from './files.ts';
import type { Look } from './machine.ts';
import type { Options } from './options.ts';
import { STYLE } from './style.ts';
import { widgetWords } from './words.ts';

export interface Wishes {
  readonly opened: () => void;
  readonly send: (text: string, files: readonly Attachment[]) => void;
  readonly attach: Attach;
  readonly rate: (entry: AnswerEntry, thumb: Thumb) => void;
  readonly retry: () => void;
  readonly stop: () => void;
  readonly beginAnew: () => void;
}

/** As in the contract of a message. Characters. */
const MESSAGE_LIMIT = '16000';
/** Pixels from the end within which a reader counts as being at it. */
const NEAR_END = 80;

const ICONS = {
  chat: 'M5 18.5V7a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H9Z',
  close: 'M7 7l10 10M17 7 7 17',
  anew: 'M12 5v14M5 12h14',
  clip: 'm19 11-7.500 7.500a4.200 4.200 0 0 1-6-6L13 5a2.800 2.800 0 0 1 4 4l-7.500 7.500a1.400 1.400 0 0 1-2-2L14 8',
  send: 'M12 19V5.5M6 11l6-6 6 6',
  stop: 'M8 8h8v8H8Z',
};

export class WidgetView {
  readonly #host: HTMLElement;
  readonly #wishes: Wishes;
  readonly #words: Messages;
  readonly #launch: HTMLButtonElement;
  readonly #panel: HTMLElement;
  readonly #title: HTMLElement;
  readonly #hello = element('p', { class: 'hello', hidden: true });
  readonly #suggest = element('div', { class: 'suggest', hidden: true });
  readonly #log: HTMLElement;
  readonly #choices: HTMLElement;
  readonly #tray: FileTray;
  readonly #clip: HTMLButtonElement;
  readonly #sendButton: HTMLButtonElement;
  readonly #entries: EntryList;
  readonly #banner = element('div', { role: 'status', 'data-testid': 'banner' });
  readonly #input: HTMLTextAreaElement;
  readonly #halt: HTMLButtonElement;
  readonly #spoken = element('p', { role: 'status', class: 'sr' });

  constructor(host: HTMLElement, options: Options, wishes: Wishes) {
    const words = messagesOf(options.language);
    const own = widgetWords(options.language);
    this.#host = host;
    this.#wishes = wishes;
    this.#words = words;
    host.lang = options.language;
    host.setAttribute('side', options.side);
    host.setAttribute('scheme', options.scheme);
    for (const [name, colour] of [
      ['--accent', options.accent],
      ['--on', options.onAccent],
    ] as const)
      if (colour !== '' && CSS.supports('color', colour)) host.style.setProperty(name, colour);

    const anew = this.#button(words.newConversation, ICONS.anew, () => {
      wishes.beginAnew();
      this.#input.focus();
    });
    const close = this.#button(own.close, ICONS.close, () => this.#close());
    this.#launch = element(
      'button',
      { type: 'button', class: 'launch', 'aria-expanded': 'false' },
      icon(ICONS.chat),
      own.open,
    );
    this.#launch.addEventListener('click', () => this.#open());
    this.#title = element('h2', {}, options.words.title ?? own.open);
    this.#entries = new EntryList(words, own, wishes.retry, wishes.rate);
    const log = element(
      'div',
      { role: 'log', 'aria-live': 'polite', 'aria-label': words.log },
      this.#entries.list,
    );
    this.#log = element('div', { class: 'log', tabindex: '0', role: 'group', 'aria-label': words.log });
    this.#choices = element('div', {
      class: 'suggest',
      role: 'group',
      'aria-label': own.choices,
      hidden: true,
    });
    this.#log.append(this.#hello, this.#suggest, log, this.#choices);
    this.#input = element('textarea', {
      rows: '1',
      maxlength: MESSAGE_LIMIT,
      'aria-label': words.messageLabel,
      placeholder: words.placeholder,
    });
    this.#input.addEventListener('keydown', event => this.#key(event));
    this.#halt = this.#button(words.stop, ICONS.stop, () => wishes.stop());
    this.#halt.className = 'halt';
    this.#halt.hidden = true;
    this.#sendButton = this.#button(words.send, ICONS.send, () => this.#send());
    this.#tray = new FileTray(own, wishes.attach, () => this.#sendable());
    this.#clip = this.#button(own.attach, ICONS.clip, () => this.#tray.input.click());
    this.#clip.className = 'halt';
    this.#clip.hidden = true;
    this.#input.addEventListener('paste', event => this.#given(event, event.clipboardData));
    const form = element('form', {}, this.#clip, this.#input, this.#halt, this.#sendButton);
    form.addEventListener('submit', event => event.preventDefault());
    this.#panel = element(
      'section',
      { class: 'panel', role: 'dialog', 'aria-label': own.open, hidden: true },
      element('header', {}, this.#title, anew, close),
      this.#log,
      this.#banner,
      this.#tray.node,
      form,
      this.#spoken,
    );
    this.#panel.addEventListener('dragover', event => event.preventDefault());
    this.#panel.addEventListener('drop', event => this.#given(event, event.dataTransfer));
    this.#panel.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.#close();
    });
    const shadow = host.attachShadow({ mode: 'open' });
    // A constructed sheet is no inline style: it stands under any content policy of the page.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(element('div', { class: 'root' }, this.#launch, this.#panel));
  }

  show({ state, queue, words, uploads, unreachable }: Look): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    const count = state.entries.length + queue.length;
    if (words) this.#greet(words, count === 0);
    this.#entries.show(state, queue);
    this.#offer(state, queue.length > 0);
    this.#clip.hidden = !uploads;
    this.#halt.hidden = !isAnswering(state) || state.conversationId === null;
    this.#tellBanner(state, unreachable);
    const spoken = state.live ? this.#words.writing : '';
    if (this.#spoken.textContent !== spoken) this.#spoken.textContent = spoken;
    if (atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #greet({ title, greeting, suggestions }: NonNullable<Look['words']>, fresh: boolean): void {
    this.#title.textContent = title;
    this.#panel.setAttribute('aria-label', title);
    this.#hello.textContent = greeting;
    this.#hello.hidden = greeting === '';
    this.#suggest.hidden = !fresh || suggestions.length === 0;
    if (this.#suggest.childElementCount > 0) return;
    for (const suggestion of suggestions) {
      const button = element('button', { type: 'button' }, suggestion);
      button.addEventListener('click', () => {
        this.#wishes.send(suggestion, []);
        this.#input.focus();
      });
      this.#suggest.append(button);
    }
  }

  /** What the last answer offers, for as long as nothing else was said. */
  #offer({ entries, outbox, live }: ChatState, queued: boolean): void {
    const last = entries.at(-1);
    const offered =
      last && last.kind !== 'user' && !outbox && !live && !queued ? (last.quickReplies ?? []) : [];
    const shown = Array.from(this.#choices.children, child => child.textContent);
    if (shown.join('\n') === offered.join('\n')) return;
    this.#choices.hidden = offered.length === 0;
    this.#choices.replaceChildren(
      ...offered.map(choice => {
        const button = element('button', { type: 'button', 'data-testid': 'choice' }, choice);
        button.addEventListener('click', () => {
          this.#wishes.send(choice, []);
          this.#input.focus();
        });
        return button;
      }),
    );
  }

  #given(event: Event, data: DataTransfer | null): void {
    if (!data || data.files.length === 0 || this.#clip.hidden) return;
    event.preventDefault();
    this.#tray.add(data.files);
  }

  #sendable(): void {
    this.#sendButton.setAttribute('aria-disabled', String(this.#tray.busy));
  }

  #tellBanner(state: ChatState, unreachable: boolean): void {
    const text = bannerOf(state, unreachable, this.#words);
    if ((this.#banner.textContent ?? '') === text) return;
    this.#banner.replaceChildren(...(text === '' ? [] : [element('p', { class: 'banner' }, text)]));
  }

  #button(label: string, path: string, act: () => void): HTMLButtonElement {
    const button = element('button', { type: 'button', 'aria-label': label }, icon(path));
    button.addEventListener('click', act);
    return button;
  }

  #open(): void {
    this.#panel.hidden = false;
    this.#launch.hidden = true;
    this.#host.setAttribute('open', '');
    this.#wishes.opened();
    this.#input.focus();
  }

  #close(): void {
    this.#panel.hidden = true;
    this.#launch.hidden = false;
    this.#host.removeAttribute('open');
    this.#launch.focus();
  }

  #key(event: KeyboardEvent): void {
    // An input method uses Enter to choose a word: that is not the end of the message.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    if (this.#tray.busy) return;
    this.#wishes.send(this.#input.value, this.#tray.take());
    this.#input.value = '';
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#input.focus();
  }
}

function bannerOf(state: ChatState, unreachable: boolean, words: Messages): string {
  if (unreachable) return words.unreachable;
  if (state.connection === 'lost') return words.lost;
  if (state.status === 'with-person') return words.withPerson;
  if (state.wantsPerson !== null) return words.wantsPerson;
  return state.status === 'paused' ? words.paused : '';
}
