/** The list: which kind, a search in what was said, and who waits how long. */
import { useEffect, useId, useState } from 'react';
import { shortTime } from '../i18n/locale.ts';
import { ageText, ordered, type Times, waitOf } from './queue.ts';
import type { Filter, ListedRow } from './types.ts';
import type { Inbox } from './use-inbox.ts';
import { fill, useInboxWords } from './words.ts';

const FILTERS: readonly Filter[] = ['waiting', 'mine', 'unassigned', 'with-person', 'open', 'paused', 'all'];
const TICK_MS = 15_000;

interface Props {
  readonly inbox: Inbox;
  readonly by: string;
  readonly times: Times;
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly openId: string | null;
  readonly onOpen: (id: string) => void;
}

export function ConversationList(props: Props) {
  const { inbox, by, times, filter, onFilter, search, onSearch, openId, onOpen } = props;
  const words = useInboxWords();
  const [filterId, searchId] = [useId(), useId()];
  const now = useNow();
  const { rows, subjects } = inbox;
  const shown = ordered(rows ?? [], filter);
  return (
    <>
      <div className="flex flex-wrap gap-2 border-line border-b p-3">
        <label htmlFor={filterId} className="sr-only">
          {words.filters}
        </label>
        <select
          id={filterId}
          value={filter}
          onChange={event => onFilter(event.target.value as Filter)}
          className="min-h-11 max-w-36 rounded-xl border border-line-strong bg-raised px-2 text-ink"
        >
          {FILTERS.map(name => (
            <option key={name} value={name}>
              {words[name]}
            </option>
          ))}
        </select>
        <label htmlFor={searchId} className="sr-only">
          {words.search}
        </label>
        <input
          id={searchId}
          type="search"
          value={search}
          maxLength={200}
          onChange={event => onSearch(event.target.value)}
          placeholder={words.search}
          className="min-h-11 min-w-32 flex-1 rounded-xl border border-line-strong bg-raised px-3 text-ink placeholder:text-faint"
        />
      </div>
      <p role="status" className="px-4 pt-2 text-faint text-sm">
        {rows === null
          ? ''
          : shown.length === 0
            ? filter === 'waiting' && search === ''
              ? words.nothingWaiting
              : words.nothing
            : shown.length === 1
              ? words.foundOne
              : fill(words.found, { n: shown.length })}
      </p>
      <div className="min-h-0 flex-1 overflow-y-auto p-2">
        <ul className="space-y-1">
          {shown.map(row => (
            <li key={row.id}>
              <Row
                row={row}
                subject={subjects.get(row.id) || words.noText}
                mine={row.assignee === by}
                open={row.id === openId}
                times={times}
                now={now}
                onOpen={onOpen}
              />
            </li>
          ))}
        </ul>
        {inbox.more && (
          <button
            type="button"
            onClick={inbox.showMore}
            className="mt-2 min-h-11 w-full cursor-pointer rounded-xl border border-line font-medium text-soft hover:border-accent hover:text-accent"
          >
            {words.more}
          </button>
        )}
      </div>
    </>
  );
}

interface RowProps {
  readonly row: ListedRow;
  readonly subject: string;
  readonly mine: boolean;
  readonly open: boolean;
  readonly times: Times;
  readonly now: number;
  readonly onOpen: (id: string) => void;
}

function Row({ row, subject, mine, open, times, now, onOpen }: RowProps) {
  const words = useInboxWords();
  const language = document.documentElement.lang;
  const wait = waitOf(row, times, now);
  const late = wait !== null && wait.leftMs < 0;
  const held = row.status === 'with-person';
  return (
    <button
      type="button"
      data-testid="row"
      aria-current={open}
      onClick={() => onOpen(row.id)}
      className={`w-full cursor-pointer rounded-xl px-3 py-2.5 text-left ${open ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
    >
      <span className="line-clamp-2 font-medium text-ink wrap-anywhere">{subject}</span>
      <span className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-soft">
        {wait !== null && (
          <span
            data-testid="wait"
            className={`rounded-full px-2 py-0.5 font-medium ${late ? 'bg-danger-soft text-danger' : 'bg-notice-soft text-notice'}`}
          >
            {fill(words.waits, { age: ageText(wait.forMs, language) })}
            {late && ` · ${words.late}`}
          </span>
        )}
        {held || row.assignee !== null ? (
          <span className="wrap-anywhere">
            {mine
              ? held
                ? words.youHave
                : words.yours
              : fill(held ? words.has : words.for, { who: row.assignee ?? words.person })}
          </span>
        ) : (
          wait === null && <span>{words[row.status]}</span>
        )}
        <time dateTime={row.lastMessageAt}>{shortTime(Date.parse(row.lastMessageAt), now)}</time>
      </span>
    </button>
  );
}

/** The time, now and then. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
