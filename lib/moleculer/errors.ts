/** Errors across nodes: `TroupeError` is rebuilt with its class, and the framework's own errors get our codes. */
import { Errors } from 'moleculer';
import { type ErrorCode, isErrorCode, TroupeError } from '../kernel/errors.ts';

interface PlainError {
  name?: string;
  message?: string;
  code?: unknown;
  type?: string;
  data?: unknown;
  nodeID?: string;
}

export class TroupeRegenerator extends Errors.Regenerator {
  override extractPlainError(error: unknown, payload?: object) {
    const plain = super.extractPlainError(error as Error, payload as object);
    if (!(error instanceof TroupeError)) return plain;
    // Stacks and causes stay on the node where they arose.
    return {
      ...plain,
      stack: undefined,
      data: { ...error.data, $retryAfter: error.retryAfter },
    } as typeof plain;
  }

  override restore(plain: never, payload: never): Error {
    const { name, message = '', code, data } = plain as PlainError;
    if (name !== 'TroupeError' || !isErrorCode(code)) return super.restore(plain, payload);
    const { $retryAfter, ...rest } = (data ?? {}) as Record<string, unknown>;
    return new TroupeError(code, message, {
      data: rest,
      ...(typeof $retryAfter === 'number' ? { retryAfter: $retryAfter } : {}),
    });
  }
}

const FRAMEWORK: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  REQUEST_TIMEOUT: ['timeout', 'A part of the platform did not answer in time'],
  REQUEST_SKIPPED: ['timeout', 'There was no time left for this call'],
  REQUEST_REJECTED: ['unavailable', 'The node that worked on this has gone'],
  SERVICE_NOT_FOUND: ['unavailable', 'No node offers this action now'],
  SERVICE_NOT_AVAILABLE: ['unavailable', 'No node offers this action now'],
  QUEUE_FULL: ['overloaded', 'Too many calls wait for this part of the platform'],
  BROKER_DISCONNECTED: ['unavailable', 'This node has lost the others'],
  MAX_CALL_LEVEL: ['internal', 'Calls are nested too deep'],
  INVALID_ENDPOINT: ['unavailable', 'No node offers this action now'],
};

/** Any error as a TroupeError. What is not ours becomes `internal`, its text kept as cause and not shown. */
export function toTroupeError(error: unknown): TroupeError {
  if (error instanceof TroupeError) return error;
  const { type, message } = (typeof error === 'object' && error !== null ? error : {}) as PlainError;
  const known = type === undefined ? undefined : FRAMEWORK[type];
  if (known)
    return new TroupeError(known[0], known[1], {
      cause: error,
      ...(known[0] === 'timeout' ? {} : { retryAfter: 1 }),
    });
  if (message?.startsWith('Queue size') || type === 'QUEUE_SIZE')
    return new TroupeError('overloaded', 'Too many calls wait', { cause: error, retryAfter: 1 });
  return new TroupeError('internal', 'An unexpected error; it has been logged', { cause: error });
}
