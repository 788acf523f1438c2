/** Which conversations are shown, in which order, and how long their customers have waited. Pure. */
import type { Filter, ListedRow } from './types.ts';

/** A customer who waits for a person should be answered within so long. Milliseconds. */
export const LATE_AFTER_MS = 10 * 60_000;

/** What the platform is asked for; the rest of a filter is done here. */
export function queryOf(filter: Filter): Readonly<Record<string, string>> {
  switch (filter) {
    case 'waiting':
      return { waiting: 'true' };
    case 'mine':
      return { status: 'with-person' };
    case 'all':
      return {};
    default:
      return { status: filter };
  }
}

/** Those that fit; who waits longest stands first among the waiting, else the newest as the platform gives them. */
export function shownRows(
  rows: readonly ListedRow[],
  {
    filter,
    by,
    search,
    subjects,
  }: {
    readonly filter: Filter;
    readonly by: string;
    readonly search: string;
    readonly subjects: ReadonlyMap<string, string>;
  },
): readonly ListedRow[] {
  const wanted = plain(search);
  const fitting = rows.filter(
    row =>
      (filter !== 'mine' || row.assignee === by) &&
      (wanted === '' ||
        plain(`${row.id} ${row.assignee ?? ''} ${subjects.get(row.id) ?? ''}`).includes(wanted)),
  );
  if (filter !== 'waiting') return fitting;
  return fitting.toSorted((a, b) => (a.waitingSince ?? '').localeCompare(b.waitingSince ?? ''));
}

/** Milliseconds for which a customer has waited for a person; null when none is waited for. */
export function waitOf(row: ListedRow, now: number): number | null {
  if (!row.wantsPerson || row.status === 'with-person' || row.waitingSince === null) return null;
  return Math.max(0, now - Date.parse(row.waitingSince));
}

/** Without case and accents, so that "hoan tien" finds "Hoàn tiền". */
function plain(words: string): string {
  return words
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .toLowerCase()
    .trim();
}

/** "3 min", "2 hr": in the reader's language. */
export function ageText(ms: number, language: string): string {
  const minutes = Math.floor(ms / 60_000);
  const [value, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 1_440
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1_440), 'day'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}
