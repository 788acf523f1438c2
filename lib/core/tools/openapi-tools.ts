/** The operations of an OpenAPI document (Swagger 2.0, OpenAPI 3.x) as tools: one object of parameters, body included. */
import type { FoundTool } from './tool-source.ts';

type Json = Readonly<Record<string, unknown>>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
/** References inside references that are followed: deeper, or in a circle, anything is allowed. */
const DEEPEST = 8;
const MOST_OPERATIONS = 500;

export function openApiTools(document: Json): readonly FoundTool[] {
  const found: FoundTool[] = [];
  for (const item of Object.values(asObject(document.paths))) {
    for (const method of METHODS) {
      const operation = asObject(asObject(item)[method]);
      if (typeof operation.operationId !== 'string' || found.length >= MOST_OPERATIONS) continue;
      const output = outputOf(document, operation);
      found.push({
        name: operation.operationId,
        description: String(operation.summary ?? operation.description ?? operation.operationId),
        parameters: parametersOf(document, asObject(item), operation),
        ...(output ? { output } : {}),
      });
    }
  }
  return found;
}

function parametersOf(document: Json, item: Json, operation: Json): Json {
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  for (const raw of [...asList(item.parameters), ...asList(operation.parameters)]) {
    const parameter = resolve(document, raw, 0);
    const name = String(parameter.name ?? '');
    if (parameter.in === 'body') {
      addBody(document, asObject(parameter.schema), parameter.required === true, properties, required);
      continue;
    }
    if (name === '' || parameter.in === 'cookie') continue;
    const { type, format, enum: values, items } = parameter;
    const plain = {
      type,
      ...(format ? { format } : {}),
      ...(values ? { enum: values } : {}),
      ...(items ? { items } : {}),
    };
    const schema = inline(document, parameter.schema ?? plain, 0);
    properties[name] = {
      ...asObject(schema),
      ...(parameter.description ? { description: parameter.description } : {}),
    };
    if (parameter.required === true || parameter.in === 'path') required.push(name);
  }
  const body = resolve(document, operation.requestBody, 0);
  const content = asObject(asObject(asObject(body.content)['application/json']).schema);
  if (Object.keys(content).length > 0)
    addBody(document, content, body.required === true, properties, required);
  return { type: 'object', properties, required: [...new Set(required)], additionalProperties: false };
}

/** The fields of a body that is an object stand beside the parameters; any other body is `body`. */
function addBody(
  document: Json,
  schema: Json,
  needed: boolean,
  properties: Record<string, unknown>,
  required: string[],
): void {
  const body = asObject(inline(document, schema, 0));
  if (body.type === 'object' && body.properties) {
    Object.assign(properties, body.properties);
    if (needed) required.push(...asList(body.required).map(String));
    return;
  }
  properties.body = body;
  if (needed) required.push('body');
}

function outputOf(document: Json, operation: Json): Json | undefined {
  const responses = asObject(operation.responses);
  const status = Object.keys(responses).find(code => /^2/.test(code)) ?? 'default';
  const response = resolve(document, responses[status], 0);
  const schema = asObject(asObject(response.content)['application/json']).schema ?? response.schema;
  return schema === undefined ? undefined : asObject(inline(document, schema, 0));
}

function resolve(document: Json, value: unknown, depth: number): Json {
  const { $ref } = asObject(value);
  if (typeof $ref !== 'string') return asObject(value);
  if (depth > DEEPEST || !$ref.startsWith('#/')) return {};
  let at: unknown = document;
  for (const part of $ref.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = Object.hasOwn(asObject(at), name) ? asObject(at)[name] : undefined;
  }
  return resolve(document, at, depth + 1);
}

/** The schema with its references put in place, and OpenAPI 3.0's `nullable` as JSON Schema says it. */
function inline(document: Json, value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map(item => inline(document, item, depth));
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return {};
  if ('$ref' in value) return inline(document, resolve(document, value, 0), depth + 1);
  const {
    nullable,
    example: _example,
    xml: _xml,
    discriminator: _which,
    ...rest
  } = value as Record<string, unknown>;
  const schema = Object.fromEntries(
    Object.entries(rest).map(([name, inner]) => [name, inline(document, inner, depth)]),
  );
  return nullable === true && typeof schema.type === 'string'
    ? { ...schema, type: [schema.type, 'null'] }
    : schema;
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
