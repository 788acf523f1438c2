/**
 * Regular expressions of jq on RE2: the time to match grows with the text and never explodes, so an author's
 * pattern cannot stop the node. RE2 has no look-around and no back references; such a pattern is refused.
 */
import { RE2JS } from 're2js';
import { JqError } from './budget.ts';
import type { Run } from './machine.ts';
import { shown } from './operators.ts';
import type { Json } from './value.ts';

const MAX_PATTERN_CHARS = 1_000;
/** Text that one match looks at. */
const MAX_TEXT_CHARS = 200_000;
/** Compiled patterns kept. */
const CACHE = 200;

const cache = new Map<string, RE2JS>();

/** A compiled pattern from the cache; throws `JqError` for one that RE2 does not know. */
export function pattern(source: string, flags: number): RE2JS {
  if (source.length > MAX_PATTERN_CHARS)
    throw new JqError(`the regular expression is longer than ${MAX_PATTERN_CHARS} characters`);
  const key = `${flags}/${source}`;
  let compiled = cache.get(key);
  if (!compiled) {
    try {
      compiled = RE2JS.compile(source, flags);
    } catch (error) {
      throw new JqError(
        `${source} is not a valid regex: ${error instanceof Error ? error.message : 'unknown'}`,
      );
    }
    if (cache.size >= CACHE) cache.delete(cache.keys().next().value!);
    cache.set(key, compiled);
  }
  return compiled;
}

/** Whether the pattern occurs in the text (event filters). */
export function occurs(source: string, text: string): boolean {
  return pattern(source, 0).test(text.slice(0, MAX_TEXT_CHARS));
}

/** jq's match objects. Offsets count code points. */
export function matches(run: Run, value: Json, source: Json, flags: Json, all: boolean): Json {
  if (typeof value !== 'string')
    throw new JqError(`${shown(value)} cannot be matched, as it is not a string`);
  if (typeof source !== 'string')
    throw new JqError(`${shown(source)} cannot be matched, as it is not a string`);
  if (value.length > MAX_TEXT_CHARS)
    throw new JqError(`the text is longer than ${MAX_TEXT_CHARS} characters`);
  let bits = 0;
  let global = all;
  let skipEmpty = false;
  for (const flag of typeof flags === 'string' ? flags : '') {
    if (flag === 'g') global = true;
    else if (flag === 'i') bits |= RE2JS.CASE_INSENSITIVE;
    else if (flag === 's') bits |= RE2JS.DOTALL;
    else if (flag === 'l') bits |= RE2JS.LONGEST_MATCH;
    else if (flag === 'n') skipEmpty = true;
    else if (flag !== 'x' && flag !== 'p')
      throw new JqError(`${String(flags)} is not a valid modifier string`);
  }
  const compiled = pattern(String(flags).includes('x') ? stripSpace(source) : source, bits);
  const names = Object.entries(compiled.namedGroups() as Record<string, number>);
  const matcher = compiled.matcher(value);
  run.budget.spend(10 + value.length);
  const found: Json[] = [];
  while (matcher.find()) {
    run.budget.spend(5);
    const whole = matcher.group() ?? '';
    if (!(skipEmpty && whole === '')) {
      const start = matcher.start();
      found.push({
        offset: codePoints(value.slice(0, start)),
        length: codePoints(whole),
        string: whole,
        captures: captures(matcher, compiled.groupCount(), names, value),
      });
      run.budget.spend(start >> 4);
    }
    if (!global) break;
  }
  return found;
}

function captures(
  matcher: ReturnType<RE2JS['matcher']>,
  count: number,
  names: readonly (readonly [string, number])[],
  value: string,
): Json[] {
  return Array.from({ length: count }, (_each, i) => {
    const group = matcher.group(i + 1);
    const name = names.find(([, at]) => at === i + 1)?.[0] ?? null;
    if (group === null || group === undefined) return { offset: -1, length: 0, string: null, name };
    const offset = codePoints(value.slice(0, matcher.start(i + 1)));
    return { offset, length: codePoints(group), string: group, name };
  });
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function stripSpace(source: string): string {
  return source.replace(/\\.|\s+|#[^\n]*/g, each => (each.startsWith('\\') ? each : ''));
}
