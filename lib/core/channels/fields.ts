/**
 * Total reads of untrusted JSON: every function takes anything and gives a value of its type or nothing.
 * Normalisers are built of these only, so that no payload can make them throw.
 */
import { isObject, type Json, type JsonObject } from './json.ts';

const EMPTY: JsonObject = Object.freeze({});

/** The field of an object; undefined when there is no such own field or no object. */
export function field(value: unknown, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Follows a path of fields. */
export function at(value: unknown, ...path: readonly string[]): Json | undefined {
  let here = value as Json | undefined;
  for (const name of path) here = field(here, name);
  return here;
}

/** The object, or an empty one. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY;
}

/** The array, or an empty one. */
export function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** An identifier: a string that is not empty, or an integer written as its digits. */
export function id(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The first identifier among several fields of one object. */
export function firstId(value: unknown, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = id(field(value, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}

export function flag(value: unknown): boolean {
  return value === true || value === 'true';
}

/** Latest instant a Date can hold, in milliseconds (ECMA-262, 21.4.1.1). */
const LATEST_MS = 8.64e15;

/** A point in time given in seconds, in milliseconds since 1970. */
export function fromSeconds(value: unknown): number | undefined {
  return fromMs((number(value) ?? Number.NaN) * 1000);
}

/** A point in time given in milliseconds since 1970. */
export function fromMs(value: unknown): number | undefined {
  const read = number(value);
  return read !== undefined && read >= 0 && read <= LATEST_MS ? Math.round(read) : undefined;
}

/** For fields that platforms send in either unit: below 10^11 it is seconds (the year 5138). */
export function fromEither(value: unknown): number | undefined {
  const read = number(value);
  return read !== undefined && read < 1e11 ? fromSeconds(read) : fromMs(read);
}

/** The same object without its undefined fields; undefined when nothing is left. */
export function compact<T extends object>(value: T): T | undefined {
  const kept = Object.entries(value).filter(([, each]) => each !== undefined);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as T);
}
