/** One conversation: who has it, what was said and done, and the field to answer in. */
import { useEffect, useRef, useState } from 'react';
import { ChevronIcon } from '../components/icons.tsx';
import { Assign } from './assign.tsx';
import { Composer } from './composer.tsx';
import { Linked } from './linked.tsx';
import { ageText, type Times, waitOf } from './queue.ts';
import { costText, Timeline } from './room-items.tsx';
import type { Inbox, Trouble } from './use-inbox.ts';
import { fill, type InboxTable, useInboxWords } from './words.ts';

interface Props {
  readonly inbox: Inbox;
  readonly id: string;
  readonly by: string;
  readonly times: Times;
  readonly onBack: () => void;
}

/** Pixels from the end within which a reader counts as being at it. */
const NEAR_END = 160;
const ACT =
  'min-h-11 cursor-pointer rounded-full px-5 font-semibold disabled:cursor-default disabled:opacity-60';

export function RoomView({ inbox, id, by, times, onBack }: Props) {
  const words = useInboxWords();
  const { room, trouble, busy } = inbox;
  const heading = useRef<HTMLHeadingElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const reply = useRef<HTMLTextAreaElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const items = room?.items.length ?? 0;
  useEffect(() => {
    if (items > 0) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [items]);

  useEffect(() => {
    const shown = box.current;
    if (!shown) return;
    // What comes above or below takes of its height: whoever was at the end stays there.
    const seen = new ResizeObserver(() => {
      const { scrollHeight, scrollTop, clientHeight } = shown;
      if (scrollHeight - scrollTop - clientHeight < NEAR_END) shown.scrollTo({ top: scrollHeight });
    });
    seen.observe(shown);
    return () => seen.disconnect();
  }, []);

  const taken = room?.status === 'with-person';
  const mine = taken && room.assignee === by;
  const had = useRef(mine);
  useEffect(() => {
    // Whoever has just taken over wants to write.
    if (mine && !had.current) reply.current?.focus();
    had.current = mine;
  }, [mine]);

  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-4 py-2.5">
        <button
          type="button"
          onClick={onBack}
          aria-label={words.back}
          className="flex size-11 cursor-pointer items-center justify-center rounded-full border border-line text-soft md:hidden"
        >
          <ChevronIcon className="size-5 rotate-180" />
        </button>
        <div className="min-w-0 flex-1 basis-[calc(100%-4rem)] md:basis-0">
          <h2 ref={heading} tabIndex={-1} className="line-clamp-2 font-semibold outline-none wrap-anywhere">
            {inbox.subjects.get(id) || id}
          </h2>
          {room && (
            <p className="text-faint text-sm" data-testid="holder">
              {taken
                ? mine
                  ? words.youHave
                  : fill(words.has, { who: room.assignee ?? words.person })
                : words[room.status]}
              {' · '}
              {fill(words.total, {
                turns: room.spent.turns,
                tokens: room.spent.inputTokens + room.spent.outputTokens,
                cost: costText(words, room.spent.costMicroUsd),
              })}
            </p>
          )}
          <Linked id={id} />
        </div>
        {room && <Assign assignee={room.assignee} by={by} held={taken} busy={busy} onAssign={inbox.assign} />}
        {room && !taken && (
          <button
            type="button"
            disabled={busy}
            onClick={inbox.takeOver}
            className={`${ACT} bg-accent text-on-accent hover:bg-accent-strong`}
          >
            {words.takeOver}
          </button>
        )}
        {taken && (
          <button
            type="button"
            disabled={busy}
            onClick={inbox.handBack}
            className={`${ACT} border border-line-strong text-ink hover:border-accent hover:text-accent`}
          >
            {words.handBack}
          </button>
        )}
      </div>
      <Standing inbox={inbox} id={id} times={times} />
      <div role="alert" data-testid="trouble">
        {trouble && (
          <p className="bg-danger-soft px-4 py-2.5 font-medium text-danger text-sm">
            {troubleText(words, trouble)}
          </p>
        )}
      </div>
      <div
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={words.list}
        aria-busy={room === null}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-4 focus-visible:-outline-offset-2"
      >
        {room && <Timeline room={room} />}
      </div>
      {room && (
        <footer className="border-line border-t px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
          <Composer
            conversationId={id}
            ref={reply}
            busy={busy}
            mayReply={mine}
            why={taken ? fill(words.replyHeld, { who: room.assignee ?? words.person }) : words.replyFirst}
            onWrite={inbox.write}
            onTyping={inbox.typing}
          />
        </footer>
      )}
    </>
  );
}

const TICK_MS = 5_000;

/** How long the customer may still wait, and who else looks on. */
function Standing({ inbox, id, times }: { inbox: Inbox; id: string; times: Times }) {
  const words = useInboxWords();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const row = inbox.rows?.find(each => each.id === id);
  const wait = row ? waitOf(row, times, now) : null;
  const language = document.documentElement.lang;
  const { count, names, writing } = inbox.others;
  if (!wait && count === 0 && writing === null) return null;
  return (
    <p className="flex flex-wrap gap-x-4 border-line border-b bg-sunken px-4 py-1.5 text-sm">
      {wait && (
        <span data-testid="sla" className={wait.leftMs < 0 ? 'font-medium text-danger' : 'text-soft'}>
          {wait.leftMs < 0
            ? fill(words.overdue, { age: ageText(-wait.leftMs, language) })
            : fill(words.dueIn, { age: ageText(wait.leftMs + 59_999, language) })}
        </span>
      )}
      {(count > 0 || writing !== null) && (
        <span className="text-notice" data-testid="others" role="status">
          {writing !== null
            ? fill(words.writes, { who: writing || words.colleague })
            : names.length > 0
              ? fill(words.namesLook, { who: names.join(', ') })
              : count === 1
                ? words.oneLooks
                : fill(words.othersLook, { n: count })}
        </span>
      )}
    </p>
  );
}

function troubleText(words: InboxTable, trouble: Trouble): string {
  switch (trouble.kind) {
    case 'conflict':
      return words.conflict;
    case 'unreachable':
      return words.unreachable;
    case 'not-sent':
      return words.notSent;
    case 'refused':
      return fill(words.failed, { why: trouble.why });
  }
}
