/**
 * Schemas: fastest-validator rules with the TypeScript type they stand for, strict at every depth.
 * One declaration gives the validation, the type (`Infer`) and the OpenAPI text (`toJsonSchema`).
 */

export interface Rule {
  readonly type: string;
  readonly optional?: boolean;
  readonly [option: string]: unknown;
}

export interface Schema<T> {
  readonly rule: Rule;
  readonly doc?: string;
  readonly example?: unknown;
  /** Never present: carries the type. */
  readonly is?: T;
}

export type Infer<S> = S extends Schema<infer T> ? T : never;

interface Common {
  readonly doc?: string;
  readonly example?: unknown;
}

type OptionalKeys<P> = { [K in keyof P]: undefined extends Infer<P[K]> ? K : never }[keyof P];
export type Fields = Readonly<Record<string, Schema<unknown>>>;
export type FieldsOf<P extends Fields> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: Infer<P[K]>;
} & {
  readonly [K in OptionalKeys<P>]?: Exclude<Infer<P[K]>, undefined>;
};
type Flat<T> = { [K in keyof T]: T[K] };

function make<T>(rule: Rule, { doc, example }: Common = {}): Schema<T> {
  return { rule, ...(doc === undefined ? {} : { doc }), ...(example === undefined ? {} : { example }) };
}

/** Text of `min` to `max` characters; `max` is never left open. */
export const text = (options: Common & { min?: number; max: number; pattern?: RegExp }): Schema<string> =>
  make(
    {
      type: 'string',
      min: options.min ?? 0,
      max: options.max,
      ...(options.pattern ? { pattern: options.pattern } : {}),
    },
    options,
  );

/** For text that a column of the database holds: PostgreSQL's text has no U+0000. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the very character that is refused
export const STORABLE = /^[^\u0000]*$/;

export const id = (options: Common = {}): Schema<string> =>
  make({ type: 'string', min: 1, max: 200, pattern: /^[\w.:@+=-]+$/ }, options);

export const integer = (options: Common & { min?: number; max?: number } = {}): Schema<number> =>
  make(
    { type: 'number', integer: true, min: options.min ?? 0, max: options.max ?? Number.MAX_SAFE_INTEGER },
    options,
  );

/** The largest number that an `int` column of the database holds. */
export const LARGEST_INT = 2_147_483_647;

export const decimal = (options: Common & { min?: number; max?: number } = {}): Schema<number> =>
  make(
    {
      type: 'number',
      ...(options.min === undefined ? {} : { min: options.min }),
      ...(options.max === undefined ? {} : { max: options.max }),
    },
    options,
  );

export const flag = (options: Common = {}): Schema<boolean> => make({ type: 'boolean' }, options);

export const oneOf = <const V extends readonly string[]>(
  values: V,
  options: Common = {},
): Schema<V[number]> => make({ type: 'enum', values }, options);

export const list = <T>(
  item: Schema<T>,
  options: Common & { max: number; min?: number },
): Schema<readonly T[]> =>
  make({ type: 'array', items: item.rule, min: options.min ?? 0, max: options.max, $item: item }, options);

export const object = <const P extends Fields>(fields: P, options: Common = {}): Schema<Flat<FieldsOf<P>>> =>
  make(
    {
      type: 'object',
      strict: true,
      props: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.rule])),
      $fields: fields,
    },
    options,
  );

/** Any JSON value: size and depth are bounded where it enters. */
export const json = <T = unknown>(options: Common = {}): Schema<T> => make({ type: 'any' }, options);

/** A map from names to values of one kind. */
export const record = <T>(value: Schema<T>, options: Common = {}): Schema<Readonly<Record<string, T>>> =>
  make(
    {
      type: 'record',
      key: { type: 'string', max: 200, pattern: STORABLE },
      value: value.rule,
      $value: value,
    },
    options,
  );

export const optional = <T>(schema: Schema<T>): Schema<T | undefined> =>
  ({ ...schema, rule: { ...schema.rule, optional: true } }) as Schema<T | undefined>;

export const nullable = <T>(schema: Schema<T>): Schema<T | null> =>
  ({ ...schema, rule: { ...schema.rule, nullable: true } }) as Schema<T | null>;

/** The rules of an object's fields as fastest-validator takes them at the root, strict. */
export function rootRules(schema: Schema<unknown>): Record<string, unknown> {
  return { $$strict: true, ...(plain(schema.rule.props) as Record<string, unknown>) };
}

/** Without our own notes (`$item`, `$fields`, `$value`), which the validator would take for options. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.startsWith('$'))
      .map(([name, inner]) => [name, plain(inner)]),
  );
}

/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export function toJsonSchema(schema: Schema<unknown>): Record<string, unknown> {
  const { rule, doc, example } = schema;
  const about = {
    ...(doc ? { description: doc } : {}),
    ...(example === undefined ? {} : { examples: [example] }),
  };
  const body = bodyOf(rule);
  // A value of any kind may be null as it is.
  if (rule.nullable && body.type !== undefined)
    return {
      ...about,
      ...body,
      type: [body.type, 'null'],
      ...(Array.isArray(body.enum) ? { enum: [...body.enum, null] } : {}),
    };
  return { ...about, ...body };
}

function bodyOf(rule: Rule): Record<string, unknown> {
  const fields = rule.$fields as Fields | undefined;
  switch (rule.type) {
    case 'string':
      return {
        type: 'string',
        minLength: rule.min,
        maxLength: rule.max,
        ...(rule.pattern instanceof RegExp ? { pattern: rule.pattern.source } : {}),
      };
    case 'number':
      return {
        type: rule.integer ? 'integer' : 'number',
        ...(rule.min === undefined ? {} : { minimum: rule.min }),
        ...(rule.max === undefined ? {} : { maximum: rule.max }),
      };
    case 'boolean':
      return { type: 'boolean' };
    case 'enum':
      return { type: 'string', enum: rule.values };
    case 'array':
      return {
        type: 'array',
        items: toJsonSchema(rule.$item as Schema<unknown>),
        minItems: rule.min,
        maxItems: rule.max,
      };
    case 'record':
      return { type: 'object', additionalProperties: toJsonSchema(rule.$value as Schema<unknown>) };
    case 'object': {
      const entries = Object.entries(fields ?? {});
      const required = entries.filter(([, field]) => !field.rule.optional).map(([name]) => name);
      return {
        type: 'object',
        properties: Object.fromEntries(entries.map(([name, field]) => [name, toJsonSchema(field)])),
        ...(required.length > 0 ? { required } : {}),
        additionalProperties: false,
      };
    }
    default:
      return {};
  }
}
