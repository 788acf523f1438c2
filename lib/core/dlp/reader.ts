/**
 * One pass over the characters of a text: its tokens, the parts that can hold an identifier, the signs that stand in
 * it, and where a segment ends. A segment is read together with the characters before it that its detection may look
 * at; their tokens are kept from the segment before.
 */
import { classOf, LINE, SPACE } from './names/characters.ts';
import { readToken, type Token, tokenize } from './names/tokens.ts';
import { forcedBoundary, isClosing, isStop, LEFT_CONTEXT, MAX_SEGMENT, PLAIN_RUN } from './segment.ts';
import { Digits, LETTERS, type LongRun, signOf, signsWithin, type Window, Windows } from './windows.ts';

/** A segment with the context before it, and what is known of its characters. Belongs to the reader that gives it. */
export interface Stretch {
  /** Context and segment. */
  readonly text: string;
  /** Where the segment begins in `text`. */
  readonly from: number;
  /** Tokens of context and segment, their places in `text`. */
  readonly tokens: readonly Token[];
  /** Of the segment alone: */
  readonly windows: readonly Window[];
  readonly longRuns: readonly LongRun[];
  readonly digits: number;
  readonly longestRun: number;
  readonly signs: number;
  /** Whether a number stands in it or its context. */
  readonly numbered: boolean;
}

export class Reader implements Stretch {
  text = '';
  from = 0;
  readonly tokens: Token[] = [];
  signs = 0;
  readonly #outline = new Windows();
  readonly #digits = new Digits();
  #context = '';
  /** Tokens that belong to the context. */
  #kept = 0;
  /** The last cut went through a run: its two parts are one word, so context and segment are read together. */
  #torn = false;
  // Of the run that `#run` read last: where it begins and ends, its first token, the line ends after it.
  #start = 0;
  #end = 0;
  #first = 0;
  #lines = 0;

  get windows(): readonly Window[] {
    return this.#outline.found;
  }

  get longRuns(): readonly LongRun[] {
    return this.#outline.long;
  }

  get digits(): number {
    return this.#outline.digits;
  }

  get longestRun(): number {
    return this.#outline.longestRun;
  }

  get numbered(): boolean {
    for (let i = 0; i < this.tokens.length; i++) if (this.tokens[i]!.kind === 'number') return true;
    return false;
  }

  /**
   * Reads the segment of `text` that begins at `from` and gives its end, or -1 when more text could still move it.
   * `final`: no more text will come.
   */
  read(text: string, from: number, final: boolean): number {
    this.#clear();
    const { length } = text;
    const limit = from + MAX_SEGMENT;
    const shift = this.#context.length - from;
    let plainRun = 0;
    let at = from;
    while (at < length && at < limit) {
      at = this.#run(text, at, shift);
      if (at >= length || at >= limit) break;
      if (this.#lines >= 2) return this.#done(text, from, at);
      const plain = this.#plainEnd(text, shift);
      if (plain < 0) plainRun = 0;
      else if (plain === this.#end) plainRun++;
      else if (plain - this.#start > 2 && this.#stops(text, plain)) return this.#done(text, from, at);
      if (plainRun >= PLAIN_RUN) return this.#done(text, from, at);
    }
    if (length > limit) {
      const cut = forcedBoundary(text, from);
      const part = text.slice(0, cut);
      this.#clear();
      for (at = from; at < cut; ) at = this.#run(part, at, shift);
      return this.#done(text, from, cut);
    }
    return final && length > from ? this.#done(text, from, length) : -1;
  }

  /** Goes on to the next segment: the end of this one is the context of the next. */
  advance(): void {
    const cut = Math.max(0, this.text.length - LEFT_CONTEXT);
    this.#context = cut === 0 ? this.text : this.text.slice(cut);
    let kept = 0;
    for (const token of this.tokens) {
      if (token.end <= cut) continue; // one that the cut goes through stays whole, its start before the text
      token.start -= cut;
      token.end -= cut;
      this.tokens[kept++] = token;
    }
    this.#kept = kept;
  }

  /** Begins another text. */
  reset(): void {
    this.#context = '';
    this.#kept = 0;
    this.#torn = false;
  }

  #clear(): void {
    if (this.tokens.length !== this.#kept) this.tokens.length = this.#kept;
    this.#outline.clear();
    this.signs = 0;
  }

  #done(text: string, from: number, cut: number): number {
    const whole = from === 0 && cut === text.length;
    this.from = this.#context.length;
    this.text = this.#context + (whole ? text : text.slice(from, cut));
    if (this.#torn) {
      this.tokens.length = 0;
      for (const token of tokenize(this.text)) this.tokens.push(token);
    }
    this.#torn = cut < text.length && classOf(text.charCodeAt(cut - 1)) < SPACE;
    return cut;
  }

  /** Reads one run without white space and the white space after it, at most a little beyond a segment's length. */
  #run(text: string, from: number, shift: number): number {
    const { length } = text;
    const { tokens } = this;
    let at = from;
    const digits = this.#digits;
    digits.clear();
    this.#start = from;
    this.#first = tokens.length;
    let code = 0;
    let kind = 0;
    while (at < length) {
      code = text.charCodeAt(at);
      kind = classOf(code);
      if (kind >= SPACE || at - from > MAX_SEGMENT) break;
      const start = at;
      const place = tokens.length;
      at = readToken(text, at, code, kind, shift, tokens);
      const token = tokens[place]!;
      if (token.kind === 'punctuation') {
        this.signs |= signOf(code, text.charCodeAt(at));
        digits.punctuation(code);
      } else if (token.kind === 'number' || token.word.hasDigit) {
        digits.add(text, start, at);
        this.signs |= signsWithin(text, start, at);
      } else {
        digits.has |= LETTERS;
        if (at - start > 3 && text.charCodeAt(start + 1) === 46) this.signs |= signsWithin(text, start, at);
      }
    }
    this.#end = at;
    if (at > from) this.#outline.add(text, from, at, digits, shift);
    this.#lines = 0;
    while (at < length) {
      code = text.charCodeAt(at);
      kind = classOf(code);
      if (kind < SPACE || at - from > MAX_SEGMENT) break;
      if (kind === LINE) {
        readToken(text, at, code, kind, shift, tokens);
        this.#lines++;
      }
      at++;
    }
    return at;
  }

  /** End of the everyday word that the run is, before nothing but closing punctuation; -1 when it is none. */
  #plainEnd(text: string, shift: number): number {
    const first = this.tokens[this.#first];
    if (first === undefined || !first.word.plain || first.start !== this.#start + shift) return -1;
    const end = first.end - shift;
    for (let i = end; i < this.#end; i++) if (!isClosing(text.charCodeAt(i))) return -1;
    return end;
  }

  #stops(text: string, from: number): boolean {
    for (let i = from; i < this.#end; i++) if (isStop(text.charCodeAt(i))) return true;
    return false;
  }
}
