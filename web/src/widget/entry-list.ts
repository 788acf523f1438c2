/** The lines of the conversation. A line is made anew only when it has changed, so that a screen reader hears it once. */

import { isRateable } from '../chat/rate.ts';
import { isAnswering } from '../chat/reducer.ts';
import type { AnswerEntry, Attachment, ChatState, Entry, LiveAnswer } from '../chat/types.ts';
import { errorWords, type Messages, toolWords } from '../i18n/messages.ts';
import { withoutChoices } from '../text/markdown.ts';
import { element, richText } from './elements.ts';
import type { Queued } from './machine.ts';
import { type Rate, Thumbs } from './thumbs.ts';

interface Shown {
  readonly of: unknown;
  readonly node: HTMLElement;
}

export class EntryList {
  readonly list = element('ol', { class: 'entries' });
  readonly #words: Messages;
  readonly #waits: string;
  readonly #retry: () => void;
  readonly #thumbs: Thumbs;
  #shown = new Map<string, Shown>();

  constructor(words: Messages, own: { readonly waits: string }, retry: () => void, rate: Rate) {
    this.#words = words;
    this.#waits = own.waits;
    this.#retry = retry;
    this.#thumbs = new Thumbs(words, rate);
  }

  show(state: ChatState, queue: readonly Queued[]): void {
    const before = this.#shown;
    const now = new Map<string, Shown>();
    const put = (id: string, of: unknown, make: () => HTMLElement) => {
      const known = before.get(id);
      now.set(id, known && known.of === of ? known : { of, node: make() });
    };
    for (const entry of state.entries) put(entry.id, entry, () => this.#entry(entry));
    const failure = state.outbox?.failure;
    if (failure)
      put('failure', failure, () => {
        const again = element('button', { type: 'button' }, this.#words.tryAgain);
        again.addEventListener('click', this.#retry);
        return element(
          'li',
          { class: 'failed', role: 'alert' },
          errorWords(this.#words, failure.code, failure.title),
          again,
        );
      });
    if (isAnswering(state)) put('live', state.live, () => this.#live(state.live));
    for (const queued of queue) put(queued.messageId, queued.messageId, () => this.#queued(queued));
    this.#shown = now;
    this.#thumbs.show(state.ratings, now);
    this.#place([...now.values()].map(({ node }) => node));
  }

  /** Moves only what does not stand where it belongs. */
  #place(nodes: readonly HTMLElement[]): void {
    const wanted = new Set(nodes);
    for (const child of [...this.list.children]) if (!wanted.has(child as HTMLElement)) child.remove();
    nodes.forEach((node, index) => {
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null);
    });
  }

  #entry(entry: Entry): HTMLElement {
    if (entry.kind !== 'user') return this.#answer(entry);
    return element(
      'li',
      { class: 'entry user', 'data-testid': 'user' },
      element('span', { class: 'sr' }, `${this.#words.you}: `),
      entry.text,
      ...filesOf(entry.attachments),
    );
  }

  #queued({ text, attachments }: Queued): HTMLElement {
    return element(
      'li',
      { class: 'entry user', 'data-testid': 'queued' },
      `${text}\n`,
      ...filesOf(attachments),
      element('em', {}, this.#waits),
    );
  }

  #live(live: LiveAnswer | null): HTMLElement {
    const steps = (live?.tools ?? []).map(({ name, status }) =>
      element('p', { class: 'step' }, toolWords(this.#words, name, status)),
    );
    const written = withoutChoices(live?.text ?? '');
    const text = written ? richText(written, 0, (_number, label) => new Text(`[${label}]`)) : [];
    // Read out when it is complete, not word by word.
    return element(
      'li',
      { class: 'entry', 'aria-live': 'off', 'data-testid': 'live' },
      ...steps,
      ...(text.length > 0 ? text : [element('p', { class: 'state' }, this.#words.writing)]),
    );
  }

  #answer(entry: AnswerEntry): HTMLElement {
    const words = this.#words;
    const person = entry.kind === 'person';
    const name = element('p', { class: person ? 'who' : 'sr' }, person ? words.person : words.assistant);
    const steps = entry.toolCalls.map(({ name: tool, status }) =>
      element('p', { class: 'step' }, toolWords(words, tool, status)),
    );
    const sources = entry.citations.map(({ title, quote }, index) =>
      element(
        'details',
        { 'data-testid': 'source' },
        element('summary', {}, `${index + 1}. ${title}`),
        element('blockquote', {}, quote),
      ),
    );
    const cite = (number: number, label: string) => {
      const button = element(
        'button',
        { type: 'button', class: 'cite', 'aria-label': `${words.source} ${number}` },
        label,
      );
      button.addEventListener('click', () => {
        const source = sources[number - 1]!;
        source.open = true;
        source.querySelector('summary')?.focus();
      });
      return button;
    };
    const text = element('div', { class: 'text' }, ...richText(entry.text, sources.length, cite));
    const made = element('li', { class: 'entry', 'data-testid': entry.kind }, name, ...steps, text);
    if (entry.partial) made.append(element('p', { class: 'state' }, words.stopped));
    if (sources.length > 0)
      made.append(
        element(
          'div',
          { class: 'sources' },
          words.sources,
          element('ol', {}, ...sources.map(source => element('li', {}, source))),
        ),
      );
    if (isRateable(entry)) made.append(this.#thumbs.of(entry));
    return made;
  }
}

function filesOf(attachments: readonly Attachment[] = []): HTMLElement[] {
  return attachments.length === 0
    ? []
    : [element('ul', { class: 'sent' }, ...attachments.map(({ name }) => element('li', {}, name)))];
}
