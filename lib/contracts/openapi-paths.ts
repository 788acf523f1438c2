/** Paths that no contract declares, with what the OpenAPI document says of them: streams, OpenAI's protocol, MCP, health. */
import type { ErrorCode } from '../kernel/errors.ts';
import { COMMON_HEADERS } from './openapi-components.ts';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Json;
  readonly errors: readonly ErrorCode[];
}

export const OTHER_TAGS = [
  { name: 'chat', description: 'Everything about chat' },
  { name: 'openai', description: "OpenAI's own protocol, for clients that exist" },
  { name: 'mcp', description: 'Model Context Protocol' },
  { name: 'platform', description: 'Health, metrics and documentation: needs no key' },
];

const OPEN = { tags: ['platform'], security: [] } as const;

const done = (type: string, example: unknown, schema: Json = { type: 'object' }, description = 'Done') => ({
  description,
  headers: COMMON_HEADERS,
  content: { [type]: { schema, example } },
});
const page = (path: string, summary: string): Operation => ({
  ...OPEN,
  operationId: path.split('/').filter(Boolean).join('-'),
  summary,
  responses: { 200: done('text/html', '<!doctype html>', { type: 'string' }) },
  errors: ['internal', 'not-found'],
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

export const OTHER_PATHS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/api/v1/chat/conversations/{conversationId}/events': {
    get: {
      operationId: 'watchConversation',
      tags: ['chat'],
      summary: 'What has happened since an event, then what happens, as a stream that can be resumed',
      parameters: [
        {
          name: 'conversationId',
          in: 'path',
          required: true,
          schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\w.:@+=-]+$' },
          example: 'cnv_01k5x9q3zcf0v8m4h2t7w6y1ab',
        },
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          description: 'The id of the last event that you have',
          schema: { type: 'string', maxLength: 200 },
          example: '3.0',
        },
        {
          name: 'after',
          in: 'query',
          required: false,
          description: 'Journal position, where no Last-Event-ID can be sent',
          schema: { type: 'integer', minimum: 0 },
        },
      ],
      responses: {
        200: done('text/event-stream', 'id: 3.0\nevent: delta\ndata: {"text":"Hello"}\n\n', {
          type: 'string',
        }),
      },
      errors: [
        'unauthenticated',
        'forbidden',
        'origin-refused',
        'validation-failed',
        'not-found',
        'unavailable',
      ],
    },
  },
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
  '/mcp': {
    post: {
      operationId: 'mcp',
      tags: ['mcp'],
      summary: 'JSON-RPC of the Model Context Protocol (streamable HTTP, stateless)',
      parameters: [
        {
          name: 'Accept',
          in: 'header',
          required: false,
          schema: { type: 'string', maxLength: 200 },
          example: 'application/json, text/event-stream',
        },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['jsonrpc', 'method'],
              properties: {
                jsonrpc: { type: 'string', enum: ['2.0'] },
                method: { type: 'string' },
                id: {},
                params: { type: 'object' },
              },
            },
            example: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} },
          },
        },
      },
      responses: {
        200: {
          ...done('application/json', { jsonrpc: '2.0', id: 1, result: { tools: [] } }),
          content: {
            'application/json': {
              schema: { type: 'object' },
              example: { jsonrpc: '2.0', id: 1, result: { tools: [] } },
            },
            'text/event-stream': { schema: { type: 'string' }, example: 'event: message\ndata: {}\n\n' },
          },
        },
        400: {
          description: 'No request of the protocol',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
      },
      errors: ['unauthenticated', 'forbidden', 'unsupported-media-type', 'body-too-large', 'internal'],
    },
  },
  '/health/live': {
    get: {
      ...OPEN,
      operationId: 'live',
      summary: 'The process lives',
      responses: { 200: done('application/json', { status: 'live' }) },
      errors: ['malformed-request', 'internal'],
    },
  },
  '/health/ready': {
    get: {
      ...OPEN,
      operationId: 'ready',
      summary: 'It can serve now, and if not why',
      responses: {
        200: done('application/json', { status: 'ready' }),
        503: done(
          'application/json',
          { status: 'not-ready', why: 'no node offers model' },
          { type: 'object' },
          'Not now',
        ),
      },
      errors: ['method-not-allowed'],
    },
  },
  '/metrics': {
    get: {
      ...OPEN,
      operationId: 'metrics',
      summary: 'Figures for Prometheus',
      responses: { 200: done('text/plain', 'troupe_action_calls_total 1', { type: 'string' }) },
      errors: ['malformed-request', 'internal'],
    },
  },
  '/openapi.json': {
    get: {
      ...OPEN,
      operationId: 'openapi',
      summary: 'This document',
      responses: { 200: done('application/json', { openapi: '3.1.0' }) },
      errors: ['malformed-request', 'internal'],
    },
  },
  '/docs': { get: page('/docs', 'This document as a page') },
  '/docs/errors': { get: page('/docs/errors', 'Every error code, with what to do') },
  '/web/session': {
    get: {
      ...OPEN,
      operationId: 'webSession',
      summary: 'What the chat page of the demo tenant begins with',
      responses: {
        200: done('application/json', {
          title: 'Kettlemoor',
          greeting: 'Hello',
          suggestions: [],
          apiKey: 'tk_live_public',
        }),
      },
      errors: ['not-found', 'internal'],
    },
  },
};
