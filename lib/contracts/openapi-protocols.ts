/** Protocols of others that Troupe speaks, as the OpenAPI document tells them: OpenAI's, and OpenFeature's remote evaluation. */
import type { ErrorCode } from '../kernel/errors.ts';
import { COMMON_HEADERS, ref } from './openapi-components.ts';

type Json = Record<string, unknown>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Json;
  readonly errors: readonly ErrorCode[];
}

export const done = (
  type: string,
  example: unknown,
  schema: Json = { type: 'object' },
  description = 'Done',
) => ({
  description,
  headers: COMMON_HEADERS,
  content: { [type]: { schema, example } },
});
/** Errors of `/v1`, in the form that OpenAI's clients know. */
const OPENAI_ERROR = {
  description: 'Refused, as OpenAI tells it; `code` is one of the error codes',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['error'],
        properties: {
          error: {
            type: 'object',
            required: ['message', 'type', 'code'],
            properties: {
              message: { type: 'string' },
              type: { type: 'string' },
              param: { type: ['string', 'null'] },
              code: { type: 'string' },
            },
          },
        },
      },
      example: {
        error: {
          message: 'No such model',
          type: 'invalid_request_error',
          param: null,
          code: 'model-unknown',
        },
      },
    },
  },
};

const openAi = (operationId: string, summary: string, body: Json | undefined, result: Json): Operation => ({
  operationId,
  tags: ['openai'],
  summary,
  ...(body ? { requestBody: { required: true, content: { 'application/json': body } } } : {}),
  responses: { 200: done('application/json', result), '4XX': OPENAI_ERROR, '5XX': OPENAI_ERROR },
  errors: [],
});

const CHAT_REQUEST = {
  schema: {
    type: 'object',
    required: ['model', 'messages'],
    properties: {
      model: { type: 'string', minLength: 1, maxLength: 200, description: 'A model, or `auto`' },
      messages: { type: 'array', minItems: 1, items: { type: 'object' } },
      stream: { type: 'boolean' },
      max_tokens: { type: 'integer', minimum: 1 },
    },
  },
  example: { model: 'auto', messages: [{ role: 'user', content: 'Hello' }] },
};
const EMBEDDINGS_REQUEST = {
  schema: {
    type: 'object',
    required: ['model', 'input'],
    properties: {
      model: { type: 'string', minLength: 1, maxLength: 200 },
      input: { type: ['string', 'array'], items: {} },
    },
  },
  example: { model: 'text-embedding-3-small', input: 'Hello' },
};

const OFREP_REFUSAL = {
  description: 'Refused, as OFREP tells it; or a problem',
  headers: COMMON_HEADERS,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['errorCode'],
        properties: { key: { type: 'string' }, errorCode: { type: 'string' } },
      },
      example: { errorCode: 'INVALID_CONTEXT' },
    },
    'application/problem+json': {
      schema: ref('schemas', 'Problem'),
      examples: { 'not-found': ref('examples', 'not-found') },
    },
  },
};
const OFREP_REFUSALS = { 400: OFREP_REFUSAL, 404: OFREP_REFUSAL };
const OFREP = {
  tags: ['control'],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['context'],
          properties: { context: { type: 'object', properties: { targetingKey: { type: 'string' } } } },
        },
        example: { context: { targetingKey: 'customer-1' } },
      },
    },
  },
  responses: {
    200: done('application/json', { flags: [] }),
    304: { description: 'As you have it', headers: COMMON_HEADERS },
    ...OFREP_REFUSALS,
  },
  errors: [
    'unauthenticated',
    'forbidden',
    'origin-refused',
    'validation-failed',
    'unsupported-media-type',
    'unavailable',
  ],
} as const satisfies Partial<Operation>;

export const PROTOCOL_PATHS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/v1/chat/completions': {
    post: openAi(
      'createChatCompletion',
      'The next message of a chat; with `stream` as events',
      CHAT_REQUEST,
      {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 0,
        model: 'gpt-4o-mini',
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
      },
    ),
  },
  '/v1/embeddings': {
    post: openAi('createEmbedding', 'Vectors of texts', EMBEDDINGS_REQUEST, {
      object: 'list',
      model: 'text-embedding-3-small',
      data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
    }),
  },
  '/v1/models': {
    get: openAi('listModels', 'The models that are offered', undefined, {
      object: 'list',
      data: [{ id: 'auto', object: 'model', created: 0, owned_by: 'troupe' }],
    }),
  },
  '/ofrep/v1/evaluate/flags': {
    post: { ...OFREP, operationId: 'evaluateFlags', summary: "All of the tenant's flags for a context" },
  },
  '/ofrep/v1/evaluate/flags/{key}': {
    post: {
      ...OFREP,
      operationId: 'evaluateFlag',
      summary: 'One flag for a context',
      parameters: [
        {
          name: 'key',
          in: 'path',
          required: true,
          schema: { type: 'string', minLength: 1, maxLength: 200 },
          example: 'new-greeting',
        },
      ],
      responses: {
        200: done('application/json', { key: 'new-greeting', value: true, variant: 'on', reason: 'STATIC' }),
        ...OFREP_REFUSALS,
      },
    },
  },
};
