/** Checks a document against the published schema and turns the validator's many errors into the ones that help. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Finding } from './document.ts';
import type { JsonObject } from './jq/value.ts';
import schema from './schema/workflow-1.0.3.json' with { type: 'json' };

/** Findings that one document is refused with. */
const MAX_FINDINGS = 20;

/** Errors that only say which alternative of several did not fit. */
const COLLECTIVE = new Set(['oneOf', 'anyOf', 'allOf', 'if', 'not', '$ref']);

let validate: ValidateFunction | null = null;

export function checkShape(document: JsonObject): Finding[] {
  validate ??= compileSchema();
  if (validate(document)) return [];
  return pick(validate.errors ?? [], document);
}

function compileSchema(): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, verbose: true });
  formats.default(ajv);
  return ajv.compile(schema);
}

/**
 * The schema tries every kind of task on every task, so most errors speak of kinds that were not meant. What is left
 * after dropping those is the deepest: that alternative came furthest.
 */
function pick(errors: readonly ErrorObject[], document: JsonObject): Finding[] {
  const meant = errors.filter(
    error => !COLLECTIVE.has(error.keyword) && !speaksOfAnotherKind(error, document),
  );
  const kept = (meant.length > 0 ? meant : errors).filter(error => !hasDeeper(error, meant));
  const findings = new Map<string, Finding>();
  for (const error of kept) {
    const finding = describe(error);
    const key = `${finding.path.join('/')} ${finding.message}`;
    if (!findings.has(key)) findings.set(key, finding);
  }
  return [...findings.values()].slice(0, MAX_FINDINGS);
}

const KINDS = ['call', 'do', 'emit', 'for', 'fork', 'listen', 'raise', 'run', 'set', 'switch', 'try', 'wait'];

/** Kinds of call in the order of the schema's alternatives; null stands for a function's name. */
const CALLS = ['asyncapi', 'grpc', 'http', 'openapi', 'a2a', 'mcp', null];

function speaksOfAnotherKind(error: ErrorObject, document: JsonObject): boolean {
  const data = error.data as Record<string, unknown> | undefined;
  const alternative = /^#\/oneOf\/(\d+)\/(?:allOf\/1\/|required|unevaluated)/.exec(error.schemaPath)?.[1];
  const title = String((error.parentSchema as { title?: unknown } | undefined)?.title);
  const ofCall = error.schemaPath.includes('/allOf/1/') || title.startsWith('Call');
  const call = alternative === undefined || !ofCall ? undefined : callAt(document, error.instancePath);
  if (call !== undefined && call !== CALLS[Number(alternative)]) return true;
  if (typeof data !== 'object' || data === null) return false;
  const kinds = KINDS.filter(kind => kind in data);
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty);
    if (KINDS.includes(missing) && kinds.length > 0) return !(missing === 'do' && 'for' in data);
    return (
      (missing === 'with' && !('call' in data) && kinds.length > 0) ||
      (missing === 'catch' && !('try' in data))
    );
  }
  if (error.keyword === 'unevaluatedProperties' || error.keyword === 'additionalProperties') {
    const name = String(error.params.unevaluatedProperty ?? error.params.additionalProperty);
    return (KINDS.includes(name) && kinds.length === 1) || companions(name).some(kind => kind in data);
  }
  return false;
}

/** The `call` of the task that holds the place, null for a function's name, undefined when there is none. */
function callAt(document: JsonObject, instancePath: string): string | null | undefined {
  let at: unknown = document;
  let call: string | undefined;
  for (const key of ['', ...instancePath.split('/').slice(1)]) {
    if (key !== '' && typeof at === 'object' && at !== null)
      at = (at as Record<string, unknown>)[unescaped(key)];
    if (typeof at === 'object' && at !== null && 'call' in at) call = String(at.call);
  }
  return call === undefined || CALLS.includes(call) ? call : null;
}

function companions(name: string): string[] {
  if (name === 'with') return ['call'];
  if (name === 'catch') return ['try'];
  if (name === 'foreach') return ['listen'];
  return name === 'while' || name === 'do' ? ['for'] : [];
}

function hasDeeper(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  return all.some(other => other.instancePath.startsWith(`${error.instancePath}/`));
}

function describe(error: ErrorObject): Finding {
  const path = error.instancePath.split('/').slice(1).map(unescaped);
  const { params } = error;
  switch (error.keyword) {
    case 'required':
      if (namesNoKind(error)) return { path, message: `names no kind of task (${KINDS.join(', ')})` };
      return { path, message: `"${String(params.missingProperty)}" is missing` };
    case 'unevaluatedProperties':
    case 'additionalProperties': {
      const name = String(params.unevaluatedProperty ?? params.additionalProperty);
      return { path: [...path, name], message: `"${name}" is not known here`, onKey: true };
    }
    case 'enum':
      return {
        path,
        message: `must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}`,
      };
    case 'minProperties':
    case 'maxProperties':
      return { path, message: 'must have exactly one name' };
    case 'oneOf':
    case 'anyOf':
      return { path, message: 'fits none of the allowed forms' };
    case 'pattern':
      return { path, message: `does not have the required form (${String(params.pattern).slice(0, 80)})` };
    default:
      return { path, message: error.message ?? 'is not valid' };
  }
}

function namesNoKind(error: ErrorObject): boolean {
  const data = error.data as Record<string, unknown>;
  const missing = String(error.params.missingProperty);
  const ofTask = [...KINDS, 'with', 'catch'].includes(missing);
  const title = String((error.parentSchema as { title?: unknown } | undefined)?.title);
  return ofTask && /^Call|Task$/.test(title) && !KINDS.some(kind => kind in data);
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}
