/** Where the built-in functions stand, by `name/arity`. */
import { computed, type Emit, type Env, type Op, type Path, type Run } from './machine.ts';
import type { Json } from './value.ts';

export type Builtin = (run: Run, env: Env, args: readonly Op[], value: Json, path: Path, emit: Emit) => void;

export const BUILTINS = new Map<string, Builtin>();

/** A function of the input and of argument values: called once for each combination of the arguments. */
export type Plain = (run: Run, value: Json, ...args: Json[]) => Json;

export function definePlain(name: string, plain: Plain): void {
  BUILTINS.set(name, (run, env, args, value, path, emit) => {
    const given: Json[] = [];
    const next = (at: number) => {
      if (at < 0) return emit(plain(run, value, ...given), computed(path));
      args[at]!(run, env, value, null, v => {
        given[at] = v;
        next(at - 1);
      });
    };
    next(args.length - 1);
  });
}

export function define(name: string, builtin: Builtin): void {
  BUILTINS.set(name, builtin);
}
