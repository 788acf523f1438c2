/** OpenAPI 3.1 from the contracts: nothing is said here that a contract, or the list of other paths, does not say. */
import type { ErrorCode } from '../kernel/errors.ts';
import type { AnyContract } from './contract.ts';
import { exampleOf } from './example.ts';
import { COMMON_HEADERS, components, problems, ref } from './openapi-components.ts';
import { OTHER_PATHS, OTHER_TAGS } from './openapi-paths.ts';
import { CONTRACTS } from './registry.ts';
import { type Fields, type Schema, toJsonSchema } from './schema.ts';

type Json = Record<string, unknown>;

const GENERAL_ERRORS: readonly ErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'origin-refused',
  'validation-failed',
  'rate-limited',
  'internal',
  'unavailable',
  'overloaded',
  'timeout',
];
const BODY_ERRORS: readonly ErrorCode[] = [
  'malformed-body',
  'body-too-large',
  'body-too-deep',
  'unsupported-media-type',
];
const KEY_ERRORS: readonly ErrorCode[] = [
  'idempotency-mismatch',
  'idempotency-in-flight',
  'outcome-unknown',
  'answer-not-kept',
];
const STATE_ERRORS: readonly ErrorCode[] = ['precondition-failed', 'precondition-required'];

/** Every operation by its path and method. `version` is that of the interface. */
export function openApiDocument(version: string): Json {
  const used = new Set<ErrorCode>();
  const paths: Record<string, Json> = {};
  for (const contract of CONTRACTS) {
    if (!contract.http) continue;
    const path = `/api/v1${contract.http.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [contract.http.method.toLowerCase()]: operation(contract, used) };
  }
  for (const [path, methods] of Object.entries(OTHER_PATHS))
    for (const [method, { errors, ...rest }] of Object.entries(methods)) {
      const responses = { ...rest.responses, ...problems(errors, used) };
      paths[path] = { ...paths[path], [method]: { ...rest, responses } };
    }
  const tags = [...new Set(CONTRACTS.filter(each => each.http).map(tagOf))].map(name => ({
    name,
    description: `Everything about ${name}`,
  }));
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
    tags: [...tags, ...OTHER_TAGS.filter(({ name }) => tags.every(tag => tag.name !== name))],
    paths,
    components: components(used),
  };
}

function tagOf(contract: AnyContract): string {
  return contract.http!.path.split('/')[1]!;
}

/** `conversation.takeOver` is `conversationTakeOver`. */
export function operationIdOf({ name }: Pick<AnyContract, 'name'>): string {
  return name.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function operation(contract: AnyContract, used: Set<ErrorCode>): Json {
  const { method, path, scope, etag, reads } = contract.http!;
  const fields = (contract.params.rule.$fields ?? {}) as Fields;
  const inPath = Array.from(path.matchAll(/:(\w+)/g), match => match[1]!);
  const rest = Object.entries(fields).filter(([name]) => !inPath.includes(name));
  const hasBody = method === 'POST' || method === 'PUT';
  const takesKey = method === 'POST' && !reads;
  const changesState = etag && method !== 'GET';
  const parameters = [
    ...inPath.map(name => parameter(name, 'path', fields[name]!)),
    ...(hasBody ? [] : rest.map(([name, field]) => parameter(name, 'query', field))),
    ...(takesKey ? [KEY_HEADER] : []),
    ...(changesState ? STATE_HEADERS : []),
    ...(etag && method === 'GET' ? [KNOWN_HEADER] : []),
  ];
  return {
    operationId: operationIdOf(contract),
    tags: [tagOf(contract)],
    ...(contract.http!.scope === 'public' ? { security: [] } : {}),
    summary: contract.doc.split(/[.:]/)[0],
    description: scope ? `${contract.doc}\n\nNeeds the scope \`${scope}\`.` : contract.doc,
    ...(contract.tenant === 'none' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody ? { requestBody: bodyOf(rest) } : {}),
    responses: {
      ...successOf(contract, takesKey),
      ...problems(
        [
          ...GENERAL_ERRORS,
          ...(hasBody ? BODY_ERRORS : []),
          ...(takesKey ? KEY_ERRORS : []),
          ...(changesState ? STATE_ERRORS : []),
          ...contract.errors,
        ],
        used,
      ),
    },
  };
}

function successOf(contract: AnyContract, takesKey: boolean): Json {
  const { status = 200, streams, etag, method } = contract.http!;
  const tagged = etag && method === 'GET';
  return {
    [status]: {
      description: 'Done',
      headers: {
        ...COMMON_HEADERS,
        ...(takesKey ? { 'Idempotency-Replayed': ref('headers', 'Replayed') } : {}),
        ...(tagged ? { ETag: ref('headers', 'ETag') } : {}),
      },
      content: {
        'application/json': {
          schema: toJsonSchema(contract.result),
          example: exampleOf(contract.result),
        },
        ...(streams
          ? {
              'text/event-stream': {
                schema: {
                  type: 'string',
                  description: 'Events accepted, delta, tool, message, error; each with an id',
                },
                example: 'id: 3.0\nevent: delta\ndata: {"text":"Hello","offset":0,"turn":1}\n\n',
              },
            }
          : {}),
      },
    },
    ...(tagged ? { 304: { description: 'As you have it', headers: COMMON_HEADERS } } : {}),
  };
}

const headerParameter = (name: string, description: string, example: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', maxLength: 200 },
  example,
});
const KEY_HEADER = headerParameter(
  'Idempotency-Key',
  'Repeating a request with its key repeats the answer for 24 hours; with another body it is refused',
  'order-4711-return',
);
const STATE_HEADERS = [
  headerParameter('If-Match', 'The ETag of its GET: the change is made only if nobody else has', '"*"'),
  headerParameter('If-None-Match', '`*`: only if there is none yet', '*'),
];
const KNOWN_HEADER = headerParameter(
  'If-None-Match',
  'The ETag that you have: 304 if it is the same',
  '"none"',
);

function parameter(name: string, place: 'path' | 'query', field: Schema<unknown>): Json {
  return {
    name,
    in: place,
    required: place === 'path' || !field.rule.optional,
    ...(field.doc ? { description: field.doc } : {}),
    schema: toJsonSchema(field),
    ...(place === 'path' || !field.rule.optional ? { example: exampleOf(field) } : {}),
  };
}

function bodyOf(rest: readonly (readonly [string, Schema<unknown>])[]): Json {
  const required = rest.filter(([, field]) => !field.rule.optional).map(([name]) => name);
  const told = rest.filter(([, field]) => !field.rule.optional || field.example !== undefined);
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
        example: Object.fromEntries(told.map(([name, field]) => [name, exampleOf(field)])),
      },
    },
  };
}
