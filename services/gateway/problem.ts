/** Errors as HTTP tells them: RFC 9457 problem+json with a stable code. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, TroupeError } from '../../lib/kernel/errors.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly fields?: unknown;
}

/** What the HTTP layer itself refuses, by its code or status. */
function fromHttp(error: unknown): TroupeError | undefined {
  const {
    code,
    statusCode,
    message = '',
  } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: string;
    statusCode?: number;
    message?: string;
  };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new TroupeError('body-too-large', 'The body is larger than this route accepts');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new TroupeError('unsupported-media-type', 'Send application/json');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
    return new TroupeError('malformed-body', 'The body is empty; send a JSON object');
  if (code === 'FST_ERR_BAD_URL') return new TroupeError('not-found', 'The path cannot be read');
  if (message.includes('prototype property'))
    return new TroupeError('malformed-body', 'The body holds a key that is not allowed');
  if (statusCode === 400) return new TroupeError('malformed-body', 'The body is not valid JSON');
  return undefined;
}

export function asProblem(raw: unknown, requestId: string): { problem: Problem; error: TroupeError } {
  const error = raw instanceof TroupeError ? raw : (fromHttp(raw) ?? toTroupeError(raw));
  const { status, title } = ERRORS[error.code];
  const detail =
    status >= 500 && error.code === 'internal'
      ? 'An unexpected error; quote the instance when you report it'
      : error.message;
  return {
    error,
    problem: {
      type: `/docs/errors#${error.code}`,
      title,
      status,
      code: error.code,
      detail,
      instance: requestId,
      ...(Array.isArray(error.data.fields) ? { fields: error.data.fields } : {}),
    },
  };
}

export function sendProblem(raw: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { problem, error } = asProblem(raw, request.id);
  if (error.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfter)));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="troupe"');
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
