/** The webhooks of chat platforms, as the OpenAPI document tells them. Each platform signs in a way of its own. */
import { COMMON_HEADERS, ref } from './openapi-components.ts';
import type { Operation } from './openapi-protocols.ts';

const CHANNELS = ['facebook', 'whatsapp', 'telegram', 'zalo', 'tiktok', 'email'] as const;

const answer = (description: string) => ({
  description,
  headers: COMMON_HEADERS,
  content: {
    'text/plain': { schema: { type: 'string' }, example: 'ok' },
    'application/json': { schema: {}, example: {} },
    'application/problem+json': {
      schema: ref('schemas', 'Problem'),
      examples: { 'not-found': ref('examples', 'not-found') },
    },
  },
});

const ACCOUNT = {
  name: 'accountId',
  in: 'path',
  required: true,
  description: 'Which of the channels that are connected',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
  example: 'chn_01k5x9q3zcf0v8m4h2t7w6y1ab',
};

function operation(channel: string, method: 'get' | 'post', ofAccount: boolean): Operation {
  const verb = method === 'get' ? 'verify' : 'receive';
  return {
    operationId: `${verb}${channel[0]!.toUpperCase()}${channel.slice(1)}${ofAccount ? 'Account' : ''}`,
    tags: ['webhooks'],
    security: [],
    summary:
      method === 'get'
        ? 'The platform asks whether this is the right place'
        : 'Events of the platform, signed by it',
    ...(ofAccount ? { parameters: [ACCOUNT] } : {}),
    ...(method === 'post'
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { type: 'object' }, example: {} } },
          },
        }
      : {}),
    responses: {
      200: answer('Written down'),
      '4XX': answer('Not signed as it must be, or not for an account that is known'),
      '5XX': answer('Not written down: send it again'),
    },
    errors: [],
  };
}

export const WEBHOOK_PATHS: Readonly<Record<string, Readonly<Record<string, Operation>>>> =
  Object.fromEntries(
    CHANNELS.flatMap(channel =>
      [false, true].map(ofAccount => [
        `/${channel}/webhook${ofAccount ? '/{accountId}' : ''}`,
        {
          get: operation(channel, 'get', ofAccount),
          post: operation(channel, 'post', ofAccount),
        },
      ]),
    ),
  );
