/** How the kit's expectations are compared with what came. */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from '../../../lib/core/workflow/jq/value.ts';

/** An expectation that was not met. */
export class Failed extends Error {}

export function at(value: Json | undefined, path: string): Json | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, path))
    return value[path];
  let found: Json | undefined = value;
  for (const key of path
    .replace(/^[$.]+/, '')
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean)) {
    if (Array.isArray(found)) found = found[Number(key)];
    else if (typeof found === 'object' && found !== null && Object.hasOwn(found, key)) found = found[key];
    else return undefined;
  }
  return found;
}

export function equal(actual: Json | undefined, expected: Json, what: string): void {
  if (!isDeepStrictEqual(withoutDetail(plain(actual ?? null), expected), plain(expected)))
    throw new Failed(`${what} is ${JSON.stringify(actual)?.slice(0, 500)}`);
}

/** An error's `detail` is free text: it is compared only where one is expected. */
function withoutDetail(actual: Json, expected: Json | undefined): Json {
  if (Array.isArray(actual))
    return actual.map((each, i) => withoutDetail(each, Array.isArray(expected) ? expected[i] : undefined));
  if (!isObject(actual)) return actual;
  const wanted = isObject(expected) ? expected : {};
  const isProblem = typeof actual.type === 'string' && typeof actual.status === 'number';
  return Object.fromEntries(
    Object.entries(actual)
      .filter(([key]) => !(isProblem && key === 'detail' && wanted.detail === undefined))
      .map(([key, each]) => [key, withoutDetail(each, wanted[key])]),
  );
}

/** Every field that is expected is there; the actual value may have more. */
export function includes(actual: Json | undefined, expected: Json, what: string): void {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
    equal(actual, expected, what);
    return;
  }
  for (const [key, value] of Object.entries(expected)) {
    const found =
      typeof actual === 'object' && actual !== null && !Array.isArray(actual) ? actual[key] : undefined;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      includes(found, value, `${what}.${key}`);
    else equal(found, value, `${what}.${key}`);
  }
}

/** As JSON has it: dates of YAML become text. */
function plain(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
