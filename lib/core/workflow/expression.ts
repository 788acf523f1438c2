/** Runtime expressions: `${ ... }` alone or inside text, anywhere in a value (strict), or any text at all (loose). */
import { program, type Surroundings } from './jq/program.ts';
import { isObject, type Json, type JsonObject, put, truthy } from './jq/value.ts';
import { Fault, problem } from './problem.ts';

export interface Evaluator {
  readonly surroundings: Surroundings;
  readonly loose: boolean;
  /** Pointer of the task, for errors. */
  readonly instance: string;
  /** Names of the secrets that there are; an expression that names another is refused. */
  readonly secrets?: readonly string[];
}

const NAMED_SECRET = /\$secrets\s*(?:\.\s*([A-Za-z_]\w*)|\.?\s*(?:\[\s*)?"([^"\\]*)")/g;

type Part = string | { readonly source: string };

/** Evaluates a field that is an expression with or without `${ }`. No output gives null. */
export function evaluate(source: string, input: Json, evaluator: Evaluator): Json {
  return run(unwrap(source), input, evaluator);
}

export function evaluateCondition(source: string, input: Json, evaluator: Evaluator): boolean {
  return truthy(evaluate(source, input, evaluator));
}

/** Evaluates every expression inside a value. */
export function evaluateTemplate(template: Json, input: Json, evaluator: Evaluator): Json {
  if (typeof template === 'string') return evaluateText(template, input, evaluator);
  if (Array.isArray(template)) return template.map(each => evaluateTemplate(each, input, evaluator));
  if (!isObject(template)) return template;
  const result: JsonObject = {};
  for (const [key, each] of Object.entries(template))
    put(result, key, evaluateTemplate(each, input, evaluator));
  return result;
}

/** `from`, `as`, `in`: text is an expression, an object is a template. */
export function transform(template: Json, input: Json, evaluator: Evaluator): Json {
  return typeof template === 'string'
    ? evaluate(template, input, evaluator)
    : evaluateTemplate(template, input, evaluator);
}

/** Whether the text is one expression and nothing else. */
export function isExpression(text: string): boolean {
  const parts = split(text);
  return parts.length === 1 && typeof parts[0] !== 'string';
}

/** The programs that a text holds, for checking on upload. `bare`: the whole text is one. */
export function programsIn(text: string, bare: boolean): string[] {
  if (bare) return [unwrap(text)];
  return split(text).flatMap(part => (typeof part === 'string' ? [] : [part.source]));
}

function evaluateText(text: string, input: Json, evaluator: Evaluator): Json {
  if (!text.includes('${')) return evaluator.loose ? evaluateLoosely(text, input, evaluator) : text;
  const parts = split(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string')
    return run(only.source, input, evaluator);
  return parts
    .map(part => {
      if (typeof part === 'string') return part;
      const value = run(part.source, input, evaluator);
      return typeof value === 'string' ? value : JSON.stringify(value);
    })
    .join('');
}

/** Loose mode: what cannot be evaluated is text. */
function evaluateLoosely(text: string, input: Json, { surroundings }: Evaluator): Json {
  try {
    const value = program(text).first(input, surroundings);
    return value === undefined ? text : value;
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('Jq')) return text;
    throw error;
  }
}

function checkSecrets(source: string, { secrets = [], instance }: Evaluator): void {
  for (const [, plain, quoted] of source.matchAll(NAMED_SECRET)) {
    const name = plain ?? quoted!;
    if (!secrets.includes(name))
      throw new Fault(problem('authorization', `the workflow has no secret named "${name}"`, { instance }));
  }
}

function run(source: string, input: Json, evaluator: Evaluator): Json {
  const { surroundings, instance } = evaluator;
  if (source.includes('$secrets')) checkSecrets(source, evaluator);
  try {
    return program(source).first(input, surroundings) ?? null;
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('Jq')) throw error;
    throw new Fault(problem('expression', `${error.message} in: ${source.slice(0, 500)}`, { instance }));
  }
}

function unwrap(text: string): string {
  if (!text.includes('${')) return text;
  const parts = split(text.trim());
  const [only] = parts;
  return parts.length === 1 && only !== undefined && typeof only !== 'string' ? only.source : text;
}

/** Cuts text at its `${ }`. A brace in a jq string does not close it. */
function split(text: string): Part[] {
  const trimmed = text.trim();
  const parts: Part[] = [];
  let plain = '';
  let at = 0;
  const source = trimmed.startsWith('${') && closing(trimmed, 2) === trimmed.length - 1 ? trimmed : text;
  while (at < source.length) {
    const end = source.startsWith('${', at) ? closing(source, at + 2) : -1;
    if (end < 0) {
      plain += source[at];
      at++;
      continue;
    }
    if (plain) parts.push(plain);
    plain = '';
    parts.push({ source: source.slice(at + 2, end).trim() });
    at = end + 1;
  }
  if (plain) parts.push(plain);
  return parts;
}

/** Index of the brace that closes the expression starting there, or -1. */
function closing(text: string, start: number): number {
  /** Open brackets; a quote stands for a string, whose interpolations are nested programs. */
  const open: string[] = [];
  for (let i = start; i < text.length; i++) {
    const char = text[i]!;
    if (open.at(-1) === '"') {
      if (char === '\\') {
        if (text[i + 1] === '(') open.push('(');
        i++;
      } else if (char === '"') open.pop();
    } else if (char === '"' || char === '{' || char === '(' || char === '[') open.push(char);
    else if (char === '}' && open.length === 0) return i;
    else if (char === '}' || char === ')' || char === ']') open.pop();
  }
  return -1;
}
