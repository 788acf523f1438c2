/** Paths that no contract declares, with what the OpenAPI document says of them: streams, MCP, health, pages. */
import { done, type Operation, PROTOCOL_PATHS } from './openapi-protocols.ts';
import { WEBHOOK_PATHS } from './openapi-webhooks.ts';

export const OTHER_TAGS = [
  { name: 'chat', description: 'Everything about chat' },
  { name: 'openai', description: "OpenAI's own protocol, for clients that exist" },
  { name: 'mcp', description: 'Model Context Protocol' },
  { name: 'webhooks', description: 'Where chat platforms send what their users write' },
  { name: 'platform', description: 'Health, metrics and documentation: needs no key' },
];

/** What people of a tenant work with: one page that shows the part that its address names. */
export const PORTAL_PAGES = [
  'sign-in',
  'inbox',
  'knowledge',
  'workflows',
  'agents',
  'channels',
  'usage',
  'team',
  'audit',
  'settings',
] as const;

const OPEN = { tags: ['platform'], security: [] } as const;

const page = (path: string, summary: string): Operation => ({
  ...OPEN,
  operationId: path.split('/').filter(Boolean).join('-'),
  summary,
  responses: { 200: done('text/html', '<!doctype html>', { type: 'string' }) },
  errors: ['internal', 'not-found'],
});

export const OTHER_PATHS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...PROTOCOL_PATHS,
  ...WEBHOOK_PATHS,
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
  ...Object.fromEntries(
    PORTAL_PAGES.map(name => [`/${name}`, { get: page(`/${name}`, 'A part of the portal') }]),
  ),
  '/widget-demo': { get: page('/widget-demo', 'A page with the widget on it') },
  '/web/session': {
    get: {
      ...OPEN,
      operationId: 'webSession',
      summary: 'What the chat page of the demo tenant begins with',
      responses: {
        200: done('application/json', { publicKey: 'wpk_mQ0pX2b7cR5tY8uJ1kLz3w' }),
      },
      errors: ['not-found', 'internal'],
    },
  },
};
