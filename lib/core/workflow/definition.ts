/** A workflow document as the engine reads it. The schema has checked it; fields stay loosely typed on purpose. */
import { isObject, type Json, type JsonObject } from './jq/value.ts';

export type Definition = JsonObject;
export type TaskDefinition = JsonObject;

export type TaskKind =
  | 'call'
  | 'do'
  | 'emit'
  | 'for'
  | 'fork'
  | 'listen'
  | 'raise'
  | 'run'
  | 'set'
  | 'switch'
  | 'try'
  | 'wait';

// `for` and `listen` before `do`: a for task has both.
const KINDS: readonly TaskKind[] = [
  'call',
  'for',
  'fork',
  'emit',
  'listen',
  'raise',
  'run',
  'set',
  'switch',
  'try',
  'wait',
  'do',
];

export function kindOf(task: TaskDefinition): TaskKind | null {
  return KINDS.find(kind => Object.hasOwn(task, kind)) ?? null;
}

export function field(value: Json | undefined, ...keys: string[]): Json | undefined {
  let at = value;
  for (const key of keys) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

export function objectField(value: Json | undefined, ...keys: string[]): JsonObject | undefined {
  const found = field(value, ...keys);
  return isObject(found) ? found : undefined;
}

export function textField(value: Json | undefined, ...keys: string[]): string | undefined {
  const found = field(value, ...keys);
  return typeof found === 'string' ? found : undefined;
}

/** A task of a list: `- name: {...}`. */
export interface Named {
  readonly name: string;
  readonly task: TaskDefinition;
  readonly at: string;
}

/** Lists read before: a definition never changes, and every step asks for its list. */
const known = new WeakMap<object, { readonly at: string; readonly tasks: readonly Named[] }>();

/** The tasks of the list at that pointer. */
export function listTasks(list: Json | undefined, at: string): readonly Named[] {
  if (!Array.isArray(list)) return [];
  const before = known.get(list);
  if (before?.at === at) return before.tasks;
  const tasks = readTasks(list, at);
  known.set(list, { at, tasks });
  return tasks;
}

function readTasks(list: readonly Json[], at: string): Named[] {
  return list.flatMap((item, i) => {
    const [entry] = isObject(item) ? Object.entries(item) : [];
    return entry && isObject(entry[1])
      ? [{ name: entry[0], task: entry[1], at: `${at}/${i}/${escapePointer(entry[0])}` }]
      : [];
  });
}

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Pointers read before: a run asks for the same few again and again. */
const keysOf = new Map<string, readonly string[]>();
const MAX_KNOWN_POINTERS = 5_000;

/** Follows an RFC 6901 pointer. */
export function atPointer(root: Json, pointer: string): Json | undefined {
  if (pointer === '') return root;
  let keys = keysOf.get(pointer);
  if (!keys) {
    keys = pointer.slice(1).split('/').map(unescapePointer);
    if (keysOf.size >= MAX_KNOWN_POINTERS) keysOf.clear();
    keysOf.set(pointer, keys);
  }
  let at: Json | undefined = root;
  for (const key of keys) {
    if (Array.isArray(at)) at = at[Number(key)];
    else if (isObject(at) && Object.hasOwn(at, key)) at = at[key];
    else return undefined;
  }
  return at;
}

function unescapePointer(key: string): string {
  return key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key;
}

export function isObjectList(value: Json | undefined): value is JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}
