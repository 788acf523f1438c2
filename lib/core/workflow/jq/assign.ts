/** Assignment and everything that writes through paths. Values are never changed in place. */
import { type Budget, JqError } from './budget.ts';
import {
  Break,
  breakable,
  computed,
  type Env,
  index,
  NOWHERE,
  type Op,
  type PathKey,
  ROOT,
  type Run,
  sliceBounds,
} from './machine.ts';
import { operate } from './operators.ts';
import { compare, get, isObject, type Json, put, truthy, typeName } from './value.ts';

/** Longest array that setting an index may make. */
const MAX_INDEX = 100_000;

export function compileAssignment(op: string, left: Op, right: Op): Op {
  if (op === '|=')
    return (run, env, value, path, emit) => emit(update(run, env, value, left, right), computed(path));
  if (op === '//=')
    return (run, env, value, path, emit) =>
      right(run, env, value, null, fallback => {
        let result = value;
        for (const at of pathsOf(run, env, value, left)) {
          const old = getPath(run, result, at);
          result = setPath(result, at, truthy(old) ? old : fallback, run.budget);
        }
        emit(result, computed(path));
      });
  const operator = op === '=' ? null : op.slice(0, -1);
  return (run, env, value, path, emit) =>
    right(run, env, value, null, operand => {
      let result = value;
      for (const at of pathsOf(run, env, value, left))
        result = setPath(
          result,
          at,
          operator ? operate(operator, getPath(run, result, at), operand, run.budget) : operand,
          run.budget,
        );
      emit(result, computed(path));
    });
}

/** `paths |= f`: the first output of `f` replaces the value; no output deletes it. */
export function update(run: Run, env: Env, value: Json, paths: Op, change: Op): Json {
  let result = value;
  const gone: PathKey[][] = [];
  for (const at of pathsOf(run, env, value, paths)) {
    let next: Json | undefined;
    breakable(run, token =>
      change(run, env, getPath(run, result, at), null, v => {
        next = v;
        throw new Break(token);
      }),
    );
    if (next === undefined) gone.push([...at]);
    else result = setPath(result, at, next, run.budget);
  }
  return deletePaths(result, gone, run.budget);
}

export function pathsOf(run: Run, env: Env, value: Json, op: Op): (readonly PathKey[])[] {
  const paths: (readonly PathKey[])[] = [];
  op(run, env, value, ROOT, (v, path) => {
    run.budget.spend(1);
    if (path === null || path === NOWHERE)
      throw new JqError(`Invalid path expression with result ${JSON.stringify(v)}`);
    paths.push(path);
  });
  return paths;
}

export function getPath(run: Run, value: Json, path: readonly PathKey[]): Json {
  let at = value;
  for (const key of path) {
    if (at === null) return null;
    at = index(run, at, key);
  }
  return at;
}

export function setPath(value: Json, path: readonly PathKey[], next: Json, budget: Budget, from = 0): Json {
  if (from === path.length) return next;
  const key = path[from]!;
  budget.spend(1);
  if (typeof key === 'string') {
    if (value !== null && !isObject(value))
      throw new JqError(`Cannot index ${typeName(value)} with "${key}"`);
    const copy = { ...value };
    budget.spend(Object.keys(copy).length >> 2);
    put(copy, key, setPath(value ? get(value, key) : null, path, next, budget, from + 1));
    return copy;
  }
  if (value !== null && !Array.isArray(value))
    throw new JqError(`Cannot index ${typeName(value)} with ${typeName(key)}`);
  const copy = value ? [...value] : [];
  budget.spend(copy.length >> 3);
  if (isObject(key)) {
    const [start, end] = sliceBounds(copy.length, get(key, 'start'), get(key, 'end'));
    const part = setPath(value ? copy.slice(start, end) : null, path, next, budget, from + 1);
    if (!Array.isArray(part)) throw new JqError('A slice of an array can only be assigned another array');
    copy.splice(start, end - start, ...part);
    return copy;
  }
  if (typeof key !== 'number') throw new JqError(`Cannot index array with ${typeName(key)}`);
  const at = key < 0 ? key + copy.length : Math.floor(key);
  if (at < 0) throw new JqError('Out of bounds negative array index');
  if (at > MAX_INDEX) throw new JqError('Array index too large');
  while (copy.length < at) copy.push(null);
  copy[at] = setPath(copy[at] ?? null, path, next, budget, from + 1);
  return copy;
}

export function deletePaths(value: Json, paths: readonly (readonly PathKey[])[], budget: Budget): Json {
  if (paths.length === 0) return value;
  const ordered = [...paths].sort((a, b) => compare(b as Json[], a as Json[], budget));
  let result = value;
  for (const path of ordered) result = path.length === 0 ? null : deletePath(result, path, budget, 0);
  return result;
}

function deletePath(value: Json, path: readonly PathKey[], budget: Budget, from: number): Json {
  budget.spend(1);
  if (value === null) return null;
  const key = path[from]!;
  const last = from === path.length - 1;
  if (typeof key === 'string') {
    if (!isObject(value)) throw new JqError(`Cannot delete field at object index of ${typeName(value)}`);
    if (!Object.hasOwn(value, key)) return value;
    const copy = { ...value };
    if (last) delete copy[key];
    else put(copy, key, deletePath(get(value, key), path, budget, from + 1));
    return copy;
  }
  if (!Array.isArray(value)) throw new JqError(`Cannot delete field at array index of ${typeName(value)}`);
  const copy = [...value];
  budget.spend(copy.length >> 3);
  if (isObject(key)) {
    const [start, end] = sliceBounds(copy.length, get(key, 'start'), get(key, 'end'));
    if (last) copy.splice(start, end - start);
    else
      copy.splice(
        start,
        end - start,
        ...(deletePath(copy.slice(start, end), path, budget, from + 1) as Json[]),
      );
    return copy;
  }
  if (typeof key !== 'number') throw new JqError(`Cannot delete field at array index of ${typeName(value)}`);
  const at = key < 0 ? key + copy.length : Math.floor(key);
  if (at < 0 || at >= copy.length) return value;
  if (last) copy.splice(at, 1);
  else copy[at] = deletePath(copy[at]!, path, budget, from + 1);
  return copy;
}
