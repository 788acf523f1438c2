/** Every task of a document, wherever it stands. */
import { field, isObjectList } from './definition.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';

export interface Place {
  readonly name: string;
  readonly task: JsonObject;
  readonly path: readonly (string | number)[];
  /** Names in its list, and where it stands among them. */
  readonly siblings: readonly string[];
  readonly index: number;
}

/** Lists of tasks inside a task. */
const INNER: readonly (readonly string[])[] = [
  ['do'],
  ['try'],
  ['catch', 'do'],
  ['fork', 'branches'],
  ['foreach', 'do'],
  ['metadata', 'compensate', 'do'],
];

export function* definedTasks(document: JsonObject): Generator<Place> {
  yield* list(document.do, ['do']);
  const functions = field(document, 'use', 'functions');
  for (const [name, task] of Object.entries(isObject(functions) ? functions : {}))
    if (isObject(task))
      yield* one({ name, task, path: ['use', 'functions', name], siblings: [name], index: 0 });
  const extensions = field(document, 'use', 'extensions');
  for (const [i, item] of (Array.isArray(extensions) ? extensions : []).entries())
    for (const [name, extension] of Object.entries(isObject(item) ? item : {}))
      for (const when of ['before', 'after'])
        yield* list(field(extension, when), ['use', 'extensions', i, name, when]);
}

function* list(tasks: Json | undefined, path: readonly (string | number)[]): Generator<Place> {
  if (!isObjectList(tasks)) return;
  const siblings = tasks.map(item => Object.keys(item)[0] ?? '');
  for (const [index, item] of tasks.entries())
    for (const [name, task] of Object.entries(item))
      if (isObject(task)) yield* one({ name, task, path: [...path, index, name], siblings, index });
}

function* one(place: Place): Generator<Place> {
  yield place;
  for (const keys of INNER) yield* list(field(place.task, ...keys), [...place.path, ...keys]);
}
