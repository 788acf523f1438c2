/**
 * `/{channel}/webhook` and `/{channel}/webhook/<account>`: a platform's request goes on as the bytes that came, since
 * they are what it signed. It is answered once its events are written down, before any of them is processed.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import { receiveWebhook } from '../../lib/contracts/channels.contracts.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';

const CHANNELS = ['facebook', 'whatsapp', 'telegram', 'zalo', 'tiktok', 'email'] as const;
/** What fits one message between nodes as base64; platforms send a tenth of it at most. */
const MOST_BYTES = 700_000;
const HEADER_CHARACTERS = 8_192;
/** Platforms wait two seconds and then send again: better that than an answer that is not heard. */
const ANSWER_MS = 1_900;

export async function addWebhookRoutes(server: FastifyInstance, broker: ServiceBroker): Promise<void> {
  await server.register(async scope => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MOST_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    const handler = (channel: string) => async (request: FastifyRequest, reply: FastifyReply) => {
      const { accountId } = request.params as { accountId?: string };
      const told = await call(
        broker,
        receiveWebhook,
        {
          channel,
          ...(accountId ? { accountId } : {}),
          method: request.method === 'POST' ? 'POST' : 'GET',
          headers: singles(request.headers),
          query: singles(request.query as Record<string, unknown>),
          bodyBase64: Buffer.isBuffer(request.body) ? request.body.toString('base64') : '',
        },
        { requestID: request.id, timeout: ANSWER_MS },
      );
      return reply.code(told.status).type(told.contentType).send(told.body);
    };
    for (const channel of CHANNELS)
      for (const url of [`/${channel}/webhook`, `/${channel}/webhook/:accountId`])
        scope.route({ method: ['GET', 'POST'], url, bodyLimit: MOST_BYTES, handler: handler(channel) });
  });
}

/** Names with one value each: a header or query that comes twice is nothing that a platform signs. */
function singles(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string') continue;
    if (value.length > HEADER_CHARACTERS) throw new TroupeError('validation-failed', `${name} is too long`);
    kept[name] = value;
  }
  return kept;
}
