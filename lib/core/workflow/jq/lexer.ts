/** Cuts a jq program into tokens. A string with interpolation holds the tokens of its inner programs. */
import { JqSyntaxError } from './ast.ts';

export type Token =
  | {
      readonly k: 'op' | 'name' | 'field' | 'var' | 'format' | 'keyword';
      readonly text: string;
      readonly at: number;
    }
  | { readonly k: 'number'; readonly value: number; readonly at: number }
  | { readonly k: 'string'; readonly parts: readonly (string | readonly Token[])[]; readonly at: number }
  | { readonly k: 'end'; readonly at: number };

const KEYWORDS = new Set(
  'def as if then elif else end reduce foreach try catch label and or import include __loc__'.split(' '),
);
const OPERATORS = [
  '?//',
  '//=',
  '|=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '==',
  '!=',
  '<=',
  '>=',
  '//',
  '..',
  ...'|,.[](){}:;=<>+-*/%?$'.split(''),
];
const NAME = /[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*/y;
const FIELD = /\.([A-Za-z_][A-Za-z0-9_]*)/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SPACE = /(?:\s|#[^\n]*)*/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export function tokenize(source: string): Token[] {
  const { tokens, next } = read(source, 0, false);
  if (next < source.length) throw new JqSyntaxError(`unexpected ")"`, next);
  return tokens;
}

/** Reads to the end, or, inside an interpolation, to the parenthesis that closes it. */
function read(source: string, start: number, inner: boolean): { tokens: Token[]; next: number } {
  const tokens: Token[] = [];
  let at = start;
  let depth = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (true) {
    at += match(SPACE)![0].length;
    if (at >= source.length) break;
    const char = source[at]!;
    if (char === '"') {
      const { token, next } = readString(source, at);
      tokens.push(token);
      at = next;
      continue;
    }
    const number = /[0-9.]/.test(char) ? match(NUMBER) : null;
    if (number) {
      tokens.push({ k: 'number', value: Number(number[0]), at });
      at += number[0].length;
      continue;
    }
    const field = char === '.' ? match(FIELD) : null;
    if (field) {
      tokens.push({ k: 'field', text: field[1]!, at });
      at += field[0].length;
      continue;
    }
    if (char === '$' || char === '@') {
      at++;
      const name = match(NAME);
      if (!name) throw new JqSyntaxError(`a name must follow "${char}"`, at);
      tokens.push({ k: char === '$' ? 'var' : 'format', text: name[0], at });
      at += name[0].length;
      continue;
    }
    const name = match(NAME);
    if (name) {
      tokens.push({ k: KEYWORDS.has(name[0]) ? 'keyword' : 'name', text: name[0], at });
      at += name[0].length;
      continue;
    }
    const operator = OPERATORS.find(each => source.startsWith(each, at));
    if (!operator) throw new JqSyntaxError(`unexpected character "${char}"`, at);
    if (operator === '(') depth++;
    if (operator === ')') {
      if (depth === 0 && inner) break;
      depth--;
    }
    tokens.push({ k: 'op', text: operator, at });
    at += operator.length;
  }
  tokens.push({ k: 'end', at });
  return { tokens, next: at };
}

function readString(source: string, start: number): { token: Token; next: number } {
  const parts: (string | Token[])[] = [];
  let text = '';
  let at = start + 1;
  while (true) {
    const char = source[at];
    if (char === undefined) throw new JqSyntaxError('a string is not closed', start);
    if (char === '"') break;
    if (char !== '\\') {
      text += char;
      at++;
      continue;
    }
    const letter = source[at + 1] ?? '';
    if (letter === '(') {
      const { tokens, next } = read(source, at + 2, true);
      if (source[next] !== ')') throw new JqSyntaxError('an interpolation is not closed', at);
      parts.push(text, tokens);
      text = '';
      at = next + 1;
    } else if (letter === 'u') {
      const hex = /^[0-9a-fA-F]{4}/.exec(source.slice(at + 2, at + 6));
      if (!hex) throw new JqSyntaxError('\\u needs four hexadecimal digits', at);
      text += String.fromCharCode(Number.parseInt(hex[0], 16));
      at += 6;
    } else {
      const plain = ESCAPES[letter];
      if (plain === undefined) throw new JqSyntaxError(`unknown letter "\\${letter}"`, at);
      text += plain;
      at += 2;
    }
  }
  parts.push(text);
  return { token: { k: 'string', parts, at: start }, next: at + 1 };
}
