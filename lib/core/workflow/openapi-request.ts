/** The HTTP request of an OpenAPI operation (Swagger 2.0, OpenAPI 3.x): pure, the document is given. */
import { atPointer, field } from './definition.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import { Fault, problem } from './problem.ts';

export interface OpenapiRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: JsonObject;
  readonly query: JsonObject;
  readonly body?: Json;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Throws a `Fault` when there is no such operation or a required parameter is missing. */
export function openapiRequest(
  document: Json,
  operationId: string,
  parameters: JsonObject,
  documentUri: string,
): OpenapiRequest {
  const found = findOperation(document, operationId);
  if (!found)
    throw new Fault(problem('configuration', `the OpenAPI document has no operation "${operationId}"`));
  const left = new Map(Object.entries(parameters));
  const headers: JsonObject = {};
  const query: JsonObject = {};
  let path = found.path;
  let body: Json | undefined;
  const form: JsonObject = {};
  for (const parameter of declared(document, found.item, found.operation)) {
    const name = String(parameter.name);
    const value = parameter.in === 'body' ? (left.get(name) ?? left.get('body')) : left.get(name);
    left.delete(name);
    if (value === undefined) {
      if (parameter.required === true && parameter.in !== 'body')
        throw new Fault(
          problem('validation', `the operation "${operationId}" needs the parameter "${name}"`),
        );
      continue;
    }
    if (parameter.in === 'path') path = path.replaceAll(`{${name}}`, encodeURIComponent(String(value)));
    else if (parameter.in === 'query') query[name] = value;
    else if (parameter.in === 'header') headers[name] = String(value);
    else if (parameter.in === 'body') {
      body = value;
      left.delete('body');
    } else if (parameter.in === 'formData') form[name] = value;
  }
  if (Object.keys(form).length > 0) body = form;
  if (body === undefined && field(found.operation, 'requestBody') !== undefined)
    body = left.get('body') ?? Object.fromEntries(left);
  return {
    method: found.method.toUpperCase(),
    uri: baseUri(document, documentUri) + path,
    headers,
    query,
    ...(body === undefined ? {} : { body }),
  };
}

interface Found {
  readonly path: string;
  readonly method: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
}

function findOperation(document: Json, operationId: string): Found | null {
  const paths = field(document, 'paths');
  if (!isObject(paths)) return null;
  for (const [path, item] of Object.entries(paths)) {
    if (!isObject(item)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (isObject(operation) && operation.operationId === operationId)
        return { path, method, item, operation };
    }
  }
  return null;
}

function declared(document: Json, item: JsonObject, operation: JsonObject): JsonObject[] {
  return [item.parameters, operation.parameters]
    .flatMap(list => (Array.isArray(list) ? list : []))
    .map(each => {
      const reference = field(each, '$ref');
      return typeof reference === 'string' ? atPointer(document, reference.replace(/^#/, '')) : each;
    })
    .filter((each): each is JsonObject => isObject(each));
}

function baseUri(document: Json, documentUri: string): string {
  const server = field(document, 'servers');
  const first = Array.isArray(server) ? field(server[0], 'url') : undefined;
  const from = new URL(documentUri);
  if (typeof first === 'string') return new URL(first, from).href.replace(/\/$/, '');
  const host = field(document, 'host');
  const base = field(document, 'basePath');
  const schemes = field(document, 'schemes');
  const scheme = Array.isArray(schemes)
    ? schemes.includes('https')
      ? 'https'
      : String(schemes[0])
    : from.protocol.replace(':', '');
  return `${scheme}://${typeof host === 'string' ? host : from.host}${typeof base === 'string' ? base : ''}`.replace(
    /\/$/,
    '',
  );
}
