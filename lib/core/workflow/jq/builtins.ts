/** The functions of jq that are written here in TypeScript; `prelude.ts` adds those written in jq. */
import { deletePaths, getPath, pathsOf, setPath, update } from './assign.ts';
import { JqError } from './budget.ts';
import { DATE_FUNCTIONS } from './dates.ts';
import {
  Break,
  breakable,
  computed,
  type Emit,
  entries,
  extend,
  type Path,
  type Run,
  recurse,
} from './machine.ts';
import './collections.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { define, definePlain } from './registry.ts';
import { STRING_FUNCTIONS } from './strings.ts';
import { type Json, truthy } from './value.ts';

for (const table of [STRING_FUNCTIONS, MATH_FUNCTIONS, DATE_FUNCTIONS])
  for (const [name, plain] of Object.entries(table)) definePlain(name, plain);

// Flow
define('empty/0', () => {});
define('error/0', (_run, _env, _args, value) => {
  throw new JqError(value);
});
define('error/1', (run, env, args, value) =>
  args[0]!(run, env, value, null, v => {
    throw new JqError(v);
  }),
);
define('select/1', (run, env, args, value, path, emit) =>
  args[0]!(run, env, value, null, v => {
    if (truthy(v)) emit(value, path);
  }),
);
define('map/1', (run, env, args, value, path, emit) => {
  const items: Json[] = [];
  for (const [, each] of entries(value)) {
    run.budget.spend(1);
    args[0]!(run, env, each, null, v => items.push(v));
  }
  emit(items, computed(path));
});
define('recurse/0', (run, _env, _args, value, path, emit) => recurse(run, value, path, emit));
define('recurse/1', (run, env, args, value, path, emit) => {
  const go = (v: Json, p: Path) => {
    run.budget.spend(1);
    run.budget.enter();
    emit(v, p);
    args[0]!(run, env, v, p, go);
    run.budget.leave();
  };
  go(value, path);
});
define('until/2', (run, env, args, value, path, emit) => {
  let at = value;
  let more = true;
  while (more) {
    run.budget.spend(1);
    let done = false;
    args[0]!(run, env, at, null, v => {
      done = truthy(v);
    });
    if (done) break;
    more = false;
    args[1]!(run, env, at, null, v => {
      at = v;
      more = true;
    });
  }
  if (more) emit(at, computed(path));
});
define('range/1', (run, env, args, value, path, emit) =>
  args[0]!(run, env, value, null, to => range(run, 0, to, 1, path, emit)),
);
define('range/2', (run, env, args, value, path, emit) =>
  args[0]!(run, env, value, null, from =>
    args[1]!(run, env, value, null, to => range(run, from, to, 1, path, emit)),
  ),
);
define('range/3', (run, env, args, value, path, emit) =>
  args[0]!(run, env, value, null, from =>
    args[1]!(run, env, value, null, to =>
      args[2]!(run, env, value, null, by => range(run, from, to, by, path, emit)),
    ),
  ),
);
function range(run: Run, from: Json, to: Json, by: Json, path: Path, emit: Emit): void {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number')
    throw new JqError('Range bounds must be numeric');
  if (by === 0) return;
  for (let i = from; by > 0 ? i < to : i > to; i += by) {
    run.budget.spend(1);
    emit(i, computed(path));
  }
}
define('first/1', (run, env, args, value, path, emit) => {
  let found: { v: Json; p: Path } | null = null;
  breakable(run, token =>
    args[0]!(run, env, value, path, (v, p) => {
      found = { v, p };
      throw new Break(token);
    }),
  );
  const first = found as { v: Json; p: Path } | null;
  if (first) emit(first.v, first.p);
});
define('limit/2', (run, env, args, value, path, emit) =>
  args[0]!(run, env, value, null, count => {
    if (typeof count !== 'number') throw new JqError('Limit must be a number');
    if (count <= 0) return;
    const kept: [Json, Path][] = [];
    breakable(run, token =>
      args[1]!(run, env, value, path, (v, p) => {
        run.budget.spend(1);
        kept.push([v, p]);
        if (kept.length >= count) throw new Break(token);
      }),
    );
    for (const [v, p] of kept) emit(v, p);
  }),
);
define('isempty/1', (run, env, args, value, path, emit) => {
  let any = false;
  breakable(run, token =>
    args[0]!(run, env, value, null, () => {
      any = true;
      throw new Break(token);
    }),
  );
  emit(!any, computed(path));
});
for (const [name, stopAt] of [
  ['any/2', true],
  ['all/2', false],
] as const)
  define(name, (run, env, args, value, path, emit) => {
    let result: boolean = !stopAt;
    breakable(run, token =>
      args[0]!(run, env, value, null, v =>
        args[1]!(run, env, v, null, verdict => {
          if (truthy(verdict) !== stopAt) return;
          result = stopAt;
          throw new Break(token);
        }),
      ),
    );
    emit(result, computed(path));
  });

// Paths
define('path/1', (run, env, args, value, path, emit) => {
  for (const each of pathsOf(run, env, value, args[0]!)) emit([...each], computed(path));
});
define('del/1', (run, env, args, value, path, emit) =>
  emit(deletePaths(value, pathsOf(run, env, value, args[0]!), run.budget), computed(path)),
);
define('_modify/2', (run, env, args, value, path, emit) =>
  emit(update(run, env, value, args[0]!, args[1]!), computed(path)),
);
define('getpath/1', (run, env, args, value, path, emit) =>
  args[0]!(run, env, value, null, keys => {
    if (!Array.isArray(keys)) throw new JqError('Path must be specified as an array');
    let found: Json = null;
    try {
      found = getPath(run, value, keys);
    } catch (error) {
      if (!(error instanceof JqError) || path === null) throw error;
    }
    emit(
      found,
      keys.reduce<Path>((at, key) => extend(at, key), path),
    );
  }),
);
definePlain('setpath/2', (run, value, keys, next) => {
  if (!Array.isArray(keys)) throw new JqError('Path must be specified as an array');
  return setPath(value, keys, next!, run.budget);
});
definePlain('delpaths/1', (run, value, paths) => {
  if (!Array.isArray(paths) || !paths.every(Array.isArray))
    throw new JqError('Paths must be specified as an array');
  return deletePaths(value, paths as Json[][], run.budget);
});
define('pick/1', (run, env, args, value, path, emit) => {
  let result: Json = null;
  for (const each of pathsOf(run, env, value, args[0]!))
    result = setPath(result, each, getPath(run, value, each), run.budget);
  emit(result, computed(path));
});
