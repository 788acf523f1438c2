/** Which conversations are asked for, in which order they stand, and how long their customers have waited. Pure. */
import type { Filter, ListedRow } from './types.ts';

/** Within what time customers are to have an answer, minutes. */
export interface Times {
  readonly firstReplyMinutes: number;
  readonly nextReplyMinutes: number;
}

export interface ListQuery {
  readonly waiting?: boolean;
  readonly status?: 'open' | 'with-person' | 'paused';
  readonly assignee?: string;
  readonly query?: string;
}

/** What the platform is asked for. */
export function queryOf(filter: Filter, by: string, search: string): ListQuery {
  const query = search.trim() === '' ? {} : { query: search.trim() };
  switch (filter) {
    case 'waiting':
      return { waiting: true, ...query };
    case 'mine':
      return { assignee: by, ...query };
    case 'unassigned':
      return { assignee: '', ...query };
    case 'all':
      return query;
    default:
      return { status: filter, ...query };
  }
}

/** Who waits longest stands first among the waiting; else the newest, as the platform gives them. */
export function ordered(rows: readonly ListedRow[], filter: Filter): readonly ListedRow[] {
  if (filter !== 'waiting') return rows;
  return rows.toSorted((a, b) => (a.waitingSince ?? '').localeCompare(b.waitingSince ?? ''));
}

export interface Wait {
  /** Milliseconds. */
  readonly forMs: number;
  /** Milliseconds until it is late; below zero when it is. */
  readonly leftMs: number;
}

/** How long a customer has waited for a person, or for the person who has the conversation; null while nobody is awaited. */
export function waitOf(row: ListedRow, times: Times, now: number): Wait | null {
  const held = row.status === 'with-person';
  const since = held ? row.unansweredSince : row.wantsPerson ? row.waitingSince : null;
  if (since === null) return null;
  const forMs = Math.max(0, now - Date.parse(since));
  const minutes = held ? times.nextReplyMinutes : times.firstReplyMinutes;
  return { forMs, leftMs: minutes * 60_000 - forMs };
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
