/**
 * JSON Schema for the data of workflows. Patterns run on RE2, so that a schema cannot stop the node.
 * Compiled schemas are kept by their text.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { pattern } from './jq/regex.ts';
import type { JsonObject } from './jq/value.ts';

/** Characters of one schema. */
const MAX_SCHEMA_CHARS = 100_000;
/** Schemas kept compiled. */
const CACHE = 500;

const cache = new Map<string, ValidateFunction>();

function linear(source: string): { test(text: string): boolean } {
  const compiled = pattern(source, 0);
  return { test: text => compiled.test(text) };
}
linear.code = 'linearPattern';

/** A validator; throws when the document is no JSON Schema. */
export function validator(schema: JsonObject | boolean): ValidateFunction {
  const text = JSON.stringify(schema);
  if (text.length > MAX_SCHEMA_CHARS)
    throw new Error(`the schema is longer than ${MAX_SCHEMA_CHARS} characters`);
  const known = cache.get(text);
  if (known) return known;
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: true,
    logger: false,
    code: { regExp: linear as never },
  });
  formats.default(ajv);
  const validate = ajv.compile(typeof schema === 'boolean' ? schema : withoutId(schema));
  if (cache.size >= CACHE) cache.delete(cache.keys().next().value!);
  cache.set(text, validate);
  return validate;
}

/** What is wrong with the value, in one line; null when nothing is. */
export function mismatch(schema: JsonObject | boolean, value: unknown): string | null {
  const validate = validator(schema);
  return validate(value) ? null : describe(validate.errors ?? []);
}

function describe(errors: readonly ErrorObject[]): string {
  return errors
    .slice(0, 5)
    .map(error => `${error.instancePath || 'the value'} ${error.message ?? 'is not valid'}`)
    .join('; ');
}

/** `$schema` of an older draft would be looked up as a reference. */
function withoutId(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, ...rest } = schema;
  return rest;
}
