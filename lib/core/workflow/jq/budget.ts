/**
 * What one evaluation may cost. A tenant's expression runs on a node that others share and nothing can
 * interrupt synchronous code, so every step and every copied byte is paid for in advance.
 */

/** Steps of one evaluation; about 20 ns to 100 ns each. */
export const MAX_EVALUATION_STEPS = 500_000;
/** Characters that one evaluation may write into strings, all together. */
export const MAX_EVALUATION_CHARS = 4_000_000;
/** Depth of nested evaluation (recursion in jq is recursion here). */
export const MAX_EVALUATION_DEPTH = 1_500;

/** Raised by the expression itself (`error(...)`, a type error) and caught by `try`. */
export class JqError extends Error {
  override readonly name: string = 'JqError';
  readonly value: unknown;
  constructor(value: unknown) {
    super(typeof value === 'string' ? value : JSON.stringify(value));
    this.value = value;
  }
}

/** A limit was reached: `try` in the expression cannot catch it. */
export class JqLimitError extends Error {
  override readonly name = 'JqLimitError';
}

export class Budget {
  #steps = MAX_EVALUATION_STEPS;
  #chars = MAX_EVALUATION_CHARS;
  /** Of nested calls; put back by whoever catches an error that left some. */
  depth = 0;

  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0)
      throw new JqLimitError(`the expression took more than ${MAX_EVALUATION_STEPS} steps`);
  }

  /** Charges text that is about to be made. */
  string(chars: number): void {
    this.#chars -= chars;
    if (!(this.#chars >= 0))
      throw new JqLimitError(`the expression wrote more than ${MAX_EVALUATION_CHARS} characters`);
  }

  enter(): void {
    this.depth++;
    if (this.depth > MAX_EVALUATION_DEPTH)
      throw new JqLimitError(`the expression nests deeper than ${MAX_EVALUATION_DEPTH}`);
  }

  leave(): void {
    this.depth--;
  }

  get spent(): number {
    return MAX_EVALUATION_STEPS - this.#steps;
  }
}
