/** `call`: http, openapi, mcp, a2a, functions of the document, of a catalog, of the platform. */
import { escapePointer, field, objectField, type TaskDefinition, textField } from './definition.ts';
import { evaluateTemplate, isExpression } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import type { Authentication, Effect, WorkflowEvent } from './messages.ts';
import { Fault, problem } from './problem.ts';
import type { Frame, RunState } from './state.ts';
import type { StepContext } from './step.ts';
import { request } from './step-simple.ts';
import { evaluatorFor } from './surroundings.ts';
import { expandUri } from './uri-template.ts';

export function beginCall(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const name = String(task.call);
  const key = `${frame.id}.call`;
  const given = objectField(task, 'with');
  switch (name) {
    case 'http':
      return request(frame, 'call', httpEffect(state, frame, given ?? {}, key), context);
    case 'openapi':
      return request(frame, 'call', openapiEffect(state, frame, given ?? {}, key), context);
    case 'mcp':
    case 'a2a': {
      const parameters = evaluateTemplate(given ?? {}, frame.input, evaluatorFor(state, frame));
      return request(
        frame,
        'call',
        { type: name === 'mcp' ? 'CallMcp' : 'CallA2a', key, with: parameters },
        context,
      );
    }
    case 'asyncapi':
    case 'grpc':
      throw new Fault(
        problem('runtime', `calls of kind ${name} are not offered here`, {
          status: 501,
          title: 'Not Implemented',
        }),
      );
    default:
      return beginFunction(state, frame, name, given, context);
  }
}

function httpEffect(state: RunState, frame: Frame, given: JsonObject, key: string): Effect {
  const evaluator = evaluatorFor(state, frame);
  const { endpoint, ...rest } = given;
  const call = evaluateTemplate(rest, frame.input, evaluator) as JsonObject;
  return {
    type: 'CallHttp',
    key,
    method: String(call.method ?? 'get').toUpperCase(),
    endpoint: endpointOf(state, frame, endpoint, true),
    headers: mapOf(call.headers, 'headers'),
    query: mapOf(call.query, 'query'),
    ...(call.body === undefined ? {} : { body: call.body }),
    output: formatOf(call.output),
    redirect: call.redirect === true,
  };
}

function openapiEffect(state: RunState, frame: Frame, given: JsonObject, key: string): Effect {
  const { document, authentication, ...rest } = given;
  const call = evaluateTemplate(rest, frame.input, evaluatorFor(state, frame)) as JsonObject;
  const proof = authenticationOf(state, frame, authentication);
  return {
    type: 'CallOpenapi',
    key,
    document: endpointOf(state, frame, field(document, 'endpoint'), true),
    operationId: String(call.operationId),
    parameters: mapOf(call.parameters, 'parameters'),
    ...(proof ? { authentication: proof } : {}),
    output: formatOf(call.output),
    redirect: call.redirect === true,
  };
}

function beginFunction(
  state: RunState,
  frame: Frame,
  name: string,
  given: JsonObject | undefined,
  context: StepContext,
): WorkflowEvent[] {
  const input: Json = given ? evaluateTemplate(given, frame.input, evaluatorFor(state, frame)) : frame.input;
  const entered = {
    type: 'ScopeEntered',
    id: frame.id,
    role: 'function',
    value: input,
    single: name,
  } as const;
  const pointer = `/use/functions/${escapePointer(name)}`;
  if (isObject(definitionAt(state, pointer))) return [{ ...entered, list: pointer, at: context.now }];
  const catalogued = /^([^:@]+):([^@]+)@(.+)$/.exec(name);
  const catalog = catalogued ? objectField(state.definition, 'use', 'catalogs', catalogued[3]!) : undefined;
  if (catalogued && !catalog && catalogued[3] !== 'default')
    throw new Fault(problem('configuration', `there is no catalog named "${catalogued[3]}"`));
  if (catalog || /^(https?|file):\/\//.test(name)) {
    const uri = catalog ? catalogUri(catalog, catalogued![1]!, catalogued![2]!) : rawUri(name);
    if (state.resources[uri] !== undefined) return [{ ...entered, list: `@${uri}#`, at: context.now }];
    const proof = catalog
      ? authenticationOf(state, frame, field(catalog, 'endpoint', 'authentication'))
      : undefined;
    const endpoint = { uri, ...(proof ? { authentication: proof } : {}) };
    return request(frame, 'fetch', { type: 'FetchResource', key: `${frame.id}.fetch`, endpoint }, context);
  }
  const effect: Effect = catalogued
    ? {
        type: 'CallFunction',
        key: `${frame.id}.call`,
        name: `${catalogued[1]}:${catalogued[2]}`,
        with: input,
        catalog: 'default',
      }
    : { type: 'CallFunction', key: `${frame.id}.call`, name, with: input };
  return request(frame, 'call', effect, context);
}

/** Where a catalog keeps a function; pages of GitHub lead to the raw file. */
function catalogUri(catalog: JsonObject, name: string, version: string): string {
  const endpoint = catalog.endpoint;
  const root = String(isObject(endpoint) ? endpoint.uri : endpoint).replace(/\/$/, '');
  const github = /^https:\/\/github\.com\/([^/]+)\/([^/]+)$/.exec(root);
  const base = github ? `${root}/tree/main` : root;
  return rawUri(`${base}/functions/${name}/${version}/function.yaml`);
}

function rawUri(uri: string): string {
  const page = /^https:\/\/github\.com\/([^/]+)\/([^/]+)\/(?:tree|blob)\/([^/]+)\/(.+)$/.exec(uri);
  return page
    ? `https://raw.githubusercontent.com/${page[1]}/${page[2]}/refs/heads/${page[3]}/${page[4]}`
    : uri;
}

function endpointOf(
  state: RunState,
  frame: Frame,
  given: Json | undefined,
  template: boolean,
): { uri: string; authentication?: Authentication } {
  const evaluator = evaluatorFor(state, frame);
  const written = isObject(given) ? textField(given, 'uri') : typeof given === 'string' ? given : undefined;
  if (written === undefined) throw new Fault(problem('configuration', 'the call names no endpoint'));
  const evaluated = evaluateTemplate(written, frame.input, evaluator);
  // An expression may also bring a whole endpoint.
  const uri = isObject(evaluated) ? evaluated.uri : evaluated;
  if (typeof uri !== 'string') throw new Fault(problem('expression', 'the endpoint is not text'));
  const proof = isObject(given) ? authenticationOf(state, frame, given.authentication) : undefined;
  const expanded = template && !isExpression(written) ? expandUri(uri, frame.input) : uri;
  return { uri: expanded, ...(proof ? { authentication: proof } : {}) };
}

/** The policy with its expressions evaluated; a secret is named, never read. */
export function authenticationOf(
  state: RunState,
  frame: Frame,
  given: Json | undefined,
): Authentication | undefined {
  if (given === undefined) return undefined;
  const name = typeof given === 'string' ? given : textField(given, 'use');
  const policy = name === undefined ? given : field(state.definition, 'use', 'authentications', name);
  if (!isObject(policy))
    throw new Fault(problem('configuration', `there is no authentication named "${name}"`));
  const scheme = (['basic', 'bearer', 'digest', 'oauth2', 'oidc'] as const).find(
    each => policy[each] !== undefined,
  );
  if (!scheme) throw new Fault(problem('configuration', 'the authentication is of no known kind'));
  const secret = textField(policy, scheme, 'use');
  if (secret !== undefined) {
    if (!state.secrets.includes(secret))
      throw new Fault(problem('authorization', `the workflow has no secret named "${secret}"`));
    return { scheme, secret };
  }
  const parameters = evaluateTemplate(policy[scheme]!, frame.input, evaluatorFor(state, frame));
  return { scheme, parameters: isObject(parameters) ? parameters : {} };
}

function mapOf(value: Json | undefined, what: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Fault(problem('expression', `the ${what} are not a map`));
  return value;
}

function formatOf(value: Json | undefined): 'raw' | 'content' | 'response' {
  return value === 'raw' || value === 'response' ? value : 'content';
}
