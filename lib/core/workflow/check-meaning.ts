/** What the schema cannot say: names that must exist, expressions that must be jq, schedules that must come true. */
import { definedTasks, type Place } from './check-walk.ts';
import { field, kindOf, objectField, textField } from './definition.ts';
import type { Finding } from './document.ts';
import { programsIn } from './expression.ts';
import { JqSyntaxError, program } from './jq/program.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import { validator } from './json-schema.ts';
import { cronError } from './schedule.ts';

const DIRECTIVES = new Set(['continue', 'exit', 'end']);
/** Fields that are one expression, written with or without `${ }`. */
const BARE = new Set(['if', 'when', 'exceptWhen', 'while', 'from', 'as', 'in', 'until']);
/** Fields whose text is never an expression. */
const OPAQUE = new Set(['metadata', 'document', 'code', 'schema', 'tags', 'cron']);

export function checkMeaning(document: JsonObject): Finding[] {
  const findings: Finding[] = [];
  for (const place of definedTasks(document)) checkTask(document, place, findings);
  checkDsl(document, findings);
  checkReference(document, document, 'timeout', ['timeouts'], ['timeout'], findings);
  checkSchedule(document, findings);
  checkExpressions(document, [], findings);
  checkSchemas(document, [], findings);
  return findings;
}

function checkDsl(document: JsonObject, findings: Finding[]): void {
  const dsl = textField(document, 'document', 'dsl') ?? '';
  if (!/^1\.0\.\d+(?:-.*)?$/.test(dsl))
    findings.push({
      path: ['document', 'dsl'],
      message: `version ${dsl} of the DSL is not supported; 1.0.x is`,
    });
  const language = textField(document, 'evaluate', 'language');
  if (language !== undefined && language !== 'jq')
    findings.push({
      path: ['evaluate', 'language'],
      message: `expressions in "${language}" are not supported; jq is`,
    });
  const mode = field(document, 'evaluate', 'mode');
  if (mode !== undefined && mode !== 'strict' && mode !== 'loose')
    findings.push({ path: ['evaluate', 'mode'], message: 'must be one of strict, loose' });
}

function checkTask(document: JsonObject, place: Place, findings: Finding[]): void {
  const { task, path, siblings } = place;
  if (siblings.filter(name => name === place.name).length > 1 && siblings.indexOf(place.name) !== place.index)
    findings.push({ path, message: `a task named "${place.name}" is already in this list`, onKey: true });
  if (DIRECTIVES.has(place.name))
    findings.push({
      path,
      message: `"${place.name}" is a flow directive and cannot name a task`,
      onKey: true,
    });
  checkTarget(task.then, [...path, 'then'], siblings, findings);
  checkReference(document, task, 'timeout', ['timeouts'], [...path, 'timeout'], findings);
  const kind = kindOf(task);
  if (kind === 'switch') checkSwitch(task, path, siblings, findings);
  if (kind === 'raise')
    checkReference(document, task.raise, 'error', ['errors'], [...path, 'raise', 'error'], findings);
  if (kind === 'try')
    checkReference(document, task.catch, 'retry', ['retries'], [...path, 'catch', 'retry'], findings);
  if (kind === 'call') checkCall(document, task, path, findings);
}

function checkTarget(
  then: Json | undefined,
  path: Finding['path'],
  siblings: readonly string[],
  findings: Finding[],
): void {
  if (typeof then === 'string' && !DIRECTIVES.has(then) && !siblings.includes(then))
    findings.push({ path, message: `there is no task named "${then}" in this list` });
}

function checkSwitch(
  task: JsonObject,
  path: Finding['path'],
  siblings: readonly string[],
  findings: Finding[],
): void {
  let defaults = 0;
  for (const [i, item] of (Array.isArray(task.switch) ? task.switch : []).entries())
    for (const [name, each] of Object.entries(isObject(item) ? item : {})) {
      checkTarget(field(each, 'then'), [...path, 'switch', i, name, 'then'], siblings, findings);
      if (field(each, 'when') === undefined && ++defaults > 1)
        findings.push({
          path: [...path, 'switch', i, name],
          message: 'there can be only one default case',
          onKey: true,
        });
    }
}

function checkCall(document: JsonObject, task: JsonObject, path: Finding['path'], findings: Finding[]): void {
  const name = String(task.call);
  const catalog = /^[^:@/]+:[^@]+@(.+)$/.exec(name)?.[1];
  if (catalog && catalog !== 'default' && objectField(document, 'use', 'catalogs', catalog) === undefined)
    findings.push({ path: [...path, 'call'], message: `there is no catalog named "${catalog}"` });
  const places = [
    [['with', 'authentication'], field(task, 'with', 'authentication')],
    [['with', 'endpoint', 'authentication'], field(task, 'with', 'endpoint', 'authentication')],
    [
      ['with', 'document', 'endpoint', 'authentication'],
      field(task, 'with', 'document', 'endpoint', 'authentication'),
    ],
  ] as const;
  for (const [at, policy] of places)
    checkReference(document, policy, 'use', ['authentications'], [...path, ...at, 'use'], findings);
}

function checkReference(
  document: JsonObject,
  holder: Json | undefined,
  key: string,
  [kind]: readonly [string],
  path: Finding['path'],
  findings: Finding[],
): void {
  const name = textField(holder, key);
  if (name !== undefined && field(document, 'use', kind, name) === undefined)
    findings.push({ path, message: `use.${kind} has nothing named "${name}"` });
}

function checkSchedule(document: JsonObject, findings: Finding[]): void {
  const cron = textField(document, 'schedule', 'cron');
  const wrong = cron === undefined ? null : cronError(cron);
  if (wrong) findings.push({ path: ['schedule', 'cron'], message: wrong });
  const schedule = objectField(document, 'schedule');
  if (schedule && Object.keys(schedule).length !== 1)
    findings.push({
      path: ['schedule'],
      message: 'must say exactly one of every, cron, after, on',
      onKey: true,
    });
}

function checkExpressions(
  value: Json,
  path: (string | number)[],
  findings: Finding[],
  key = '',
  loose = false,
): void {
  if (typeof value === 'string') {
    for (const source of programsIn(value, BARE.has(key) && !loose)) {
      try {
        program(source);
      } catch (error) {
        if (!(error instanceof JqSyntaxError)) throw error;
        findings.push({ path, message: `the expression is not jq: ${error.message}` });
      }
    }
    return;
  }
  if (Array.isArray(value)) {
    for (const [i, each] of value.entries()) checkExpressions(each, [...path, i], findings, key, loose);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, each] of Object.entries(value)) {
    if (OPAQUE.has(name)) continue;
    // Data of the author's own may use our words as keys.
    const data =
      loose || ['with', 'set', 'body', 'input'].includes(key) || (key === 'catch' && name === 'as');
    if (key === 'catch' && name === 'as') continue;
    checkExpressions(each, [...path, name], findings, name, data);
  }
}

function checkSchemas(value: Json, path: (string | number)[], findings: Finding[]): void {
  if (Array.isArray(value))
    for (const [i, each] of value.entries()) checkSchemas(each, [...path, i], findings);
  if (!isObject(value)) return;
  for (const [name, each] of Object.entries(value)) {
    const holder = name === 'input' || name === 'output' || name === 'export';
    const schema = holder ? field(each, 'schema', 'document') : undefined;
    if (isObject(schema)) {
      try {
        validator(schema);
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown';
        findings.push({
          path: [...path, name, 'schema', 'document'],
          message: `is no JSON Schema: ${reason}`,
        });
      }
    } else if (name !== 'set' && name !== 'with' && name !== 'metadata')
      checkSchemas(each, [...path, name], findings);
  }
}
