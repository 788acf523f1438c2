/**
 * What a compiled jq program runs on. A program is a tree of closures that push their outputs into `emit`;
 * where a path is wanted (`path`, assignment, `del`) it travels beside each value.
 */
import type { Budget } from './budget.ts';
import { JqError } from './budget.ts';
import { get, isObject, type Json, typeName } from './value.ts';

export type PathKey = Json;
/** Null: nobody asked for paths. `NOWHERE`: the value was computed and has none. */
export type Path = readonly PathKey[] | null;
export const NOWHERE: readonly PathKey[] = Object.freeze([]);
export const ROOT: readonly PathKey[] = [];

export type Emit = (value: Json, path: Path) => void;
export type Op = (run: Run, env: Env, value: Json, path: Path, emit: Emit) => void;

/** What one evaluation sees of the world. */
export interface Run {
  readonly budget: Budget;
  /** Value of a variable that the program does not define itself; undefined when there is none. */
  readonly global: (name: string) => Json | undefined;
  /** Milliseconds since the epoch, for `now`. */
  readonly nowMs: number;
  /** Indexing text with a key is an error, unless the text stands for a sealed secret. */
  readonly indexText?: ((text: string, key: string) => string | undefined) | undefined;
}

/** Bindings in scope, innermost first. */
export type Env =
  | { readonly kind: 'var'; readonly name: string; readonly value: Json; readonly next: Env }
  | {
      readonly kind: 'closure';
      readonly name: string;
      readonly op: Op;
      readonly env: Env;
      readonly next: Env;
    }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly params: readonly string[];
      readonly body: Op;
      readonly next: Env;
    }
  | { readonly kind: 'label'; readonly name: string; readonly token: object; readonly next: Env }
  | null;

/** Leaves a loop early: `break`, `limit`, `first`. */
export class Break {
  readonly token: object;
  constructor(token: object) {
    this.token = token;
  }
}

/** Runs `body`, ended early when it throws the token's `Break`. */
export function breakable(run: Run, body: (token: object) => void): void {
  const token = {};
  const depth = run.budget.depth;
  try {
    body(token);
  } catch (error) {
    if (!(error instanceof Break) || error.token !== token) throw error;
    run.budget.depth = depth;
  }
}

/** Errors of `body` go to `onError`; errors of those who take its outputs pass through. */
export function guarded(
  run: Run,
  body: (forward: Emit) => void,
  emit: Emit,
  onError: (error: JqError) => void,
): void {
  const depth = run.budget.depth;
  let downstream: unknown;
  try {
    body((v, p) => {
      try {
        emit(v, p);
      } catch (error) {
        downstream = error;
        throw error;
      }
    });
  } catch (error) {
    if (downstream === error || !(error instanceof JqError)) throw error;
    run.budget.depth = depth;
    onError(error);
  }
}

/** `..`: the value and everything in it. */
export const recurse = (run: Run, value: Json, path: Path, emit: Emit) => {
  run.budget.spend(1);
  run.budget.enter();
  emit(value, path);
  if (typeof value === 'object' && value !== null)
    for (const [key, each] of entries(value)) recurse(run, each, extend(path, key), emit);
  run.budget.leave();
};

/** A call of a function that was defined in jq: its filters become closures, its values variables. */
export function callFunction(
  run: Run,
  fn: Extract<Env, { kind: 'function' }>,
  args: readonly Op[],
  caller: Env,
  value: Json,
  path: Path,
  emit: Emit,
): void {
  run.budget.enter();
  const bindNext = (i: number, into: Env) => {
    const param = fn.params[i];
    if (param === undefined) return fn.body(run, into, value, path, emit);
    const op = args[i]!;
    if (!param.startsWith('$'))
      return bindNext(i + 1, { kind: 'closure', name: `${param}/0`, op, env: caller, next: into });
    const name = param.slice(1);
    op(run, caller, value, null, v => {
      const constant: Op = (_run, _env, _value, p, out) => out(v, computed(p));
      bindNext(i + 1, {
        kind: 'closure',
        name: `${name}/0`,
        op: constant,
        env: null,
        next: bind(into, name, v),
      });
    });
  };
  bindNext(0, fn);
  run.budget.leave();
}

export function bind(env: Env, name: string, value: Json): Env {
  return { kind: 'var', name, value, next: env };
}

export function extend(path: Path, key: PathKey): Path {
  if (path === null) return null;
  if (path === NOWHERE)
    throw new JqError(`Invalid path expression near attempt to access ${JSON.stringify(key)}`);
  return [...path, key];
}

/** The path of a value that was computed, not reached. */
export function computed(path: Path): Path {
  return path === null ? null : NOWHERE;
}

/** `.[key]` of jq. */
export function index(run: Run, value: Json, key: Json): Json {
  if (typeof key === 'string') {
    if (isObject(value)) return get(value, key);
    if (value === null) return null;
    const sealed = typeof value === 'string' ? run.indexText?.(value, key) : undefined;
    if (sealed !== undefined) return sealed;
    throw new JqError(`Cannot index ${typeName(value)} with "${key}"`);
  }
  if (typeof key === 'number') {
    if (value === null) return null;
    if (!Array.isArray(value)) throw new JqError(`Cannot index ${typeName(value)} with number`);
    const at = Math.floor(key);
    return value[at < 0 ? at + value.length : at] ?? null;
  }
  if (isObject(key)) {
    if (value === null) return null;
    if (!Array.isArray(value) && typeof value !== 'string')
      throw new JqError(`Cannot index ${typeName(value)} with object`);
    return slice(value, get(key, 'start'), get(key, 'end'), run.budget);
  }
  if (Array.isArray(key) && Array.isArray(value)) return indicesOf(value, key, run.budget);
  throw new JqError(`Cannot index ${typeName(value)} with ${typeName(key)}`);
}

export function slice(value: Json, from: Json, to: Json, budget: Budget): Json {
  if (value === null) return null;
  if (!Array.isArray(value) && typeof value !== 'string')
    throw new JqError(`Cannot index ${typeName(value)} with object`);
  // Text is counted in code points; only text beyond the basic plane needs cutting up for it.
  const parts = typeof value === 'string' && /[\ud800-\udfff]/.test(value) ? [...value] : value;
  const [start, end] = sliceBounds(parts.length, from, to);
  budget.spend(parts.length >> 3);
  return parts === value ? value.slice(start, end) : (parts.slice(start, end) as string[]).join('');
}

export function sliceBounds(length: number, from: Json, to: Json): [start: number, end: number] {
  for (const bound of [from, to])
    if (bound !== null && typeof bound !== 'number')
      throw new JqError('Start and end indices of an array slice must be numbers');
  const clamp = (at: number) => Math.min(length, Math.max(0, at < 0 ? at + length : at));
  const start = clamp(Math.floor((from as number | null) ?? 0));
  const end = clamp(Math.ceil((to as number | null) ?? length));
  return [start, Math.max(start, end)];
}

export function indicesOf(value: readonly Json[], part: readonly Json[], budget: Budget): number[] {
  const found: number[] = [];
  if (part.length === 0) return found;
  const texts = part.map(each => JSON.stringify(each));
  budget.spend(value.length * part.length);
  for (let i = 0; i + part.length <= value.length; i++)
    if (texts.every((text, j) => JSON.stringify(value[i + j]) === text)) found.push(i);
  return found;
}

/** Values under `.[]` with their keys. */
export function* entries(value: Json): Generator<[key: string | number, value: Json]> {
  if (Array.isArray(value)) yield* value.entries();
  else if (isObject(value)) yield* Object.entries(value);
  else
    throw new JqError(
      `Cannot iterate over ${typeName(value)}${value === null ? '' : ` (${JSON.stringify(value)})`}`,
    );
}
