/**
 * Lets the commands of one actor through one at a time: while one is held, the others wait in order. What waits takes
 * memory only while something does.
 */
import { invariant } from '../../lib/kernel/errors.ts';
import { Mailbox } from './mailbox.ts';

export class Turnstile<T> {
  readonly #pass: (item: T) => void;
  #waiting: Mailbox<T> | undefined;
  #held = false;
  #closed = false;

  /** `pass` takes the next item; it may `hold` the turnstile until it knows how that ended. */
  constructor(pass: (item: T) => void) {
    this.#pass = pass;
  }

  get size(): number {
    return this.#waiting?.size ?? 0;
  }
  get held(): boolean {
    return this.#held;
  }

  push(item: T): void {
    if (!this.#held && this.size === 0) {
      this.#pass(item);
      return;
    }
    this.#waiting ??= new Mailbox();
    this.#waiting.push(item);
  }

  hold(): void {
    invariant(
      !this.#held && !this.#closed,
      'an activation does one thing at a time and nothing after its end',
    );
    this.#held = true;
  }

  /** What was held is over. The next passes by `next`, when its predecessor's outcome has been told. */
  release(): void {
    this.#held = false;
  }

  next(): void {
    while (!this.#held && !this.#closed) {
      const item = this.#waiting?.shift();
      if (item === undefined) return;
      this.#pass(item);
    }
  }

  /** Lets nothing more through; gives what waits. */
  close(): readonly T[] {
    this.#closed = true;
    return this.#waiting?.drain() ?? [];
  }
}
