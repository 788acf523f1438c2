/** Headers of every answer, and the id by which a request is known in logs, problems and traces. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { newId } from '../../lib/kernel/ids.ts';
import { refuseKeyInUrl } from './authentication.ts';

/** An answer that is no page runs nothing and is shown in no frame; pages bring a policy of their own. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const GIVEN = /^[\w.-]{8,100}$/;

/** The caller's `X-Request-Id` if it has the form of one, so that both sides can find the request; else a new one. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && GIVEN.test(given) ? given : newId('request');
}

/** What is done before and after whatever a request asks for. */
export function aroundAnswers(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    try {
      refuseKeyInUrl(request.url);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
  // Answers that are ready in one turn of the loop leave together: a client, or a proxy, of several wakes once for them.
  server.addHook('onSend', (_request, _reply, payload, done) => void setImmediate(done, null, payload));
}
