/** What operations of the OpenAPI document share: the problem, its examples by code, headers, who may call. */
import { ERRORS, type ErrorCode } from '../kernel/errors.ts';

type Json = Record<string, unknown>;
const CODES = Object.keys(ERRORS) as ErrorCode[];

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details. Match on `code`.',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance'],
  properties: {
    type: { type: 'string', description: 'Where the error is explained' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: CODES },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The request, for when you report it' },
    fields: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'rule'],
        properties: { field: { type: 'string' }, rule: { type: 'string' } },
      },
    },
  },
};

const header = (description: string, schema: Json = { type: 'string' }) => ({ description, schema });

const HEADERS = {
  RequestId: header('Names the request in problems and logs: yours when you sent one'),
  RetryAfter: header('Seconds after which the same request may succeed', { type: 'integer', minimum: 0 }),
  ETag: header('The state that was read: send it as If-Match when you change it'),
  Replayed: header('`true` when the answer was recorded for this Idempotency-Key', {
    type: 'string',
    enum: ['true'],
  }),
  Challenge: header('How to authenticate'),
};

export const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

export const COMMON_HEADERS = { 'X-Request-Id': ref('headers', 'RequestId') };

function exampleOf(code: ErrorCode): Json {
  const { status, title } = ERRORS[code];
  return {
    summary: title,
    value: {
      type: `/docs/errors#${code}`,
      title,
      status,
      code,
      detail: title,
      instance: 'req_01k5x9q3zcf0v8m4h2t7w6y1ab',
      ...(code === 'validation-failed' ? { fields: [{ field: 'limit', rule: 'numberMax' }] } : {}),
    },
  };
}

/** Components of the document; of the examples those that are referred to. */
export function components(used: ReadonlySet<ErrorCode>): Json {
  return {
    securitySchemes: {
      apiKey: {
        type: 'http',
        scheme: 'bearer',
        description: 'An API key, the public key of a chat page, or an access token of a user',
      },
    },
    headers: HEADERS,
    schemas: { Problem: PROBLEM },
    examples: Object.fromEntries(CODES.filter(code => used.has(code)).map(code => [code, exampleOf(code)])),
  };
}

/** One response a status, naming its codes with an example each. */
export function problems(codes: readonly ErrorCode[], used: Set<ErrorCode>): Json {
  const byStatus = Map.groupBy(new Set(codes), code => ERRORS[code].status);
  return Object.fromEntries(
    Array.from(byStatus, ([status, group]) => {
      for (const code of group) used.add(code);
      return [
        status,
        {
          description: group.map(code => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
          headers: {
            ...COMMON_HEADERS,
            ...(group.some(code => ERRORS[code].retryable)
              ? { 'Retry-After': ref('headers', 'RetryAfter') }
              : {}),
            ...(status === 401 ? { 'WWW-Authenticate': ref('headers', 'Challenge') } : {}),
          },
          content: {
            'application/problem+json': {
              schema: ref('schemas', 'Problem'),
              examples: Object.fromEntries(group.map(code => [code, ref('examples', code)])),
            },
          },
        },
      ];
    }),
  );
}
