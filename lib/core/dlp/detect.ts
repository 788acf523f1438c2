/**
 * The detector: personal data and secrets in one bounded segment of text.
 * Cost is linear in the segment; a segment is at most `MAX_SEGMENT` characters, whatever the text is.
 */
import type { CountryCode } from 'libphonenumber-js/max';
import { Gates } from './gates.ts';
import { findNames } from './names/names.ts';
import { refreshWords } from './names/spellings.ts';

import { LITERAL_PLACEHOLDERS } from './placeholders.ts';
import type { Stretch } from './reader.ts';
import type { Detection, Emit, Entity, Recognizer } from './recognizer.ts';
import { patternRecognizers } from './recognizers.ts';
import { resolve } from './resolve.ts';

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
  /** Detections that start in the segment, with offsets into the stretch's text; what lies before is context only. */
  detectSegment(stretch: Stretch): Detection[];
}

/** Entities that names, lists and grammars find. */
export const NAME_ENTITIES = ['PERSON', 'GPE', 'ORGANIZATION', 'STREET_ADDRESS', 'NRP', 'TITLE'] as const;
export const DEFAULT_THRESHOLD = 0.4;
/** Characters before a window that its expressions may look behind at. */
const LOOK_BEHIND = 3;
const NOTHING: Detection[] = [];

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
  const allNames = NAME_ENTITIES.every(wanted);
  const gates = new Gates(patterns, threshold);
  refreshWords();

  return {
    detectSegment({ text, from, tokens, windows, longRuns, digits, longestRun, signs }) {
      let cues = 0;
      let marks = 0;
      let numbered = false;
      gates.begin();
      for (let i = 0; i < tokens.length; i++) {
        const { word, kind } = tokens[i]!;
        if (kind === 'number') numbered = true;
        cues |= word.cues;
        marks |= word.marks;
        if (word.contexts.length > 0) gates.meet(word.contexts);
      }
      let found: Detection[] = NOTHING;
      let current: Recognizer;
      const emit: Emit = (start, end, score) => {
        if (score < threshold) return;
        const { entity, source } = current;
        const one = { entity, start, end, score, source };
        if (found === NOTHING) found = [one];
        else found.push(one);
      };
      const whole = gates.whole(cues, signs);
      for (let i = 0; i < whole.length; i++) {
        const gate = whole[i]!;
        if (gate.minDigits > digits || gate.minRun > longestRun || !gates.passes(gate)) continue;
        if (gate.needs !== '' && !text.includes(gate.needs, from)) continue;
        current = gate.run;
        current.scan(text, from, emit, text, 0, gates.contextual(gate));
      }
      for (const run of longRuns) {
        const base = Math.max(0, run.start - LOOK_BEHIND);
        const part = text.slice(base, run.end);
        for (let i = 0; i < gates.long.length; i++) {
          const gate = gates.long[i]!;
          if (gate.minRun > run.end - run.start || gate.minDigits > digits || !gates.passes(gate)) continue;
          if (gate.needs !== '' && !part.includes(gate.needs)) continue;
          current = gate.run;
          current.scan(part, run.start - base, emit, text, base, gates.contextual(gate));
        }
      }
      for (let w = 0; w < windows.length; w++) {
        const window = windows[w]!;
        const base = Math.max(0, window.start - LOOK_BEHIND);
        const part = text.slice(base, window.end);
        const first = Math.max(window.start, from) - base;
        const fitting = gates.windowed(window, cues);
        for (let i = 0; i < fitting.length; i++) {
          const gate = fitting[i]!;
          if (gate.minRun > longestRun || !gates.passes(gate)) continue;
          current = gate.run;
          current.scan(part, first, emit, text, base, gates.contextual(gate));
        }
      }
      if (names) {
        const named = findNames(text, tokens, from, marks, numbered);
        if (named.length > 0) {
          if (found === NOTHING) found = [];
          for (const each of named) if (allNames || wanted(each.entity)) found.push(each);
        }
      }
      return found === NOTHING ? found : resolve(found, threshold);
    },
  };
}
