/** Turns the tree of a jq program into closures. Names are checked here, so that a typo is found on upload. */

import { compileAssignment } from './assign.ts';
import { JqSyntaxError, type Node } from './ast.ts';
import { JqError } from './budget.ts';
import { compileArray, compileIndex, compileObject, compileSlice, compileString } from './compile-data.ts';
import {
  compileBinding,
  compileCall,
  compileDefinition,
  compileFold,
  compileVariable,
} from './compile-names.ts';
import { formatText } from './formats.ts';
import {
  Break,
  breakable,
  computed,
  type Env,
  entries,
  extend,
  guarded,
  type Op,
  recurse,
} from './machine.ts';
import { operate } from './operators.ts';
import { type Json, truthy } from './value.ts';

/** Names that the program may use: `name/arity` for functions, `$name` for variables, `*name` for labels. */
export type Scope = ReadonlySet<string>;

export function compile(node: Node, scope: Scope): Op {
  switch (node.t) {
    case 'identity':
      return (_run, _env, value, path, emit) => emit(value, path);
    case 'literal': {
      const constant = node.value;
      return (_run, _env, _value, path, emit) => emit(constant, computed(path));
    }
    case 'recurse':
      return (run, _env, value, path, emit) => recurse(run, value, path, emit);
    case 'pipe': {
      const left = compile(node.left, scope);
      const right = compile(node.right, scope);
      return (run, env, value, path, emit) =>
        left(run, env, value, path, (v, p) => right(run, env, v, p, emit));
    }
    case 'comma': {
      const left = compile(node.left, scope);
      const right = compile(node.right, scope);
      return (run, env, value, path, emit) => {
        left(run, env, value, path, emit);
        right(run, env, value, path, emit);
      };
    }
    case 'index':
      return compileIndex(node.target, node.key, scope);
    case 'slice':
      return compileSlice(node, scope);
    case 'iterate': {
      const target = compile(node.target, scope);
      return (run, env, value, path, emit) =>
        target(run, env, value, path, (v, p) => {
          for (const [key, each] of entries(v)) {
            run.budget.spend(1);
            emit(each, extend(p, key));
          }
        });
    }
    case 'array':
      return compileArray(node.body, scope);
    case 'object':
      return compileObject(node.entries, scope);
    case 'string':
      return compileString(node, scope);
    case 'format': {
      const { name } = node;
      return (run, _env, value, path, emit) => emit(formatText(name, value, run.budget), computed(path));
    }
    case 'negate': {
      const body = compile(node.body, scope);
      return (run, env, value, path, emit) =>
        body(run, env, value, null, v => {
          if (typeof v !== 'number') throw new JqError(`${typeof v} cannot be negated`);
          emit(-v, computed(path));
        });
    }
    case 'binary': {
      const { op } = node;
      const left = compile(node.left, scope);
      const right = compile(node.right, scope);
      return (run, env, value, path, emit) =>
        right(run, env, value, null, r =>
          left(run, env, value, null, l => {
            run.budget.spend(1);
            emit(operate(op, l, r, run.budget), computed(path));
          }),
        );
    }
    case 'and':
    case 'or': {
      const left = compile(node.left, scope);
      const right = compile(node.right, scope);
      const short = node.t === 'or';
      return (run, env, value, path, emit) =>
        left(run, env, value, null, l => {
          if (truthy(l) === short) emit(short, computed(path));
          else right(run, env, value, null, r => emit(truthy(r), computed(path)));
        });
    }
    case 'alternative':
      return compileAlternative(compile(node.left, scope), compile(node.right, scope));
    case 'assign':
      return compileAssignment(node.op, compile(node.left, scope), compile(node.right, scope));
    case 'if':
      return compileIf(node, scope);
    case 'try':
      return compileTry(compile(node.body, scope), node.handler ? compile(node.handler, scope) : null);
    case 'reduce':
    case 'foreach':
      return compileFold(node, scope);
    case 'def':
      return compileDefinition(node, scope);
    case 'call':
      return compileCall(node, scope);
    case 'var':
      return compileVariable(node.name);
    case 'as':
      return compileBinding(node, scope);
    case 'label': {
      const body = compile(node.body, new Set([...scope, `*${node.name}`]));
      return (run, env, value, path, emit) => {
        breakable(run, token =>
          body(run, { kind: 'label', name: node.name, token, next: env }, value, path, emit),
        );
      };
    }
    case 'break': {
      if (!scope.has(`*${node.name}`)) throw new JqSyntaxError(`$*label-${node.name} is not defined`, 0);
      return (_run, env) => {
        for (let at: Env = env; at; at = at.next)
          if (at.kind === 'label' && at.name === node.name) throw new Break(at.token);
      };
    }
  }
}

function compileAlternative(left: Op, right: Op): Op {
  return (run, env, value, path, emit) => {
    let any = false;
    guarded(
      run,
      forward =>
        left(run, env, value, path, (v, p) => {
          if (!truthy(v)) return;
          any = true;
          forward(v, p);
        }),
      emit,
      () => {},
    );
    if (!any) right(run, env, value, path, emit);
  };
}

function compileTry(body: Op, handler: Op | null): Op {
  return (run, env, value, path, emit) =>
    guarded(
      run,
      forward => body(run, env, value, path, forward),
      emit,
      error => {
        if (isBreak(error)) return;
        handler?.(run, env, error.value as Json, computed(path), emit);
      },
    );
}

function isBreak(error: JqError): boolean {
  const value = error.value as Json;
  return typeof value === 'object' && value !== null && '__jq' in value;
}

function compileIf(node: Extract<Node, { t: 'if' }>, scope: Scope): Op {
  const condition = compile(node.condition, scope);
  const then = compile(node.then, scope);
  const otherwise = node.otherwise ? compile(node.otherwise, scope) : null;
  return (run, env, value, path, emit) =>
    condition(run, env, value, null, v => {
      run.budget.spend(1);
      if (truthy(v)) then(run, env, value, path, emit);
      else if (otherwise) otherwise(run, env, value, path, emit);
      else emit(value, path);
    });
}
