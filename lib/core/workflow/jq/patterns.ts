/** Destructuring: `. as [$a, {b: $c}] | ...`. */
import { type Node, type Pattern, patternNames } from './ast.ts';
import { JqError } from './budget.ts';
import { compile, type Scope } from './compile.ts';
import { bind, type Env, index, type Op, type Run } from './machine.ts';
import type { Json } from './value.ts';

export type Binder = (run: Run, env: Env, value: Json, done: (env: Env) => void) => void;

export function patternScope(scope: Scope, patterns: readonly Pattern[]): Scope {
  const names = patterns.flatMap(patternNames);
  return names.length === 0 ? scope : new Set([...scope, ...names.map(name => `$${name}`)]);
}

/** `all`: with `?//` every pattern binds the names of all of them, null where it lacks one. */
export function bindPattern(pattern: Pattern, scope: Scope, all: readonly Pattern[] = [pattern]): Binder {
  const others = all.length > 1 ? [...new Set(all.flatMap(patternNames))] : [];
  const binder = compilePattern(pattern, scope);
  return (run, env, value, done) => {
    let from = env;
    for (const name of others) from = bind(from, name, null);
    binder(run, from, value, done);
  };
}

function compilePattern(pattern: Pattern, scope: Scope): Binder {
  if (pattern.t === 'var') return (_run, env, value, done) => done(bind(env, pattern.name, value));
  if (pattern.t === 'array') {
    const items = pattern.items.map(item => compilePattern(item, scope));
    return (run, env, value, done) => {
      if (value !== null && !Array.isArray(value))
        throw new JqError(`Cannot index ${typeof value} with number`);
      const step = (at: number, bound: Env) => {
        const item = items[at];
        if (!item) return done(bound);
        item(run, bound, index(run, value, at), next => step(at + 1, next));
      };
      step(0, env);
    };
  }
  const entries = pattern.entries.map(entry => ({
    key: compileKey(entry.key, scope),
    name: entry.name,
    value: entry.value ? compilePattern(entry.value, scope) : null,
  }));
  return (run, env, value, done) => {
    const step = (at: number, bound: Env) => {
      const entry = entries[at];
      if (!entry) return done(bound);
      entry.key(run, env, value, null, key => {
        if (typeof key !== 'string') throw new JqError(`Cannot index ${typeof value} with ${typeof key}`);
        const found = index(run, value, key);
        const named = entry.name === undefined ? bound : bind(bound, entry.name, found);
        if (entry.value) entry.value(run, named, found, next => step(at + 1, next));
        else step(at + 1, named);
      });
    };
    step(0, env);
  };
}

function compileKey(node: Node, scope: Scope): Op {
  return compile(node, scope);
}
