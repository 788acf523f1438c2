/** Addresses of the United States' forces and embassies abroad, and postal lines that stand alone. */
import { pattern, type Recognizer } from '../recognizer.ts';

export const MILITARY: Recognizer = pattern({
  entity: 'STREET_ADDRESS',
  pattern:
    /(?<!\w)(?:(?:PSC|CMR|UNIT)\s\d{1,5}(?:,?\s{1,4}BOX\s\d{1,6})?|US(?:S|NS|CGC|NV)\s[\p{L}'-]{2,30})[\s,>]{1,6}(?:APO|FPO|DPO)[\s,]{1,3}(?:AA|AE|AP)(?:\s{1,3}\d{5}(?:-\d{4})?)?(?!\w)/giu,
  score: 0.97,
  source: 'grammar:military-address',
});
