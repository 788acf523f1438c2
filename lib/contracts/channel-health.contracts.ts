/** How the connected accounts do. */
import { contract } from './contract.ts';
import { id, integer, list, nullable, object, oneOf, text } from './schema.ts';

const time = nullable(text({ max: 30, doc: 'RFC 3339' }));

export const channelsHealth = contract({
  name: 'channels.health',
  doc: 'How each connected account does: when it heard and sent last, when a request with a wrong signature came, and why an answer did not arrive.',
  params: object({}),
  result: object({
    accounts: list(
      object({
        accountId: id({ doc: 'The connected account' }),
        health: oneOf(['silent', 'working', 'unverified', 'failing'], {
          doc: '`silent`: nothing has come yet; `unverified`: what came last was not signed by its secret; `failing`: the last answer did not certainly arrive',
        }),
        receivedAt: time,
        sentAt: time,
        refusedAt: time,
        failedAt: time,
        failure: nullable(text({ max: 100, doc: 'Why the last answer that failed did' })),
        waiting: integer({ doc: 'Messages that came in and wait to be handled' }),
        undelivered: integer({ doc: 'What waits for a person to decide' }),
      }),
      { max: 1_000 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/channels/health', scope: 'operate' },
});
