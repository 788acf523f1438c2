/** Values for a JSON Schema: such as it takes, and such as it does not. */
import fc from 'fast-check';

type Json = Record<string, unknown>;
export type Value = fc.Arbitrary<unknown>;

/** Texts that have broken programs before. */
const NASTY = [
  '',
  ' ',
  '\u0000',
  '../../etc/passwd',
  '%00%2e%2e',
  "' or '1'='1",
  '$1; drop table tenant',
  '{{7*7}}${7*7}',
  '<script>alert(1)</script>',
  '\ud800',
  '\u202e\u200b',
  '9'.repeat(400),
  'a'.repeat(5_000),
  '__proto__',
  'constructor',
  'null',
  '-1',
  '1e309',
];

const anything: Value = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string({ maxLength: 5 }), { maxLength: 5 }),
  fc.object({ maxDepth: 3, maxKeys: 4 }),
);

const LONGEST = 200;

/** Values that fit. `names` are texts that name something that exists. */
export function fitting(schema: Json, names: readonly string[]): Value {
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : [schema.type as string | undefined];
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const own = ofType(types[0], schema, names);
  return types.includes('null') ? fc.option(own) : own;
}

function ofType(type: string | undefined, schema: Json, names: readonly string[]): Value {
  switch (type) {
    case 'string':
      return textOf(schema, names);
    case 'integer':
      return fc.maxSafeNat().map(n => between(n, schema));
    case 'number':
      return fc.double({ noNaN: true, min: 0, max: 1_000 }).map(n => between(n, schema));
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const least = (schema.minItems as number | undefined) ?? 0;
      const most = Math.max(least, Math.min(3, (schema.maxItems as number | undefined) ?? 3));
      return fc.array(fitting((schema.items ?? {}) as Json, names), { minLength: least, maxLength: most });
    }
    case 'object':
      return objectOf(schema, names);
    default:
      return anything;
  }
}

function between(n: number, { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Json): number {
  const [least, most] = [minimum as number, maximum as number];
  // Small numbers are likelier to mean something.
  return Math.min(most, Math.max(least, n % 2 === 0 ? least + (n % 50) : n));
}

function textOf(schema: Json, names: readonly string[]): Value {
  const most = Math.min(LONGEST, (schema.maxLength as number | undefined) ?? LONGEST);
  const least = (schema.minLength as number | undefined) ?? 0;
  const pattern = typeof schema.pattern === 'string' ? new RegExp(schema.pattern) : undefined;
  const fits = (text: string) =>
    text.length >= least && text.length <= most && (!pattern || pattern.test(text));
  const known = [...((schema.examples as string[] | undefined) ?? []), ...names].filter(
    text => typeof text === 'string' && fits(text),
  );
  const free = pattern
    ? fc.stringMatching(/^[a-z0-9]{1,30}$/)
    : fc.string({ unit: 'grapheme', minLength: least, maxLength: Math.max(least, Math.min(most, 60)) });
  return known.length > 0 ? fc.oneof(fc.constantFrom(...known), free) : free;
}

function objectOf(schema: Json, names: readonly string[]): Value {
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  const entries = Object.entries(properties).map(([name, inner]) => [name, fitting(inner, names)] as const);
  const requiredKeys = (schema.required ?? []) as string[];
  if (entries.length === 0 && schema.additionalProperties)
    return fc.dictionary(
      fc.stringMatching(/^[a-z]{1,10}$/),
      fitting(schema.additionalProperties as Json, names),
      {
        maxKeys: 4,
      },
    );
  return fc.record(Object.fromEntries(entries), {
    requiredKeys: requiredKeys.filter(name => name in properties),
  });
}

/** Values most of which do not fit: a field of another kind, one too many, one missing, or something else altogether. */
export function unfitting(schema: Json, names: readonly string[]): Value {
  const properties = Object.keys((schema.properties ?? {}) as Json);
  if (properties.length === 0) return anything;
  return fc
    .tuple(fitting(schema, names), fc.constantFrom(...properties, 'wish', '__proto__'), anything, fc.nat(3))
    .map(([value, name, other, how]) => {
      if (how === 0) return other;
      const changed = { ...(value as Json) };
      if (how === 1) delete changed[name];
      else Object.defineProperty(changed, name, { value: other, enumerable: true, configurable: true });
      return changed;
    });
}
