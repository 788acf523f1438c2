/** Errors as HTTP tells them: RFC 9457 problem+json with a stable code. */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import { cleanText, cleanValue } from '../../lib/core/dlp/boundary.ts';
import { ERRORS, TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { lingers } from './document-upload.ts';
import { sendPage, wantsPage } from './plain-page.ts';

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
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new TroupeError('not-found', 'The path cannot be read');
  if (message.includes('prototype property'))
    return new TroupeError('malformed-body', 'The body holds a key that is not allowed');
  if (statusCode === 412)
    return new TroupeError('precondition-failed', 'The page is not in the state that If-Match names');
  if (statusCode === 400) return new TroupeError('malformed-body', 'The body is not valid JSON');
  return undefined;
}

export function asProblem(raw: unknown, requestId: string): { problem: Problem; error: TroupeError } {
  const error = raw instanceof TroupeError ? raw : (fromHttp(raw) ?? toTroupeError(raw));
  const { status, title } = ERRORS[error.code];
  const detail =
    status >= 500 && error.code === 'internal'
      ? 'An unexpected error; quote the instance when you report it'
      : cleanText(error.message);
  return {
    error,
    problem: {
      type: `/docs/errors#${error.code}`,
      title,
      status,
      code: error.code,
      detail,
      instance: requestId,
      ...(Array.isArray(error.data.fields) ? { fields: cleanValue(error.data.fields) } : {}),
    },
  };
}

export function sendProblem(raw: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { problem, error } = asProblem(raw, request.id);
  if (error.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfter)));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="troupe"');
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** What Node's parser and the router refuse before there is a route: told as problems too. */
export const malformedRequests: FastifyServerOptions = {
  frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply as FastifyReply),
  clientErrorHandler(error, socket) {
    const large = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW';
    const refusal = large
      ? new TroupeError('headers-too-large', 'The headers are larger than 16 KB')
      : new TroupeError('malformed-request', 'The request is not valid HTTP');
    const { problem } = asProblem(refusal, newId('request'));
    const body = JSON.stringify(problem);
    if (socket.writable)
      socket.write(
        `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: application/problem+json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    socket.destroySoon();
  },
};

/** The methods that a path answers to. */
export function methodsOf(path: string): readonly string[] {
  return PATHS.filter(({ form }) => form.test(path)).map(({ method }) => method);
}

/** Paths of the contracts with the methods that they answer to. */
const PATHS = CONTRACTS.flatMap(({ http }) =>
  http ? [{ form: new RegExp(`^/api/v1${http.path.replace(/:\w+/g, '[^/]+')}$`), method: http.method }] : [],
);

export function tellErrors(server: FastifyInstance, log: Log): void {
  server.setErrorHandler((error, request, reply) => {
    const { problem } = asProblem(error, request.id);
    if (problem.status >= 500)
      log.warn('http.failed', {
        requestId: request.id,
        code: problem.code,
        route: request.routeOptions.url ?? '',
        ...describeError(error),
      });
    if (lingers(request)) reply.removeHeader('connection');
    return sendProblem(error, request, reply);
  });
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!.slice(0, 200);
    const methods = methodsOf(path);
    if (wantsPage(request)) {
      reply.code(404).header('vary', 'accept');
      return sendPage(
        reply,
        'There is no such page',
        '<p>The address may be mistyped. <a href="/">Chat</a> · <a href="/inbox">Portal</a> · <a href="/docs">API</a></p>',
      );
    }
    if (methods.length === 0 || methods.includes(request.method))
      return sendProblem(
        new TroupeError('not-found', `There is nothing at ${request.method} ${path}`),
        request,
        reply,
      );
    reply.header('allow', methods.join(', '));
    return sendProblem(
      new TroupeError('method-not-allowed', `${path} accepts ${methods.join(', ')}`),
      request,
      reply,
    );
  });
}
