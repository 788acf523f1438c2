/**
 * The newest events of one conversation, kept so that those who come late or lag behind need not read the journal,
 * and the text of the answer under way as a whole, so that they need not have heard its beginning.
 */
import { BEFORE_ALL, type EventPlace, isAfter } from './event-place.ts';

export interface TailEvent {
  readonly place: EventPlace;
  readonly bytes: number;
}

/** The answer under way as far as it has been heard. */
export interface Partial {
  readonly turn: number;
  readonly text: string;
}

export interface TailLimits {
  readonly events: number;
  readonly bytes: number;
  /** Characters of the answer under way. */
  readonly partial: number;
}

export class Tail<E extends TailEvent> {
  readonly #limits: TailLimits;
  #events: E[] = [];
  #bytes = 0;
  /** Everything after this place, up to the head, is here. */
  #from: EventPlace;
  #partial: Partial | undefined;

  constructor(limits: TailLimits, from: EventPlace = BEFORE_ALL) {
    this.#limits = limits;
    this.#from = from;
  }

  get head(): EventPlace {
    return this.#events.at(-1)?.place ?? this.#from;
  }

  /** Everything after this place is in memory. */
  get from(): EventPlace {
    return this.#from;
  }

  get partial(): Partial | undefined {
    return this.#partial;
  }

  /** False when the event is known already. */
  add(event: E): boolean {
    if (!isAfter(event.place, this.head)) return false;
    this.#events.push(event);
    this.#bytes += event.bytes;
    while (
      this.#events.length > this.#limits.events ||
      (this.#bytes > this.#limits.bytes && this.#events.length > 0)
    ) {
      const first = this.#events.shift()!;
      this.#bytes -= first.bytes;
      this.#from = first.place;
    }
    return true;
  }

  /** Text of the answer under way, from a character on. A part that does not join what is known is not kept. */
  hear(turn: number, offset: number, text: string): void {
    const known = this.#partial?.turn === turn ? this.#partial.text : '';
    if (offset > known.length) return;
    this.#partial = { turn, text: (known.slice(0, offset) + text).slice(0, this.#limits.partial) };
  }

  /** The answer under way has become an event, or nothing. */
  endPartial(): void {
    this.#partial = undefined;
  }

  /** The events after a place, or undefined when the first of them are no longer here. */
  after(place: EventPlace, limit: number): readonly E[] | undefined {
    if (isAfter(this.#from, place)) return undefined;
    const at = this.#events.findIndex(event => isAfter(event.place, place));
    return at < 0 ? [] : this.#events.slice(at, at + limit);
  }
}
