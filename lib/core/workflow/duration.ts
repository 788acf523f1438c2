/** Durations: `{minutes: 2}` or ISO 8601 (`PT2M`). A year counts 365 days and a month 30. */
import { isObject, type Json } from './jq/value.ts';

const UNITS: Readonly<Record<string, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  milliseconds: 1,
};
const ISO =
  /^P(?!$)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const ISO_MS = [365 * 86_400_000, 30 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];
/** Longest wait: ten years. */
const MAX_MS = 10 * 365 * 86_400_000;

/** Milliseconds, or null when the value is no duration. */
export function durationMs(value: Json | undefined): number | null {
  if (typeof value === 'string') {
    const found = ISO.exec(value.trim());
    if (!found) return null;
    return bounded(ISO_MS.reduce((sum, ms, i) => sum + Number(found[i + 1] ?? 0) * ms, 0));
  }
  if (!isObject(value)) return null;
  let sum = 0;
  for (const [unit, amount] of Object.entries(value)) {
    const ms = UNITS[unit.toLowerCase()];
    if (ms === undefined || typeof amount !== 'number') return null;
    sum += amount * ms;
  }
  return bounded(sum);
}

function bounded(ms: number): number {
  return Math.min(MAX_MS, Math.max(0, Math.round(ms)));
}
