/**
 * Detection over a text that arrives in pieces. The scanner cuts it into segments (`segment.ts`) and detects in each;
 * whole text and stream go through this one class, so they give the same result however the text was cut.
 */
import type { Detector } from './detect.ts';
import { Reader } from './reader.ts';
import type { Detection, Entity } from './recognizer.ts';
import { MAX_SEGMENT } from './segment.ts';

export interface Segment {
  /** Text of the segment. */
  readonly text: string;
  /** Offset of its first character in the whole text. */
  readonly offset: number;
  /** Detections, with offsets into the segment. */
  readonly detections: readonly Detection[];
}

/** What continues a token that was cut because it is longer than a segment. */
const TOKEN_REST = /^[^\s"'<>\\]+/;
const KEY_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY/;
const KEY_END = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
/** Characters of a key's end line that a cut may have left in the segment before. */
const KEY_END_LENGTH = 64;
/** Longest key block; what claims to be a longer one is text again after it. */
const MAX_KEY = 32_768;

/** At most `MAX_SEGMENT` characters and the last piece pushed are held. */
export class Scanner {
  readonly #detector: Detector;
  readonly #reader = new Reader();
  #buffer = '';
  #offset = 0;
  /** Entity of a token that the last cut went through. */
  #open: Entity | undefined;
  /** Inside a private key block whose end has not come yet, and how long it is so far. */
  #inKey = false;
  #keyLength = 0;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  /** Characters that are held back now. */
  get held(): number {
    return this.#buffer.length;
  }

  /** Takes the next piece and gives the segments that are complete. */
  push(piece: string): Segment[] {
    this.#buffer += piece;
    return this.#take(false);
  }

  /** Takes a text that is whole, or the last piece of one, and gives all its segments. */
  finish(piece: string): Segment[] {
    this.#buffer += piece;
    return this.end();
  }

  /** Gives what is left. The scanner may be used again for another text. */
  end(): Segment[] {
    const segments = this.#take(true);
    this.#reader.reset();
    this.#offset = 0;
    this.#open = undefined;
    this.#inKey = false;
    return segments;
  }

  #take(final: boolean): Segment[] {
    const segments: Segment[] = [];
    const reader = this.#reader;
    const buffer = this.#buffer;
    let from = 0;
    while (from < buffer.length) {
      const cut = reader.read(buffer, from, final);
      if (cut < 0) break;
      segments.push(this.#segment(cut - from >= MAX_SEGMENT - 1));
      from = cut;
      if (from < buffer.length || !final) reader.advance();
    }
    if (from > 0) this.#buffer = buffer.slice(from);
    return segments;
  }

  #segment(forced: boolean): Segment {
    const { text: joined, from } = this.#reader;
    const text = from === 0 ? joined : joined.slice(from);
    let detections = this.#detector.detectSegment(this.#reader);
    if (from > 0 && detections.length > 0) detections = detections.map(each => moved(each, -from));
    detections = this.#carry(text, joined, from, detections);
    const last = detections.length > 0 ? detections[detections.length - 1] : undefined;
    const cutToken = forced && last !== undefined && last.end === text.length && /\S$/.test(text);
    this.#open = cutToken ? last.entity : undefined;
    const segment = { text, offset: this.#offset, detections };
    this.#offset += text.length;
    return segment;
  }

  /** Whether a key block begins here, or in a header line that the last cut went through, and does not end. */
  #opensKey(joined: string, from: number): boolean {
    const at = Math.max(0, from - KEY_END_LENGTH);
    const begin = KEY_BEGIN.exec(joined.slice(at));
    if (!begin) return false;
    const end = at + begin.index + begin[0].length;
    return end > from && !KEY_END.test(joined.slice(end));
  }

  /** Continues a token or key block that the segment before began. */
  #carry(text: string, joined: string, from: number, found: Detection[]): Detection[] {
    let covered = 0;
    let entity: Entity = 'PRIVATE_KEY';
    if (this.#inKey) {
      const tail = joined.slice(Math.max(0, from - KEY_END_LENGTH));
      const end = KEY_END.exec(tail);
      this.#inKey = end === null;
      covered = end === null ? text.length : end.index + end[0].length - Math.min(from, KEY_END_LENGTH);
    } else if (this.#open !== undefined) {
      entity = this.#open;
      covered = TOKEN_REST.exec(text)?.[0].length ?? 0;
    }
    if (!this.#inKey) this.#keyLength = 0;
    if (!this.#inKey && joined.includes('-----BEGIN')) this.#inKey = this.#opensKey(joined, from + covered);
    if (this.#inKey) this.#keyLength += text.length;
    if (this.#keyLength > MAX_KEY) this.#inKey = false;
    if (covered <= 0) return found;
    const rest = found.filter(each => each.start >= covered);
    return [{ entity, start: 0, end: covered, score: 1, source: 'scanner:continued' }, ...rest];
  }
}

function moved({ entity, start, end, score, source }: Detection, by: number): Detection {
  return { entity, start: start + by, end: end + by, score, source };
}

/** Detections in a whole text, in order, not overlapping. */
export function detect(text: string, detector: Detector): Detection[] {
  const found: Detection[] = [];
  for (const segment of new Scanner(detector).finish(text)) {
    for (const each of segment.detections) {
      found.push(moved(each, segment.offset));
    }
  }
  return found;
}
