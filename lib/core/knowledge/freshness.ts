/** How far one may still go by what a document says: 1 on the day that its source was last seen to say so. */

/** Days after which it is half. */
const HALF_LIFE_DAYS = 180;
const DAY_MS = 86_400_000;

/** 0 to 1. */
export function freshness(ageMs: number): number {
  return 2 ** (-Math.max(0, ageMs) / (HALF_LIFE_DAYS * DAY_MS));
}
