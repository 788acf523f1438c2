/**
 * The chat without a framework: the reducer of the chat page, joined to the network. One message is under way at a
 * time; what is written meanwhile, or without a network, waits in a queue that outlives a reload, each under the id
 * that it will be sent with.
 */
import { type ChatApi, Refusal } from '../chat/api.ts';
import { deliver, waitBefore } from '../chat/deliver.ts';
import { follow } from '../chat/follow.ts';
import { readHistory } from '../chat/history.ts';
import { rate } from '../chat/rate.ts';
import { type ChatAction, initialState, isAnswering, reduce } from '../chat/reducer.ts';
import { attempt, CHAT, recall, remember } from '../chat/storage.ts';
import type { AnswerEntry, Attachment, ChatState, SessionWords, Thumb } from '../chat/types.ts';
import { waitOrOnline } from '../chat/wait.ts';
import { parseJson } from '../chat/wire.ts';
import type { Language } from '../i18n/messages.ts';

/** Messages that may wait. */
const QUEUE_LIMIT = 50;
const QUEUE = 'queue';
const PREFIX = 'widget.';

export interface Queued {
  readonly messageId: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[];
}

/** What the page says of its widget. */
export interface Own {
  readonly language: Language;
  readonly words: Partial<SessionWords>;
}

export interface Look {
  readonly state: ChatState;
  readonly queue: readonly Queued[];
  readonly words: SessionWords | null;
  readonly uploads: boolean;
  readonly unreachable: boolean;
}

/** The widget's part of the page's storage. A browser may refuse it: the chat then lasts until the reload. */
export const widgetStore = {
  getItem: (key: string) => attempt(() => localStorage.getItem(PREFIX + key), null),
  setItem: (key: string, value: string) =>
    attempt(() => localStorage.setItem(PREFIX + key, value), undefined),
  removeItem: (key: string) => attempt(() => localStorage.removeItem(PREFIX + key), undefined),
};

export class ChatMachine {
  readonly #api: ChatApi;
  readonly #own: Own;
  readonly #show: (look: Look) => void;
  #state = initialState;
  #queue: readonly Queued[] = [];
  #words: SessionWords | null = null;
  #uploads = false;
  #unreachable = false;
  #begun = false;
  /** What is under way: the message that is being delivered, or the conversation that is being followed. */
  #work: { readonly of: string; readonly stop: AbortController } | null = null;

  constructor(api: ChatApi, own: Own, show: (look: Look) => void) {
    this.#api = api;
    this.#own = own;
    this.#show = show;
    this.#queue = recallQueue();
    document.addEventListener('visibilitychange', () => this.#goOn());
    addEventListener('storage', ({ key }) => {
      if (key === PREFIX + CHAT) this.#joinOther();
    });
  }

  /** Another page of this browser went on in another conversation: a page in which nothing is under way goes along. */
  #joinOther(): void {
    const { ready, conversationId, outbox } = this.#state;
    const kept = recall(widgetStore);
    if (!ready || outbox || this.#queue.length > 0 || kept.conversationId === conversationId) return;
    this.#end();
    this.#state = reduce(this.#state, { type: 'restored', ...kept, outbox: null });
    this.#dispatch({ type: 'opened' });
  }

  /** Reads what there is, the first time that the customer opens the panel. */
  open(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#open();
  }

  /** Files without a word go under their names. */
  send(text: string, attachments: readonly Attachment[] = []): void {
    const words = text.trim() || attachments.map(({ name }) => name).join(', ');
    if (words === '' || this.#queue.length >= QUEUE_LIMIT) return;
    const files = attachments.length > 0 ? { attachments } : {};
    this.#keep([...this.#queue, { messageId: crypto.randomUUID(), text: words, ...files }]);
    this.#goOn();
    this.#tell();
  }

  rate(entry: AnswerEntry, thumb: Thumb): void {
    const { conversationId } = this.#state;
    if (conversationId) void rate(this.#api, conversationId, entry, thumb, action => this.#dispatch(action));
  }

  retry(): void {
    this.#dispatch({ type: 'retried', messageId: crypto.randomUUID() });
  }

  stop(): void {
    const { conversationId } = this.#state;
    this.#dispatch({ type: 'stopRequested' });
    // A refusal means that there is nothing to stop any more; without a network the answer is not coming either.
    if (conversationId) this.#api.cancel(conversationId).catch(() => undefined);
  }

  beginAnew(): void {
    this.#end();
    this.#keep([]);
    this.#dispatch({ type: 'begunAnew' });
  }

  async #open(): Promise<void> {
    const never = new AbortController().signal;
    for (let tries = 0; ; tries++) {
      try {
        const session = await this.#api.session();
        this.#words = { ...(session.translations?.[this.#own.language] ?? session), ...this.#own.words };
        this.#uploads = session.uploads ?? true;
        const kept = recall(widgetStore);
        this.#dispatch({ type: 'restored', ...kept });
        const known =
          kept.conversationId === null ||
          (await readHistory(this.#api, kept.conversationId, 0, action => this.#dispatch(action), never)) !==
            null;
        if (!known) {
          this.#dispatch({ type: 'begunAnew' });
          if (kept.outbox) this.#keep([kept.outbox, ...this.#queue]);
        }
        this.#unreachable = false;
        this.#dispatch({ type: 'opened' });
        return;
      } catch (error) {
        this.#unreachable = true;
        this.#tell();
        if (error instanceof Refusal && error.problem.status < 500 && error.problem.status !== 429) return;
      }
      await waitOrOnline(waitBefore(tries, Math.random(), null), never);
    }
  }

  #dispatch(action: ChatAction): void {
    this.#state = reduce(this.#state, action);
    const { ready, conversationId, outbox, usage, ratings } = this.#state;
    if (ready) remember(widgetStore, { conversationId, outbox, usage, ratings });
    this.#goOn();
    this.#tell();
  }

  /** Begins whatever is due: the next message of the queue, its delivery, or listening. */
  #goOn(): void {
    const { ready, outbox, conversationId } = this.#state;
    if (!ready) return;
    const [next, ...rest] = this.#queue;
    if (!outbox && next && !isAnswering(this.#state)) {
      this.#end();
      // Remembered as the message under way before it leaves the queue: a crash between leaves it in both, under one id.
      this.#dispatch({ type: 'submitted', ...next });
      this.#keep(rest);
      return;
    }
    if (outbox && !outbox.failure) {
      this.#begin(outbox.messageId, signal =>
        deliver(
          outbox,
          {
            send: (message, until) => this.#api.send(message, until),
            dispatch: action => this.#dispatch(action),
            wait: waitOrOnline,
            random: Math.random,
          },
          signal,
        ),
      );
    } else if (conversationId && document.visibilityState === 'visible') {
      this.#begin(conversationId, signal =>
        follow(
          this.#api,
          conversationId,
          () => this.#state.seq,
          action => this.#dispatch(action),
          signal,
        ),
      );
    } else this.#end();
  }

  #begin(of: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#work?.of === of) return;
    this.#end();
    const stop = new AbortController();
    this.#work = { of, stop };
    void work(stop.signal);
  }

  #end(): void {
    this.#work?.stop.abort();
    this.#work = null;
  }

  #keep(queue: readonly Queued[]): void {
    const { outbox } = this.#state;
    const known = new Set([...this.#queue, ...queue].map(({ messageId }) => messageId));
    this.#queue = queue.filter(({ messageId }) => messageId !== outbox?.messageId);
    // What other pages of this browser keep stays: each message leaves the queue by the page that sent it.
    const others = recallQueue().filter(({ messageId }) => !known.has(messageId));
    widgetStore.setItem(QUEUE, JSON.stringify([...others, ...this.#queue].slice(0, QUEUE_LIMIT)));
  }

  #tell(): void {
    this.#show({
      state: this.#state,
      queue: this.#queue.filter(({ messageId }) => messageId !== this.#state.outbox?.messageId),
      words: this.#words,
      uploads: this.#uploads,
      unreachable: this.#unreachable,
    });
  }
}

function recallQueue(): readonly Queued[] {
  const kept = widgetStore.getItem(QUEUE);
  const value = kept === null ? null : parseJson(kept);
  if (!Array.isArray(value)) return [];
  return (value as Partial<Queued>[]).flatMap(({ messageId, text, attachments }) =>
    typeof messageId === 'string' && typeof text === 'string'
      ? { messageId, text, ...(Array.isArray(attachments) ? { attachments } : {}) }
      : [],
  );
}
