/** Compiles what binds names and what uses them: functions, variables, folds. */
import { JqSyntaxError, type Node } from './ast.ts';
import { JqError } from './budget.ts';
import { compile, type Scope } from './compile.ts';
import { callFunction, computed, type Emit, type Env, guarded, type Op } from './machine.ts';
import { bindPattern, patternScope } from './patterns.ts';
import { BUILTINS } from './registry.ts';
import type { Json } from './value.ts';

export function compileFold(node: Extract<Node, { t: 'reduce' | 'foreach' }>, scope: Scope): Op {
  const source = compile(node.source, scope);
  const inner = patternScope(scope, [node.pattern]);
  const start = compile(node.start, scope);
  const update = compile(node.update, inner);
  const extract = node.t === 'foreach' && node.extract ? compile(node.extract, inner) : null;
  const pattern = bindPattern(node.pattern, scope);
  const each = node.t === 'foreach';
  return (run, env, value, path, emit) =>
    start(run, env, value, path, (initial, initialPath) => {
      let state: { value: Json; path: typeof initialPath } | null = { value: initial, path: initialPath };
      source(run, env, value, null, item =>
        pattern(run, env, item, bound => {
          run.budget.spend(1);
          let last: typeof state = null;
          const from = state ?? { value: null, path: computed(initialPath) };
          update(run, bound, from.value, from.path, (v, p) => {
            last = { value: v, path: p };
            if (!each) return;
            state = last;
            if (extract) extract(run, bound, v, p, emit);
            else emit(v, p);
          });
          if (!each) state = last;
        }),
      );
      if (!each) emit(state?.value ?? null, state ? state.path : computed(initialPath));
    });
}

export function compileDefinition(node: Extract<Node, { t: 'def' }>, scope: Scope): Op {
  const own = new Set([...scope, `${node.name}/${node.params.length}`]);
  const inner = new Set(own);
  for (const param of node.params) inner.add(param.startsWith('$') ? param : `${param}/0`);
  for (const param of node.params) if (param.startsWith('$')) inner.add(`${param.slice(1)}/0`);
  const body = compile(node.body, inner);
  const rest = compile(node.rest, own);
  const name = `${node.name}/${node.params.length}`;
  return (run, env, value, path, emit) =>
    rest(run, { kind: 'function', name, params: node.params, body, next: env }, value, path, emit);
}

export function compileCall(node: Extract<Node, { t: 'call' }>, scope: Scope): Op {
  const name = `${node.name}/${node.args.length}`;
  const args = node.args.map(arg => compile(arg, scope));
  if (!scope.has(name)) {
    const builtin = BUILTINS.get(name);
    if (!builtin) throw new JqSyntaxError(`${name} is not defined`, node.at);
    return (run, env, value, path, emit) => {
      run.budget.spend(1);
      builtin(run, env, args, value, path, emit);
    };
  }
  return (run, env, value, path, emit) => {
    run.budget.spend(1);
    for (let at: Env = env; at; at = at.next) {
      if (at.kind === 'closure' && at.name === name) return at.op(run, at.env, value, path, emit);
      if (at.kind === 'function' && at.name === name)
        return callFunction(run, at, args, env, value, path, emit);
    }
  };
}

export function compileVariable(name: string): Op {
  if (name === 'ENV') throw new JqSyntaxError('$ENV is not available', 0);
  if (name === '__loc__')
    return (_run, _env, _value, path, emit) => emit({ file: '<expression>', line: 1 }, computed(path));
  return (run, env, _value, path, emit) => {
    for (let at: Env = env; at; at = at.next)
      if (at.kind === 'var' && at.name === name) return emit(at.value, computed(path));
    const value = run.global(name);
    if (value === undefined) throw new JqError(`$${name} is not defined`);
    emit(value, computed(path));
  };
}

export function compileBinding(node: Extract<Node, { t: 'as' }>, scope: Scope): Op {
  const source = compile(node.source, scope);
  const body = compile(node.body, patternScope(scope, node.patterns));
  const patterns = node.patterns.map(pattern => bindPattern(pattern, scope, node.patterns));
  return (run, env, value, path, emit) =>
    source(run, env, value, null, v => {
      const attempt = (at: number) => {
        const run1 = (forward: Emit) =>
          patterns[at]!(run, env, v, bound => body(run, bound, value, path, forward));
        if (at === patterns.length - 1) return run1(emit);
        guarded(run, run1, emit, () => attempt(at + 1));
      };
      attempt(0);
    });
}
