/** Which period of a budget a moment falls in, in the tenant's time zone. Keys are stable and sort by time. */

export type Period = 'day' | 'week' | 'month' | 'ever';

/** `2026-11-24`, `2026-W48` (ISO 8601 week), `2026-11`, or `ever`. */
export function periodKey(period: Period, atMs: number, timeZone = 'UTC'): string {
  if (period === 'ever') return 'ever';
  // No zone's date changes within a quarter of an hour: what was found for it holds for all of it.
  const quarter = Math.floor(atMs / QUARTER_MS);
  const known = lately.get(period + timeZone);
  if (known?.quarter === quarter) return known.key;
  const key = keyAt(period, atMs, timeZone);
  if (lately.size >= MAX_FORMATS * 3) lately.clear();
  lately.set(period + timeZone, { quarter, key });
  return key;
}

/** No time zone's date changes within it. */
export const QUARTER_MS = 900_000;
const lately = new Map<string, { readonly quarter: number; readonly key: string }>();

function keyAt(period: Exclude<Period, 'ever'>, atMs: number, timeZone: string): string {
  const { year, month, day } = localDate(atMs, timeZone);
  if (period === 'month') return `${year}-${two(month)}`;
  if (period === 'day') return `${year}-${two(month)}-${two(day)}`;
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  const thursday = new Date(Date.UTC(year, month - 1, day - weekday + 3));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 4);
  const firstMonday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS;
  const week = Math.floor((thursday.getTime() - firstMonday) / (7 * DAY_MS)) + 1;
  return `${thursday.getUTCFullYear()}-W${two(week)}`;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 64;

function localDate(atMs: number, timeZone: string): { year: number; month: number; day: number } {
  let format = formats.get(timeZone);
  if (!format) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const [year, month, day] = format.format(atMs).split('-').map(Number);
  return { year: year!, month: month!, day: day! };
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** The kind of period that a key of `periodKey` names. */
export function periodOfKey(periodKey: string): Period {
  if (periodKey === 'ever') return 'ever';
  if (/^\d{4}-\d{2}$/.test(periodKey)) return 'month';
  return periodKey.includes('W') ? 'week' : 'day';
}
