/** jq's functions on arrays and objects. */
import { JqError } from './budget.ts';
import { computed, entries, type Run } from './machine.ts';
import { add, shown } from './operators.ts';
import { define, definePlain } from './registry.ts';
import {
  compare,
  equal,
  get,
  isObject,
  type Json,
  type JsonObject,
  put,
  sortedKeys,
  truthy,
  typeName,
} from './value.ts';

definePlain('not/0', (_run, value) => !truthy(value));
definePlain('type/0', (_run, value) => typeName(value));
definePlain('now/0', run => run.nowMs / 1000);
definePlain('length/0', (_run, value) => {
  if (value === null) return 0;
  if (typeof value === 'string') return [...value].length;
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'boolean') throw new JqError(`${shown(value)} has no length`);
  return Array.isArray(value) ? value.length : Object.keys(value).length;
});
definePlain('keys/0', (run, value) => keysOf(run, value, true));
definePlain('keys_unsorted/0', (run, value) => keysOf(run, value, false));
function keysOf(run: Run, value: Json, sorted: boolean): Json {
  if (Array.isArray(value)) return value.map((_each, i) => i);
  if (!isObject(value)) throw new JqError(`${shown(value)} has no keys`);
  const keys = sorted ? sortedKeys(value) : Object.keys(value);
  run.budget.spend(keys.length);
  return keys;
}
definePlain('has/1', (_run, value, key) => {
  if (isObject(value) && typeof key === 'string') return Object.hasOwn(value, key);
  if (Array.isArray(value) && typeof key === 'number') return key >= 0 && key < value.length;
  throw new JqError(`Cannot check whether ${typeName(value)} has a ${typeName(key!)} key`);
});
definePlain('contains/1', (run, value, part) => contains(run, value, part!));
function contains(run: Run, a: Json, b: Json): boolean {
  run.budget.spend(1);
  if (typeof a === 'string' && typeof b === 'string') return a.includes(b);
  if (Array.isArray(a) && Array.isArray(b))
    return b.every(each => a.some(other => typeName(other) === typeName(each) && contains(run, other, each)));
  if (isObject(a) && isObject(b))
    return Object.entries(b).every(
      ([key, each]) =>
        Object.hasOwn(a, key) && typeName(a[key]!) === typeName(each) && contains(run, a[key]!, each),
    );
  if (typeName(a) === typeName(b)) return equal(a, b, run.budget);
  throw new JqError(`${shown(a)} and ${shown(b)} cannot have their containment checked`);
}
definePlain('add/0', (run, value) => {
  if (Array.isArray(value) && value.length > 0 && value.every(each => typeof each === 'string')) {
    run.budget.string(value.reduce((sum, each) => sum + each.length, 0));
    return value.join('');
  }
  if (Array.isArray(value) && value.length > 0 && value.every(each => Array.isArray(each))) {
    run.budget.spend(value.reduce((sum, each) => sum + each.length, 0));
    return value.flat();
  }
  let sum: Json = null;
  for (const [, each] of entries(value)) {
    run.budget.spend(1);
    sum = add(sum, each, run.budget);
  }
  return sum;
});
definePlain('flatten/0', (run, value) => flatten(run, arrayOf(value), Number.POSITIVE_INFINITY));
definePlain('flatten/1', (run, value, depth) => {
  if (typeof depth !== 'number' || depth < 0) throw new JqError('flatten depth must not be negative');
  return flatten(run, arrayOf(value), depth);
});
function flatten(run: Run, value: readonly Json[], depth: number): Json[] {
  run.budget.spend(value.length);
  return value.flatMap(each => (Array.isArray(each) && depth > 0 ? flatten(run, each, depth - 1) : [each]));
}
definePlain('reverse/0', (run, value) => {
  if (value === null) return [];
  if (typeof value === 'string') return [...value].reverse().join('');
  run.budget.spend(arrayOf(value).length >> 2);
  return [...arrayOf(value)].reverse();
});
definePlain('sort/0', (run, value) => [...sortable(value)].sort((a, b) => compare(a, b, run.budget)));
definePlain('unique/0', (run, value) =>
  distinct(
    run,
    sortable(value).map(each => [each, each]),
  ),
);
definePlain('transpose/0', (run, value) => {
  const rows = arrayOf(value).map(arrayOf);
  const width = Math.max(0, ...rows.map(row => row.length));
  run.budget.spend(width * rows.length);
  return Array.from({ length: width }, (_each, i) => rows.map(row => row[i] ?? null));
});
definePlain('to_entries/0', (run, value) => {
  if (!isObject(value)) throw new JqError(`${shown(value)} has no keys`);
  run.budget.spend(Object.keys(value).length);
  return Object.entries(value).map(([key, each]) => ({ key, value: each }));
});
definePlain('from_entries/0', (run, value) => {
  const result: JsonObject = {};
  for (const [, each] of entries(value)) {
    run.budget.spend(1);
    const entry = isObject(each) ? each : {};
    const name =
      ['key', 'k', 'name', 'Name', 'Key', 'K'].map(key => get(entry, key)).find(key => key !== null) ?? null;
    const held = ['value', 'v', 'Value', 'V'].find(key => Object.hasOwn(entry, key));
    if (isObject(name) || Array.isArray(name)) throw new JqError(`Cannot use ${shown(name)} as object key`);
    put(result, typeof name === 'string' ? name : String(name), held ? get(entry, held) : null);
  }
  return result;
});
for (const [name, finish] of [
  ['sort_by/1', (_run, pairs) => pairs.map(([, each]) => each)],
  ['group_by/1', (run, pairs) => groups(run, pairs).map(group => group.map(([, each]) => each))],
  ['unique_by/1', (run, pairs) => groups(run, pairs).map(group => group[0]![1])],
  ['min_by/1', (_run, pairs) => pairs[0]?.[1] ?? null],
  ['max_by/1', (run, pairs) => groups(run, pairs).at(-1)?.at(-1)?.[1] ?? null],
] as [string, (run: Run, sorted: Pair[]) => Json][])
  define(name, (run, env, args, value, path, emit) => {
    const pairs: Pair[] = sortable(value).map(each => {
      const keys: Json[] = [];
      args[0]!(run, env, each, null, v => keys.push(v));
      return [keys, each];
    });
    emit(
      finish(
        run,
        pairs.sort((a, b) => compare(a[0], b[0], run.budget)),
      ),
      computed(path),
    );
  });

type Pair = [key: Json, value: Json];

function groups(run: Run, sorted: readonly Pair[]): Pair[][] {
  const result: Pair[][] = [];
  for (const pair of sorted) {
    const last = result.at(-1);
    if (last && equal(last[0]![0], pair[0], run.budget)) last.push(pair);
    else result.push([pair]);
  }
  return result;
}

function distinct(run: Run, pairs: Pair[]): Json[] {
  return groups(
    run,
    pairs.sort((a, b) => compare(a[0], b[0], run.budget)),
  ).map(group => group[0]![1]);
}

function arrayOf(value: Json): Json[] {
  if (!Array.isArray(value)) throw new JqError(`Cannot iterate over ${typeName(value)}`);
  return value;
}

function sortable(value: Json): Json[] {
  if (!Array.isArray(value)) throw new JqError(`${shown(value)} cannot be sorted, as it is not an array`);
  return value;
}
