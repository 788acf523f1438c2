/**
 * An answer that one provider began and another ends. The second is shown what was said and asked to go on; models
 * often say the beginning once more, or its last words: what is said twice is taken out, so that the reader gets one
 * text. Only plain text is continued: half a tool call or half a JSON document is not taken up by another model.
 */

/** Asked of the second model, after what the first has said. */
export const GO_ON =
  'Your answer was cut off by the connection. Go on exactly where it stops, in the same language, without repeating any of it and without a word about the interruption.';

/** An overlap shorter than this is chance. Characters. */
const LEAST_OVERLAP = 12;

/** Joins a continuation to what was said: gives each piece of it that is new. */
export class Continuation {
  readonly #said: string;
  #held: string | undefined = '';

  constructor(said: string) {
    this.#said = said;
  }

  /** What of this piece is to be passed on now; what may be a repetition is held back until that is known. */
  push(piece: string): string {
    if (this.#held === undefined) return piece;
    this.#held += piece;
    return this.#mayRepeat(this.#held) ? '' : this.end();
  }

  /** What was held back and is new: nothing more comes, or it is known. */
  end(): string {
    const held = this.#held ?? '';
    this.#held = undefined;
    return held.slice(overlapOf(this.#said, held));
  }

  /** More of it could still turn out to be the end of what was said. */
  #mayRepeat(held: string): boolean {
    const last = this.#said.length - LEAST_OVERLAP;
    if (held.length >= this.#said.length) return false;
    if (this.#said.startsWith(held)) return true;
    for (let at = this.#said.indexOf(held); at >= 0 && at <= last; at = this.#said.indexOf(held, at + 1))
      if (this.#said.length - at > held.length) return true;
    return false;
  }
}

/** Characters at the beginning of `next` that end `said`: all of it, or its longest end. */
export function overlapOf(said: string, next: string): number {
  if (said === '' || next === '') return 0;
  if (next.startsWith(said)) return said.length;
  for (let length = Math.min(said.length, next.length); length >= LEAST_OVERLAP; length--)
    if (next.startsWith(said.slice(-length))) return length;
  return 0;
}
