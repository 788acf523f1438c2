/**
 * What every detector of personal data is made of: an entity, a place in the text, a score and the source that
 * claims it. A recogniser reads one bounded stretch of text (see `segment.ts`) and emits candidates; which of them
 * count is decided afterwards by score and overlap (`resolve.ts`).
 */
import { contextKeys } from './context.ts';

/** Name of a kind of personal data, in the upper case spelling that Presidio and Google DLP share. */
export type Entity = string;

export interface Detection {
  readonly entity: Entity;
  /** Offset of the first UTF-16 unit. */
  readonly start: number;
  /** Offset after the last UTF-16 unit. */
  readonly end: number;
  /** Confidence in 0..1: below 0.4 only a shape, from 0.9 a shape whose checksum holds or whose form is unique. */
  readonly score: number;
  /** Which recogniser found it, for explanations and metrics; never the value itself. */
  readonly source: string;
}

export type Emit = (start: number, end: number, score: number) => void;

export interface Recognizer {
  readonly entity: Entity;
  readonly source: string;
  /** The stretch holds at least so many digits, else the recogniser is skipped. */
  readonly minDigits: number;
  /** Most digits of a match; numbers that stand alone with more are not looked at. */
  readonly maxDigits?: number;
  /** Of windowed ones: every match holds so many digits in a row, 1 by default. */
  readonly digitRun?: number;
  /** Of windowed ones: every match holds one of these beside digits (`windows.ts`), as bits. */
  readonly has?: number;
  /** The stretch holds this text, else the recogniser is skipped. */
  readonly needs?: string;
  /** The stretch holds one of these signs (`windows.ts`), as bits, else the recogniser is skipped. */
  readonly signs?: number;
  /** Numbers of the words of context that it looks for (`context.ts`); undefined when nothing is known of them. */
  readonly contexts?: readonly number[];
  /** Best score without a word of context: below a detector's threshold it is skipped where none stands. */
  readonly alone?: number;
  /** The stretch holds a run without spaces of at least this length, else the recogniser is skipped. */
  readonly minRun?: number;
  /** Reads single runs of at least `minRun` characters only: no match holds white space. */
  readonly inRun?: boolean;
  /** The stretch holds one of these words (`cues.ts`), else the recogniser is skipped. */
  readonly cue?: number;
  /** Reads the surroundings of numbers only (`windows.ts`), not the whole stretch. */
  readonly windowed?: boolean;
  /**
   * Emits every candidate that starts at `from` or later; what lies before `from` is context only.
   * `text` may be a window of `whole` that begins at `base`; what is emitted are offsets in `whole`.
   * `contextual` is false where none of the words in `contexts` stands in `whole`.
   */
  scan(text: string, from: number, emit: Emit, whole?: string, base?: number, contextual?: boolean): void;
}

export interface PatternSpec {
  readonly entity: Entity;
  /** Global regular expression of linear cost: bounded repeats, no nested quantifiers. */
  readonly pattern: RegExp;
  /** Score without context. */
  readonly score: number;
  /** Words near the match that raise its score to `contextScore`. */
  readonly context?: RegExp;
  readonly contextScore?: number;
  /** Refuses by `false`, confirms by `true` (score at least `checkedScore`), stays undecided by `undefined`. */
  readonly check?: (value: string) => boolean | undefined;
  readonly checkedScore?: number;
  readonly minDigits?: number;
  readonly maxDigits?: number;
  readonly digitRun?: number;
  readonly has?: number;
  readonly needs?: string;
  readonly signs?: number;
  readonly minRun?: number;
  readonly inRun?: boolean;
  readonly cue?: number;
  /** False for an expression that looks behind at words; true by default where digits are needed. */
  readonly windowed?: boolean;
  readonly source?: string;
}

const CONTEXT_BEFORE = 64;
const CONTEXT_AFTER = 32;

/** Whether a word of `context` stands in the 64 characters before or the 32 after a stretch. */
export function hasContext(text: string, start: number, end: number, context: RegExp): boolean {
  return (
    context.test(text.slice(Math.max(0, start - CONTEXT_BEFORE), start)) ||
    context.test(text.slice(end, end + CONTEXT_AFTER))
  );
}

/** A recogniser that is one regular expression, an optional check and optional context words. */
export function pattern(spec: PatternSpec): Recognizer {
  const { entity, check, context, pattern: expression, score: plainScore } = spec;
  const contextScore = spec.contextScore ?? Math.min(1, spec.score + 0.45);
  const checkedScore = spec.checkedScore ?? 0.9;
  const contexts = context && contextKeys(context);
  return {
    entity,
    source: spec.source ?? `pattern:${entity.toLowerCase()}`,
    minDigits: spec.minDigits ?? 0,
    ...(spec.digitRun === undefined ? {} : { digitRun: spec.digitRun }),
    ...(spec.has === undefined ? {} : { has: spec.has }),
    ...(spec.needs === undefined ? {} : { needs: spec.needs }),
    ...(spec.signs === undefined ? {} : { signs: spec.signs }),
    ...(contexts === undefined ? {} : { contexts }),
    alone: check ? Math.max(plainScore, checkedScore) : plainScore,
    ...(spec.maxDigits === undefined ? {} : { maxDigits: spec.maxDigits }),
    ...(spec.minRun === undefined ? {} : { minRun: spec.minRun }),
    ...(spec.inRun === undefined ? {} : { inRun: spec.inRun }),
    ...(spec.cue === undefined ? {} : { cue: spec.cue }),
    windowed: spec.windowed ?? (spec.minDigits ?? 0) > 0,
    scan(text, from, emit, whole = text, base = 0, contextual = true) {
      expression.lastIndex = from;
      for (let match = expression.exec(text); match; match = expression.exec(text)) {
        const value = match[0];
        if (value.length === 0) {
          expression.lastIndex++;
          continue;
        }
        const verdict = check?.(value);
        if (verdict === false) continue;
        const start = base + match.index;
        const end = start + value.length;
        let score = verdict === true ? checkedScore : plainScore;
        if (contextual && context && score < 0.95 && hasContext(whole, start, end, context)) {
          score = Math.max(contextScore, Math.min(1, score + 0.1));
        }
        emit(start, end, score);
      }
    },
  };
}
