/** When a scheduled workflow runs next: pure, the time is given. Cron is read in UTC unless a zone is named. */
import { Cron } from 'croner';
import { objectField, textField } from './definition.ts';
import { durationMs } from './duration.ts';
import type { Evaluator } from './expression.ts';
import type { Json, JsonObject } from './jq/value.ts';
import { consume, type Gathered } from './listen.ts';
import type { CloudEvent } from './messages.ts';

export interface ScheduleHistory {
  readonly nowMs: number;
  /** When the last run began and ended; unset when there was none, or it has not ended. */
  readonly lastStartMs?: number;
  readonly lastEndMs?: number;
  /** IANA time zone of `cron`. */
  readonly zone?: string;
}

/** What is wrong with a cron expression; null when nothing is. */
export function cronError(cron: string): string | null {
  try {
    const next = new Cron(cron, { timezone: 'UTC', paused: true }).nextRun(new Date(0));
    return next ? null : 'the cron expression never comes true';
  } catch (error) {
    return `the cron expression is not valid: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}

/**
 * Milliseconds since the epoch of the next start; null when only an event or the end of the last run can start it.
 * `every` keeps its beat from the first start; beats that were missed are not made up for.
 */
export function nextStartMs(schedule: JsonObject, history: ScheduleHistory): number | null {
  const { nowMs, lastStartMs, lastEndMs } = history;
  const cron = textField(schedule, 'cron');
  if (cron !== undefined) {
    const from = new Date(Math.max(nowMs, lastStartMs ?? nowMs));
    return new Cron(cron, { timezone: history.zone ?? 'UTC', paused: true }).nextRun(from)?.getTime() ?? null;
  }
  const every = durationMs(schedule.every);
  if (every !== null) {
    if (lastStartMs === undefined || every === 0) return nowMs;
    const beats = Math.max(1, Math.ceil((nowMs - lastStartMs) / every));
    return lastStartMs + beats * every;
  }
  const after = durationMs(schedule.after);
  if (after === null) return null;
  if (lastStartMs === undefined) return nowMs;
  return lastEndMs === undefined ? null : Math.max(nowMs, lastEndMs + after);
}

export interface StartGathering extends Gathered {
  readonly events: readonly CloudEvent[];
}

export const NOTHING_GATHERED: StartGathering = {
  events: [],
  items: [],
  matched: [],
  untilMatched: [],
  correlations: {},
};

/**
 * One more event for `schedule.on`. `start`: the input of the run that now begins (an array of events), after which
 * gathering begins anew; null while more must come. The same object: the event does not matter.
 */
export function gatherStart(
  schedule: JsonObject,
  gathered: StartGathering,
  event: CloudEvent,
  nowMs: number,
): { gathered: StartGathering; start: Json | null } {
  const strategy = objectField(schedule, 'on');
  if (!strategy) return { gathered, start: null };
  const evaluator: Evaluator = {
    instance: '/schedule',
    loose: false,
    surroundings: { global: () => undefined, nowMs },
  };
  const taken = consume({
    strategy,
    read: 'envelope',
    gathered,
    event,
    input: {},
    evaluator,
    foreach: false,
  });
  if (!taken) return { gathered, start: null };
  const next: StartGathering = {
    events: taken.item === undefined ? gathered.events : [...gathered.events, event],
    items: taken.item === undefined ? gathered.items : [...gathered.items, taken.item],
    matched: taken.filter < 0 ? gathered.matched : [...gathered.matched, taken.filter],
    untilMatched: taken.until === undefined ? gathered.untilMatched : [...gathered.untilMatched, taken.until],
    correlations: { ...gathered.correlations, ...taken.correlations },
  };
  return taken.done
    ? { gathered: NOTHING_GATHERED, start: next.events as unknown as Json }
    : { gathered: next, start: null };
}
