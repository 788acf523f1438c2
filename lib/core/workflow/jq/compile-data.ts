/** Compiles what reaches into data and what builds it. */
import type { Node } from './ast.ts';
import { JqError } from './budget.ts';
import { compile, type Scope } from './compile.ts';
import { formatText } from './formats.ts';
import { computed, extend, index, type Op, slice } from './machine.ts';
import { type Json, type JsonObject, put } from './value.ts';

export function compileIndex(targetNode: Node, keyNode: Node, scope: Scope): Op {
  const target = compile(targetNode, scope);
  if (keyNode.t === 'literal') {
    const key = keyNode.value;
    return (run, env, value, path, emit) =>
      target(run, env, value, path, (v, p) => {
        run.budget.spend(1);
        emit(index(run, v, key), extend(p, key));
      });
  }
  const keys = compile(keyNode, scope);
  return (run, env, value, path, emit) =>
    target(run, env, value, path, (v, p) =>
      keys(run, env, value, null, key => {
        run.budget.spend(1);
        emit(index(run, v, key), extend(p, key));
      }),
    );
}

export function compileSlice(node: Extract<Node, { t: 'slice' }>, scope: Scope): Op {
  const nothing: Node = { t: 'literal', value: null };
  const target = compile(node.target, scope);
  const from = compile(node.from ?? nothing, scope);
  const to = compile(node.to ?? nothing, scope);
  return (run, env, value, path, emit) =>
    target(run, env, value, path, (v, p) =>
      to(run, env, value, null, end =>
        from(run, env, value, null, start =>
          emit(slice(v, start, end, run.budget), p === null ? null : extend(p, { start, end })),
        ),
      ),
    );
}

export function compileArray(bodyNode: Node | null, scope: Scope): Op {
  if (!bodyNode) return (_run, _env, _value, path, emit) => emit([], computed(path));
  const body = compile(bodyNode, scope);
  return (run, env, value, path, emit) => {
    const items: Json[] = [];
    body(run, env, value, null, v => {
      run.budget.spend(1);
      items.push(v);
    });
    emit(items, computed(path));
  };
}

export function compileObject(pairs: readonly { key: Node; value: Node }[], scope: Scope): Op {
  const compiled = pairs.map(pair => [compile(pair.key, scope), compile(pair.value, scope)] as const);
  return (run, env, value, path, emit) => {
    const build = (at: number, object: JsonObject) => {
      const pair = compiled[at];
      if (!pair) return emit(object, computed(path));
      pair[0](run, env, value, null, key => {
        if (typeof key !== 'string') throw new JqError(`Object keys must be strings`);
        pair[1](run, env, value, null, v => {
          run.budget.spend(1);
          const next = { ...object };
          put(next, key, v);
          build(at + 1, next);
        });
      });
    };
    build(0, {});
  };
}

export function compileString(node: Extract<Node, { t: 'string' }>, scope: Scope): Op {
  const parts = node.parts.map(part => (typeof part === 'string' ? part : compile(part, scope)));
  const format = node.format ?? 'text';
  return (run, env, value, path, emit) => {
    const build = (at: number, text: string) => {
      const part = parts[at];
      if (part === undefined) return emit(text, computed(path));
      if (typeof part === 'string') return build(at + 1, text + part);
      part(run, env, value, null, v => {
        const piece = formatText(format, v, run.budget);
        run.budget.string(text.length + piece.length);
        build(at + 1, text + piece);
      });
    };
    build(0, '');
  };
}
