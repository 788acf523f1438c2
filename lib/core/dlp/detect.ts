/**
 * The detector: personal data and secrets in one bounded segment of text.
 * Cost is linear in the segment; a segment is at most `MAX_SEGMENT` characters, whatever the text is.
 */
import type { CountryCode } from 'libphonenumber-js/max';
import { findNames } from './names/names.ts';
import { tokenize } from './names/tokens.ts';
import { LITERAL_PLACEHOLDERS } from './placeholders.ts';
import type { Detection, Emit, Entity, Recognizer } from './recognizer.ts';
import { patternRecognizers } from './recognizers.ts';
import { resolve } from './resolve.ts';
import { outline } from './windows.ts';

export interface DetectorOptions {
  /** Entities to look for; all by default. */
  readonly entities?: readonly Entity[];
  /** Entities to leave out. */
  readonly except?: readonly Entity[];
  /** Least score that counts, 0.4 by default: shapes without context stay below it. */
  readonly threshold?: number;
  /** Regions whose national telephone formats are tried. */
  readonly phoneRegions?: readonly CountryCode[];
  /** Recognisers of one's own, beside the catalogue. */
  readonly recognizers?: readonly Recognizer[];
}

export interface Detector {
  /** Detections in `text` that start at `from` or later; what lies before is context only. */
  detectSegment(text: string, from: number): Detection[];
}

/** Entities that names, lists and grammars find. */
export const NAME_ENTITIES = ['PERSON', 'GPE', 'ORGANIZATION', 'STREET_ADDRESS', 'NRP', 'TITLE'] as const;
export const DEFAULT_THRESHOLD = 0.4;
/** Characters before a window that its expressions may look behind at. */
const LOOK_BEHIND = 3;
const MAX_SINGLE = 40;

/** A recogniser with every gate filled in, so that all have one shape. */
interface Gated {
  readonly entity: Entity;
  readonly source: string;
  readonly minDigits: number;
  readonly maxDigits: number;
  readonly minRun: number;
  readonly needs: string;
  readonly cue: number;
  readonly run: Recognizer;
}

/** Bit that every segment has, for recognisers that need no word. */
const NO_CUE = 1 << 30;

function gated(run: Recognizer): Gated {
  const { entity, source, minDigits, maxDigits = MAX_SINGLE, minRun = 0, needs = '', cue = NO_CUE } = run;
  return { entity, source, minDigits, maxDigits, minRun, needs, cue, run };
}

export function createDetector(options: DetectorOptions = {}): Detector {
  const threshold = options.threshold ?? DEFAULT_THRESHOLD;
  const only = options.entities && new Set(options.entities);
  const except = new Set(options.except);
  const wanted = (entity: Entity): boolean => (only?.has(entity) ?? true) && !except.has(entity);
  const patterns = [...patternRecognizers(options.phoneRegions), ...(options.recognizers ?? [])].filter(
    each => wanted(each.entity),
  );
  patterns.push(LITERAL_PLACEHOLDERS);
  const names = NAME_ENTITIES.some(wanted);

  const windowed = patterns.filter(each => each.windowed === true).map(gated);
  const whole = patterns.filter(each => each.windowed !== true).map(gated);

  /** Those that the words of a segment let match, by the bits of its words. */
  const byCues = new Map<number, readonly Gated[]>();
  function wholeFor(cues: number): readonly Gated[] {
    let chosen = byCues.get(cues);
    if (!chosen) {
      chosen = whole.filter(each => (each.cue & cues) !== 0);
      byCues.set(cues, chosen);
    }
    return chosen;
  }

  /** Those that a window of so many digits lets match; of a number that stands alone, also by its most digits. */
  const bySize = new Map<number, readonly Gated[]>();
  function windowedFor(digits: number, single: boolean, cues: number): readonly Gated[] {
    const size = Math.min(digits, MAX_SINGLE + 1);
    // Cues are seven bits below the one that all have.
    const key = ((size * 2 + (single ? 1 : 0)) << 8) | (cues & 255);
    let chosen = bySize.get(key);
    if (!chosen) {
      const fits = (each: Gated) => !single || size > MAX_SINGLE || each.maxDigits >= size;
      chosen = windowed.filter(each => (each.cue & cues) !== 0 && each.minDigits <= digits && fits(each));
      bySize.set(key, chosen);
    }
    return chosen;
  }

  return {
    detectSegment(text, from) {
      const found: Detection[] = [];
      const { windows, digits, longestRun } = outline(text, from);
      const tokens = tokenize(text);
      let cues = NO_CUE;
      for (const token of tokens) cues |= token.word.cues;
      let current: Gated;
      const emit: Emit = (start, end, score) => {
        if (score >= threshold)
          found.push({ entity: current.entity, start, end, score, source: current.source });
      };
      for (const recognizer of wholeFor(cues)) {
        if (recognizer.minDigits > digits || recognizer.minRun > longestRun) continue;
        if (recognizer.needs !== '' && !text.includes(recognizer.needs, from)) continue;
        current = recognizer;
        recognizer.run.scan(text, from, emit);
      }
      for (const window of windows) {
        const base = Math.max(0, window.start - LOOK_BEHIND);
        const part = text.slice(base, window.end);
        for (const recognizer of windowedFor(window.digits, window.single, cues)) {
          if (recognizer.minRun > longestRun) continue;
          current = recognizer;
          recognizer.run.scan(part, Math.max(window.start, from) - base, emit, text, base);
        }
      }
      if (names) for (const each of findNames(text, tokens, from)) if (wanted(each.entity)) found.push(each);
      return resolve(found, threshold);
    },
  };
}
