/** Which events a listening task consumes: strategies, filters, correlation. Also for `schedule.on`. */
import { field, objectField, textField } from './definition.ts';
import { type Evaluator, evaluate, evaluateCondition, evaluateTemplate, isExpression } from './expression.ts';
import { occurs } from './jq/regex.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import type { CloudEvent } from './messages.ts';
import { Fault } from './problem.ts';

export interface Gathered {
  readonly items: readonly Json[];
  readonly matched: readonly number[];
  readonly untilMatched: readonly number[];
  readonly correlations: JsonObject;
}

export interface Consumption {
  /** What the task keeps of the event; undefined for one that only ended the listening. */
  readonly item?: Json;
  /** Index of the filter that matched; -1 for none. */
  readonly filter: number;
  readonly until?: number;
  readonly correlations?: JsonObject;
  readonly done: boolean;
}

export interface ListenQuestion {
  readonly strategy: JsonObject;
  readonly read: string;
  readonly gathered: Gathered;
  readonly event: CloudEvent;
  /** What expressions about anything but the event are evaluated on. */
  readonly input: Json;
  readonly evaluator: Evaluator;
  /** Items are processed one by one, and `until` is asked after each. */
  readonly foreach: boolean;
}

/** Null: the event is not for this listener. */
export function consume(question: ListenQuestion): Consumption | null {
  const { strategy, gathered, event } = question;
  const ended = untilEvent(question);
  if (ended) return ended;
  const filters = filtersOf(strategy);
  const open = Array.isArray(strategy.any) && filters.length === 0;
  for (const [i, filter] of open ? [[0, {}] as const] : filters.entries()) {
    if (Array.isArray(strategy.all) && gathered.matched.includes(i)) continue;
    const correlations = matchFilter(filter, question);
    if (!correlations) continue;
    const item = readAs(event, question.read);
    const matched = new Set([...gathered.matched, i]);
    return { item, filter: i, correlations, done: isDone(question, filters.length, matched.size, item) };
  }
  return null;
}

function isDone(question: ListenQuestion, filters: number, matched: number, item: Json): boolean {
  const { strategy, gathered } = question;
  if (Array.isArray(strategy.all)) return matched === filters;
  if (!Array.isArray(strategy.any) || strategy.until === undefined) return true;
  if (typeof strategy.until !== 'string' || question.foreach) return false;
  return evaluateCondition(strategy.until, [...gathered.items, item], question.evaluator);
}

/** `until` as a strategy of its own: its events end the listening and are not kept. */
function untilEvent(question: ListenQuestion): Consumption | null {
  const until = objectField(question.strategy, 'until');
  if (!until) return null;
  for (const [i, filter] of filtersOf(until).entries()) {
    if (question.gathered.untilMatched.includes(i) || !matchFilter(filter, question)) continue;
    const count = new Set([...question.gathered.untilMatched, i]).size;
    const done = !Array.isArray(until.all) || count === until.all.length;
    return { filter: -1, until: i, done };
  }
  return null;
}

export function filtersOf(strategy: JsonObject): JsonObject[] {
  const list = strategy.one === undefined ? (strategy.any ?? strategy.all ?? []) : [strategy.one];
  return (Array.isArray(list) ? list : []).filter(isObject);
}

/** The correlation values that the event fixes, or null when the filter lets it pass by. */
function matchFilter(filter: JsonObject, question: ListenQuestion): JsonObject | null {
  const { event, input, evaluator } = question;
  for (const [name, expected] of Object.entries(objectField(filter, 'with') ?? {}))
    if (!matchAttribute(name, expected, event, input, evaluator)) return null;
  const fixed: JsonObject = {};
  for (const [name, correlation] of Object.entries(objectField(filter, 'correlate') ?? {})) {
    const value = extract(textField(correlation, 'from') ?? '.', event, evaluator);
    if (value === null) return null;
    const known = question.gathered.correlations[name];
    const wanted = expectation(textField(correlation, 'expect'), input, evaluator) ?? known ?? value;
    if (JSON.stringify(wanted) !== JSON.stringify(value)) return null;
    fixed[name] = value;
  }
  return fixed;
}

function matchAttribute(
  name: string,
  expected: Json,
  event: CloudEvent,
  input: Json,
  evaluator: Evaluator,
): boolean {
  const actual = event[name] ?? null;
  if (typeof expected === 'string' && isExpression(expected)) {
    const value = quietly(() => evaluate(expected, name === 'data' ? actual : input, evaluator));
    return typeof value === 'boolean' && typeof actual !== 'boolean' ? value : same(value, actual);
  }
  if (typeof expected === 'string' && typeof actual === 'string')
    return expected === actual || (name !== 'data' && matchesPattern(expected, actual));
  const wanted = evaluateTemplate(expected, input, evaluator);
  if (isObject(wanted) && isObject(actual)) return contains(actual, wanted);
  return same(wanted, actual);
}

/** An expression that fails on this event does not match it: other events may have another shape. */
function quietly(evaluateIt: () => Json): Json {
  try {
    return evaluateIt();
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

const PATTERN_SIGNS = /[\\^$*+?()[\]{}|]/;

function matchesPattern(pattern: string, text: string): boolean {
  if (!PATTERN_SIGNS.test(pattern)) return false;
  try {
    return occurs(`^(?:${pattern})$`, text);
  } catch (error) {
    if (error instanceof Error && error.name === 'JqError') return false;
    throw error;
  }
}

function extract(from: string, event: CloudEvent, evaluator: Evaluator): Json {
  const envelope = quietly(() => evaluate(from, event as unknown as Json, evaluator));
  if (envelope !== null && envelope !== false) return envelope;
  const data = quietly(() => evaluate(from, event.data ?? null, evaluator));
  return data === false ? null : data;
}

/** A constant, or an expression: in `${ }`, or beginning as a path or variable does. */
function expectation(expect: string | undefined, input: Json, evaluator: Evaluator): Json | null {
  if (expect === undefined) return null;
  return isExpression(expect) || /^\s*[.$]/.test(expect) ? evaluate(expect, input, evaluator) : expect;
}

function readAs(event: CloudEvent, read: string): Json {
  return read === 'envelope' ? (event as unknown as Json) : (event.data ?? null);
}

function same(a: Json, b: Json): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function contains(actual: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const found = field(actual, key);
    return isObject(value) && isObject(found)
      ? contains(found, value)
      : found !== undefined && same(found, value);
  });
}

/** Types of events worth delivering; null: all of them, for what cannot be told from the document. */
export function listenedTypes(strategy: JsonObject): string[] | null {
  const ending = filtersOf(objectField(strategy, 'until') ?? {});
  const types = [...filtersOf(strategy), ...ending].map(filter => textField(filter, 'with', 'type'));
  if ((Array.isArray(strategy.any) && strategy.any.length === 0) || types.length === 0) return null;
  return types.every(type => type !== undefined && /^[\w.:/-]+$/.test(type))
    ? [...new Set(types as string[])]
    : null;
}
