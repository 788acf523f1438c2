/** Errors as OpenAI's clients expect them: a status and `{ error: { message, type, param, code } }`. */
import type { ServerResponse } from 'node:http';
import { ERRORS, type TroupeError } from '../../../lib/kernel/errors.ts';
import { toTroupeError } from '../../../lib/moleculer/errors.ts';

export function openAiError(raw: unknown): { status: number; body: Buffer; error: TroupeError } {
  const error = toTroupeError(raw);
  const { status } = ERRORS[error.code];
  const type =
    status === 401
      ? 'authentication_error'
      : status === 403
        ? 'permission_error'
        : status === 429 || status === 402
          ? 'insufficient_quota'
          : status >= 500
            ? 'api_error'
            : 'invalid_request_error';
  const message = error.code === 'internal' ? 'An unexpected error' : error.message;
  return {
    status,
    error,
    body: Buffer.from(JSON.stringify({ error: { message, type, param: null, code: error.code } })),
  };
}

/** What every answer to a request carries: its id, what is left of its limits. Given to Node at once, which is cheaper. */
export interface AnswerHeaders extends Record<string, string> {
  'x-request-id': string;
}

export function refuse(response: ServerResponse, headers: AnswerHeaders, raw: unknown): TroupeError {
  const { status, body, error } = openAiError(raw);
  if (response.headersSent) {
    // The stream has begun: an event says what happened, as OpenAI's own streams do.
    response.end(`data: ${body.toString('utf8')}\n\n`);
    return error;
  }
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': body.length,
    ...(error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) }),
  });
  response.end(body);
  return error;
}
