/** OpenAPI 3.1 from the contracts: nothing is said here that a contract does not say. */
import { ERRORS, type ErrorCode } from '../kernel/errors.ts';
import type { AnyContract } from './contract.ts';
import { CONTRACTS } from './registry.ts';
import { type Fields, type Schema, toJsonSchema } from './schema.ts';

const GENERAL_ERRORS: readonly ErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'validation-failed',
  'internal',
];
const BODY_ERRORS: readonly ErrorCode[] = [
  'malformed-body',
  'body-too-large',
  'body-too-deep',
  'unsupported-media-type',
];

export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const contract of CONTRACTS) {
    if (!contract.http) continue;
    const path = `/api/v1${contract.http.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [contract.http.method.toLowerCase()]: operation(contract) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Troupe',
      version,
      description: 'AI support for your customers: conversations, knowledge and hand-overs.',
      license: { name: 'Proprietary', identifier: 'LicenseRef-Troupe' },
    },
    servers: [{ url: '/', description: 'This platform' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(CONTRACTS.filter(c => c.http).map(tagOf))].map(name => ({
      name,
      description: `Everything about ${name}`,
    })),
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, or the public key of a chat page',
        },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details. Match on `code`.',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance'],
  properties: {
    type: { type: 'string', description: 'Where the error is explained' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The request, for when you report it' },
    fields: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, rule: { type: 'string' } } },
    },
  },
};

function tagOf(contract: AnyContract): string {
  return contract.http!.path.split('/')[1]!;
}

function operation(contract: AnyContract): Record<string, unknown> {
  const { method, path, status = 200, streams } = contract.http!;
  const fields = (contract.params.rule.$fields ?? {}) as Fields;
  const inPath = Array.from(path.matchAll(/:(\w+)/g), match => match[1]!);
  const rest = Object.entries(fields).filter(([name]) => !inPath.includes(name));
  const hasBody = method === 'POST' || method === 'PUT';
  const parameters = [
    ...inPath.map(name => parameter(name, 'path', fields[name]!)),
    ...(hasBody ? [] : rest.map(([name, field]) => parameter(name, 'query', field))),
    ...(streams
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            description: 'Repeating a request with its key repeats the answer',
            schema: { type: 'string', maxLength: 200 },
          },
        ]
      : []),
  ];
  return {
    operationId: contract.name.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase()),
    tags: [tagOf(contract)],
    summary: contract.doc.split(/[.:]/)[0],
    description: contract.doc,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody ? { requestBody: bodyOf(rest) } : {}),
    responses: {
      [status]: {
        description: 'Done',
        content: {
          'application/json': { schema: toJsonSchema(contract.result) },
          ...(streams
            ? {
                'text/event-stream': {
                  schema: {
                    type: 'string',
                    description: 'Events accepted, delta, tool, message, error; each with an id',
                  },
                },
              }
            : {}),
        },
      },
      ...problems([...new Set([...GENERAL_ERRORS, ...(hasBody ? BODY_ERRORS : []), ...contract.errors])]),
    },
  };
}

function parameter(name: string, place: 'path' | 'query', field: Schema<unknown>): Record<string, unknown> {
  return {
    name,
    in: place,
    required: place === 'path' || !field.rule.optional,
    ...(field.doc ? { description: field.doc } : {}),
    schema: toJsonSchema(field),
  };
}

function bodyOf(rest: readonly (readonly [string, Schema<unknown>])[]): Record<string, unknown> {
  const required = rest.filter(([, field]) => !field.rule.optional).map(([name]) => name);
  const example = Object.fromEntries(
    rest.filter(([, field]) => field.example !== undefined).map(([name, field]) => [name, field.example]),
  );
  return {
    required: required.length > 0,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: Object.fromEntries(rest.map(([name, field]) => [name, toJsonSchema(field)])),
          ...(required.length > 0 ? { required } : {}),
          additionalProperties: false,
        },
        ...(Object.keys(example).length > 0 ? { example } : {}),
      },
    },
  };
}

/** One response a status, naming its codes. */
function problems(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = Map.groupBy(codes, code => ERRORS[code].status);
  return Object.fromEntries(
    Array.from(byStatus, ([status, group]) => [
      status,
      {
        description: group.map(code => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
