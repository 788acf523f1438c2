/**
 * The detector: personal data and secrets in one bounded segment of text.
 * Cost is linear in the segment; a segment is at most `MAX_SEGMENT` characters, whatever the text is.
 */
import type { CountryCode } from 'libphonenumber-js/max';
import { findNames } from './names/names.ts';
import { LITERAL_PLACEHOLDERS } from './placeholders.ts';
import type { Detection, Entity, Recognizer } from './recognizer.ts';
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
  /** Detections in `text` that start at `from` or later; what lies before is context only. */
  detectSegment(text: string, from: number): Detection[];
}

/** Entities that names, lists and grammars find. */
export const NAME_ENTITIES = ['PERSON', 'GPE', 'ORGANIZATION', 'STREET_ADDRESS', 'NRP', 'TITLE'] as const;
export const DEFAULT_THRESHOLD = 0.4;

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

  return {
    detectSegment(text, from) {
      const found: Detection[] = [];
      const digits = countDigits(text, from);
      for (const recognizer of patterns) {
        if (recognizer.minDigits > digits) continue;
        if (recognizer.needs !== undefined && !text.includes(recognizer.needs, from)) continue;
        const { entity, source } = recognizer;
        recognizer.scan(text, from, (start, end, score) => {
          if (score >= threshold) found.push({ entity, start, end, score, source });
        });
      }
      if (names) for (const each of findNames(text, from)) if (wanted(each.entity)) found.push(each);
      return resolve(found, threshold);
    },
  };
}

function countDigits(text: string, from: number): number {
  let count = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) count++;
  }
  return count;
}
