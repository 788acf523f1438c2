/**
 * What waits for a connection that does not take what it is sent: bounded in items and bytes, by a policy each kind
 * of item declares for the case that there is no room (compare Centrifugo's and Ably's slow-consumer rules).
 *
 * Invariants:
 * 1. Never more than the limits, whatever is pushed.
 * 2. Items leave in the order in which they came; a merged item keeps the place of the one it was merged into.
 * 3. A `must` item is never dropped silently: the queue answers `overflow`, gives up what it holds of that topic,
 *    and the topic is read again from the journal.
 */

/**
 * `oldest`: older items of the same topic make room. `newest`: the item itself is dropped. `priority`: items of
 * lower priority make room. `intermediate`: an item is merged into the one before it of the same merge key.
 * `must`: nothing may be lost: the topic overflows.
 */
export type DropPolicy = 'oldest' | 'newest' | 'priority' | 'intermediate' | 'must';

export interface QueueItem {
  /** What the item belongs to, such as a conversation. */
  readonly topic: string;
  readonly policy: DropPolicy;
  readonly bytes: number;
  /** Higher stays longer; for `priority`. */
  readonly priority?: number;
  /** For `intermediate`: this item and a later one of the topic as one, or undefined when they do not join. */
  readonly merge?: (later: QueueItem) => QueueItem | undefined;
  /** Items of its topic that this one makes pointless, such as parts of a text that it holds whole. */
  readonly supersedes?: (earlier: QueueItem) => boolean;
}

export interface QueueLimits {
  readonly items: number;
  readonly bytes: number;
}

/** `dropped` counts items that will not be sent; `overflow` names the topic that must be read again. */
export interface Pushed {
  readonly dropped: number;
  readonly overflow: boolean;
}

const KEPT: Pushed = { dropped: 0, overflow: false };

export class OutboundQueue<I extends QueueItem> {
  readonly #limits: QueueLimits;
  #items: I[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#items.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  shift(): I | undefined {
    const item = this.#items.shift();
    if (item) this.#bytes -= item.bytes;
    return item;
  }

  push(item: I): Pushed {
    let dropped = 0;
    if (item.supersedes) dropped += this.#remove(each => each.topic === item.topic && item.supersedes!(each));
    if (item.policy === 'intermediate' && this.#mergeIntoLast(item))
      return { dropped: dropped + 1, overflow: false };
    if (this.#fits(item)) {
      this.#add(item);
      return dropped === 0 ? KEPT : { dropped, overflow: false };
    }
    dropped += this.#makeRoom(item);
    if (this.#fits(item)) {
      this.#add(item);
      return { dropped, overflow: false };
    }
    if (item.policy !== 'must') return { dropped: dropped + 1, overflow: false };
    dropped += this.forget(item.topic);
    return { dropped: dropped + 1, overflow: true };
  }

  /** Gives up everything of a topic; answers how many items that were. */
  forget(topic: string): number {
    return this.#remove(each => each.topic === topic);
  }

  #fits(item: I): boolean {
    return this.#items.length < this.#limits.items && this.#bytes + item.bytes <= this.#limits.bytes;
  }

  #add(item: I): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
  }

  #mergeIntoLast(item: I): boolean {
    const at = this.#items.findLastIndex(each => each.topic === item.topic);
    const merged = at < 0 ? undefined : (this.#items[at]!.merge?.(item) as I | undefined);
    if (!merged) return false;
    const grown = this.#bytes - this.#items[at]!.bytes + merged.bytes;
    // What does not fit even merged is dropped: the text is told whole by what follows it.
    if (grown > this.#limits.bytes) return true;
    this.#bytes = grown;
    this.#items[at] = merged;
    return true;
  }

  /** Drops what the item's policy lets go, the first come first, until it fits or nothing more may go. */
  #makeRoom(item: I): number {
    if (item.policy === 'newest') return 0;
    const mayGo = (each: I): boolean => {
      if (each.policy === 'must') return false;
      if (item.policy === 'must' || item.policy === 'priority')
        return (each.priority ?? 0) < (item.priority ?? 0) || item.policy === 'must';
      return each.topic === item.topic && each.policy === item.policy;
    };
    let dropped = 0;
    while (!this.#fits(item)) {
      const at = this.#leastOf(mayGo);
      if (at < 0) break;
      this.#bytes -= this.#items[at]!.bytes;
      this.#items.splice(at, 1);
      dropped++;
    }
    return dropped;
  }

  #leastOf(mayGo: (item: I) => boolean): number {
    let least = -1;
    for (const [at, each] of this.#items.entries())
      if (mayGo(each) && (least < 0 || (each.priority ?? 0) < (this.#items[least]!.priority ?? 0)))
        least = at;
    return least;
  }

  #remove(which: (item: I) => boolean): number {
    const before = this.#items.length;
    this.#items = this.#items.filter(each => !which(each));
    if (this.#items.length !== before) this.#bytes = this.#items.reduce((sum, each) => sum + each.bytes, 0);
    return before - this.#items.length;
  }
}
