// Protects: one declaration gives the same answer as validation, as type and as JSON Schema, strict at every depth.
import Ajv2020 from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { type AnyContract, contract } from '../../../lib/contracts/contract.ts';
import { openApiDocument } from '../../../lib/contracts/openapi.ts';
import { CONTRACTS } from '../../../lib/contracts/registry.ts';
import {
  flag,
  type Infer,
  id,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  type Schema,
  text,
  toJsonSchema,
} from '../../../lib/contracts/schema.ts';
import { ERRORS } from '../../../lib/kernel/errors.ts';
import { checkParams } from '../../../mixins/validation.middleware.ts';

const params = object({
  name: text({ min: 1, max: 5 }),
  count: optional(integer({ max: 9 })),
  kind: oneOf(['a', 'b']),
  inner: object({ key: id(), deepest: optional(object({ on: flag() })) }),
  items: list(object({ n: integer() }), { max: 2 }),
  notes: optional(record(text({ max: 3 }))),
  maybe: nullable(text({ max: 3 })),
});
type Params = Infer<typeof params>;

const GOOD: Params = { name: 'x', kind: 'a', inner: { key: 'k' }, items: [{ n: 1 }], maybe: null };

const sample = contract({
  name: 'test.sample',
  doc: 'For this test',
  params,
  result: object({}),
  errors: [],
  policy: { timeoutMs: 1 },
});

function accepts(value: unknown): boolean {
  try {
    checkParams(sample as AnyContract, structuredClone(value));
    return true;
  } catch {
    return false;
  }
}

const ajv = new Ajv2020.Ajv2020({ strict: false });
const byJsonSchema = ajv.compile(toJsonSchema(params));

const CASES: readonly (readonly [string, boolean, unknown])[] = [
  ['what the contract says', true, GOOD],
  ['everything that is optional too', true, { ...GOOD, count: 9, notes: { a: 'b' }, maybe: 'm' }],
  ['an unknown field', false, { ...GOOD, more: 1 }],
  ['an unknown field one level down', false, { ...GOOD, inner: { key: 'k', more: 1 } }],
  [
    'an unknown field two levels down',
    false,
    { ...GOOD, inner: { key: 'k', deepest: { on: true, more: 1 } } },
  ],
  ['an unknown field in a list', false, { ...GOOD, items: [{ n: 1, more: 1 }] }],
  ['a missing field', false, { ...GOOD, name: undefined }],
  ['a missing field one level down', false, { ...GOOD, inner: {} }],
  ['null where it is not allowed', false, { ...GOOD, name: null }],
  ['a text for a number', false, { ...GOOD, count: '9' }],
  ['a number for a text', false, { ...GOOD, name: 5 }],
  ['a number for a flag', false, { ...GOOD, inner: { key: 'k', deepest: { on: 1 } } }],
  ['half a number', false, { ...GOOD, count: 1.5 }],
  ['a number that is too large', false, { ...GOOD, count: 10 }],
  ['a text that is too long', false, { ...GOOD, name: 'abcdef' }],
  ['an empty text', false, { ...GOOD, name: '' }],
  ['another word than those offered', false, { ...GOOD, kind: 'c' }],
  ['an id with a slash', false, { ...GOOD, inner: { key: '../x' } }],
  ['a list that is too long', false, { ...GOOD, items: [{ n: 1 }, { n: 2 }, { n: 3 }] }],
  ['an object for a list', false, { ...GOOD, items: { n: 1 } }],
  ['a list for an object', false, { ...GOOD, inner: [] }],
  ['a number in a record of texts', false, { ...GOOD, notes: { a: 1 } }],
];

describe('a schema', () => {
  for (const [what, good, value] of CASES)
    it(`${good ? 'takes' : 'refuses'} ${what}, as validation and as JSON Schema`, () => {
      expect(accepts(value)).to.equal(good);
      expect(byJsonSchema(JSON.parse(JSON.stringify(value)))).to.equal(good);
    });

  it('changes nothing of what it checks', () => {
    const value = structuredClone({ ...GOOD, count: 3 });
    checkParams(sample as AnyContract, value);
    expect(value).to.deep.equal({ ...GOOD, count: 3 });
  });

  it('names what is wrong by its path', () => {
    try {
      checkParams(sample as AnyContract, { ...GOOD, inner: { key: 'k', wish: 1 }, items: [{ n: 'x' }] });
    } catch (error) {
      const { fields } = (error as { data: { fields: unknown } }).data;
      expect(fields).to.deep.equal([
        { field: 'inner.wish', rule: 'objectStrict' },
        { field: 'items[0].n', rule: 'number' },
      ]);
      return;
    }
    throw new Error('it was taken');
  });
});

/** Every object within a schema. */
function* objectsIn(schema: Schema<unknown>): Generator<Schema<unknown>> {
  const { rule } = schema;
  if (rule.type === 'object') yield schema;
  for (const inner of [
    ...Object.values((rule.$fields ?? {}) as Record<string, Schema<unknown>>),
    ...(['$item', '$value'] as const).flatMap(name => (rule[name] ? [rule[name] as Schema<unknown>] : [])),
  ])
    yield* objectsIn(inner);
}

describe('the contracts', () => {
  for (const each of CONTRACTS)
    it(`${each.name} says what it does, is strict, bounded and fails by known codes`, () => {
      expect(each.name).to.match(/^[a-z]+\.[a-zA-Z]+$/);
      expect(each.doc).to.match(/^[A-Z].{10,}\.$/s);
      expect(each.policy.timeoutMs).to.be.within(1, 600_000);
      for (const code of each.errors) expect(ERRORS).to.have.property(code);
      for (const inner of objectsIn(each.params)) expect(inner.rule.strict).to.equal(true);
      if (each.policy.placement) {
        expect(each.policy.breaker, 'a breaker would move keys').to.equal(undefined);
        const fields = Object.keys(each.params.rule.$fields as object);
        expect(fields).to.include.members([...each.policy.placement]);
      }
      // What needs no tenant is offered only to anybody at all.
      if (each.http) expect(each.tenant).to.equal(each.http.scope === 'public' ? 'none' : 'required');
    });

  it('have names of their own', () => {
    expect(new Set(CONTRACTS.map(each => each.name)).size).to.equal(CONTRACTS.length);
  });

  it('give an OpenAPI document in which every path has its parameters and every operation its own id', () => {
    const { paths } = openApiDocument('1') as never as {
      paths: Record<
        string,
        Record<string, { operationId: string; parameters?: { in: string; name: string }[] }>
      >;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).map(operation => ({ path, ...operation })),
    );
    const ofContracts = CONTRACTS.filter(each => each.http);
    expect(operations.length).to.be.at.least(ofContracts.length);
    expect(new Set(operations.map(each => each.operationId)).size).to.equal(operations.length);
    for (const { path, parameters = [] } of operations)
      expect(parameters.filter(each => each.in === 'path').map(each => each.name)).to.deep.equal(
        Array.from(path.matchAll(/\{(\w+)\}/g), match => match[1]),
      );
  });
});
