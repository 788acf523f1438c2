/**
 * Structured log lines: a constant event name plus fields. Written in shells only, never a message's text,
 * never a secret, never personal data.
 */
import { type Logger, pino } from 'pino';

export interface Log {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void;
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Field names whose values never reach a log line. */
const REDACTED = [
  'authorization',
  'apiKey',
  'password',
  'token',
  'secret',
  '*.authorization',
  '*.apiKey',
  '*.password',
  '*.token',
  '*.secret',
];

/** `clean` sees every part of every line before it is written, also of the framework's own. */
export function createPino(level: string, clean: (part: unknown) => unknown = part => part): Logger {
  return pino(
    {
      level,
      redact: { paths: REDACTED, censor: '[redacted]' },
      base: null,
      hooks: {
        logMethod(parts, method) {
          method.apply(this, parts.map(clean) as typeof parts);
        },
      },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

export function createLog(sink: Logger, room: string): Log {
  const child = sink.child({ room });
  return {
    debug: (event, fields) => child.debug(fields ?? {}, event),
    info: (event, fields) => child.info(fields ?? {}, event),
    warn: (event, fields) => child.warn(fields ?? {}, event),
    error: (event, fields) => child.error(fields ?? {}, event),
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** What may be said of an error in a log line: its code and name, never its message or data. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code !== 'object' ? error.code : undefined;
  return {
    error: error.name,
    code,
    at: error.stack
      ?.split('\n')
      .slice(1, 4)
      .map(line => line.trim()),
  };
}
