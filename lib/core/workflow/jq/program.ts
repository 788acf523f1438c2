/**
 * jq for runtime expressions, evaluated synchronously and within limits (`budget.ts`).
 *
 * Why not jq itself: its WebAssembly builds answer asynchronously, cost about a millisecond a call, and cannot be
 * stopped when an expression never ends. This one runs inside a decider: it does no I/O, reads no clock and no
 * environment, and pays for every step. A test compares it with jq in WebAssembly.
 */
import type { Node } from './ast.ts';
import { Budget, JqError, JqLimitError } from './budget.ts';
import './builtins.ts';
import { compile } from './compile.ts';
import { callFunction, type Op, type Run } from './machine.ts';
import { parse } from './parser.ts';
import { PRELUDE } from './prelude.ts';
import { BUILTINS } from './registry.ts';
import { get, isObject, type Json, jsonSafe } from './value.ts';

export { JqSyntaxError } from './ast.ts';
export { JqError, JqLimitError } from './budget.ts';

/** What an expression may see besides its input. */
export interface Surroundings {
  readonly global: (name: string) => Json | undefined;
  readonly nowMs: number;
  readonly indexText?: ((text: string, key: string) => string | undefined) | undefined;
}

export interface Program {
  /** The first output; `undefined` when there is none. Throws `JqError` or `JqLimitError`. */
  first(input: Json, surroundings: Surroundings): Json | undefined;
  /** Every output. */
  all(input: Json, surroundings: Surroundings): Json[];
}

/** Programs kept compiled. */
const CACHE = 2_000;
const cache = new Map<string, Program>();
const PLAIN_PATH = /^\s*(?:\.|(?:\.[A-Za-z_][A-Za-z0-9_]*)+)\s*$/;

let ready = false;

/** Compiles or finds the program. Throws `JqSyntaxError`. */
export function program(source: string): Program {
  const known = cache.get(source);
  if (known) return known;
  const made = PLAIN_PATH.test(source) ? plainPath(source.trim()) : compiled(source);
  if (cache.size >= CACHE) cache.delete(cache.keys().next().value!);
  cache.set(source, made);
  return made;
}

function compiled(source: string): Program {
  loadPrelude();
  const op = compile(parse(source), new Set());
  return {
    first: (input, surroundings) => outputs(op, input, surroundings)[0],
    all: (input, surroundings) => outputs(op, input, surroundings),
  };
}

function outputs(op: Op, input: Json, surroundings: Surroundings): Json[] {
  const budget = new Budget();
  const run: Run = { budget, ...surroundings };
  const found: Json[] = [];
  try {
    op(run, null, input, null, v => found.push(v));
    return found.map(each => jsonSafe(each, budget));
  } catch (error) {
    if (error instanceof RangeError) throw new JqLimitError('the expression nests too deeply');
    throw error;
  }
}

/** `.a.b.c` without a parser: most expressions of real workflows. */
function plainPath(source: string): Program {
  const keys = source.split('.').slice(1).filter(Boolean);
  const first = (input: Json, { indexText }: Surroundings): Json => {
    let at = input;
    for (const key of keys) {
      if (at === null) return null;
      if (isObject(at)) at = get(at, key);
      else {
        const sealed = typeof at === 'string' ? indexText?.(at, key) : undefined;
        if (sealed === undefined)
          throw new JqError(`Cannot index ${Array.isArray(at) ? 'array' : typeof at} with "${key}"`);
        at = sealed;
      }
    }
    return at;
  };
  return { first, all: (input, surroundings) => [first(input, surroundings)] };
}

function loadPrelude(): void {
  if (ready) return;
  ready = true;
  let node: Node = parse(`${PRELUDE} .`);
  while (node.t === 'def') {
    const { name, params, body, rest } = node;
    const full = `${name}/${params.length}`;
    const own = new Set([full]);
    for (const param of params) {
      if (param.startsWith('$')) own.add(param);
      own.add(`${param.replace('$', '')}/0`);
    }
    const fn = { kind: 'function', name: full, params, body: compile(body, own), next: null } as const;
    BUILTINS.set(full, (run, env, args, value, path, emit) =>
      callFunction(run, fn, args, env, value, path, emit),
    );
    node = rest;
  }
}
