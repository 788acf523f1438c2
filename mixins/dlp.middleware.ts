/**
 * Personal data and secrets leave a node by the side in no way: errors that leave an action, log lines, spans and
 * labels of metrics are cleaned by policy. For any Moleculer project; it needs nothing of Troupe but `lib/core/dlp`.
 * Stands outside of whatever may refuse a call, and inside of what counts and traces calls: those hear of an error
 * when it is cleaned. A call that succeeds pays for one promise (`npm run -s bench:dlp`).
 */
import type { ActionSchema, Middleware, ServiceBroker } from 'moleculer';
import { type CleanerOptions, createCleaner, type OnRedacted } from '../lib/core/dlp/boundary.ts';

export type DlpPlace = 'log' | 'error' | 'trace' | 'metric';

export interface DlpOptions extends CleanerOptions {
  /** What is cleaned; all of it by default. */
  readonly places?: readonly DlpPlace[];
  /** Whether the `data` of errors is cleaned beside their text; by default it is. */
  readonly errorData?: boolean;
  /** Told of what was masked where. */
  readonly onRedacted?: (place: DlpPlace) => OnRedacted;
}

/** Parts of Moleculer that its types leave out. */
interface Inside {
  readonly loggerFactory: { readonly cache: Map<string, Record<string, unknown>> };
  readonly tracer: Record<string, unknown> & { isEnabled?: () => boolean };
  readonly metrics: Record<string, unknown> & { isEnabled?: () => boolean };
}
type Any = (...args: unknown[]) => unknown;

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'];
/** Methods of Moleculer's metrics, with the place of the labels among their arguments. */
const LABELLED: Readonly<Record<string, number>> = {
  increment: 1,
  decrement: 1,
  set: 2,
  observe: 2,
  reset: 1,
  timer: 1,
};

export function dlpMiddleware({
  places = ['log', 'error', 'trace', 'metric'],
  errorData = true,
  onRedacted,
  ...cleaning
}: DlpOptions = {}): Middleware {
  const cleaner = createCleaner(cleaning);
  const counted = Object.fromEntries(places.map(place => [place, onRedacted?.(place)]));
  const clean = (place: DlpPlace, value: unknown) => cleaner.value(value, counted[place]);
  /** Errors pass through several actions; each is cleaned once. */
  const seen = new WeakSet<Error>();

  function cleanError(error: unknown): void {
    if (!(error instanceof Error) || seen.has(error)) return;
    seen.add(error);
    const { message, stack } = error;
    const text = cleaner.text(message, counted.error);
    if (text !== message) {
      error.message = text;
      if (stack) error.stack = stack.replaceAll(message, text);
    }
    if (errorData && 'data' in error && error.data !== undefined)
      Object.defineProperty(error, 'data', { value: clean('error', error.data), configurable: true });
  }

  /** In place: exporters and the span's owner hold the same one. */
  function cleanSpan(span: unknown): void {
    const { tags, logs, error } = span as { tags?: object; logs?: unknown[]; error?: unknown };
    if (tags) Object.assign(tags, clean('trace', tags));
    if (logs) for (const [at, each] of logs.entries()) logs[at] = clean('trace', each);
    cleanError(error);
  }

  function onCreated(broker: ServiceBroker): void {
    const { loggerFactory, tracer, metrics } = broker as unknown as Inside;
    if (places.includes('log'))
      // The broker's own loggers are older than its middlewares: `newLogEntry` does not see what they write.
      for (const logger of loggerFactory.cache.values())
        for (const level of LEVELS)
          around(logger, level, (write, args) => write(...args.map(part => clean('log', part))));
    if (places.includes('trace'))
      for (const moment of ['spanStarted', 'spanFinished'])
        around(tracer, moment, (tell, [span]) => {
          cleanSpan(span);
          return tell(span);
        });
    if (places.includes('metric'))
      for (const [method, at] of Object.entries(LABELLED))
        around(metrics, method, (measure, args) =>
          measure(...args.map((each, i) => (i === at && each ? clean('metric', each) : each))),
        );
  }

  return {
    name: 'Dlp',
    created: onCreated,
    ...(places.includes('log')
      ? {
          newLogEntry(_level: string, args: unknown[]) {
            for (const [at, part] of args.entries()) args[at] = clean('log', part);
          },
        }
      : {}),
    ...(places.includes('error')
      ? {
          localAction(next: Any, _action: ActionSchema) {
            return function guarded(ctx: unknown) {
              return (next(ctx) as Promise<unknown>).catch((error: unknown) => {
                cleanError(error);
                throw error;
              });
            };
          },
        }
      : {}),
  } as unknown as Middleware;
}

/** Puts something around a method of an object that is not ours. */
function around(
  target: Record<string, unknown>,
  method: string,
  wrap: (original: Any, args: unknown[]) => unknown,
): void {
  const original = target[method];
  if (typeof original !== 'function') return;
  target[method] = (...args: unknown[]) => wrap((...given) => original.apply(target, given), args);
}
