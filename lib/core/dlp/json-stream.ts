/**
 * Redaction and restoration inside JSON that streams: the argument deltas of a tool call. Only the contents of string
 * values and long numbers change; keys, structure and white space pass. A number that is personal data becomes a
 * string. Holds back one text segment or one number; nesting is not kept, so depth costs nothing.
 */
import { type RedactionOptions, redact } from './redact.ts';
import { redactionStream, restorationStream, type TextStream } from './stream.ts';
import type { Vault } from './vault.ts';

/** Longest number literal that is looked at; a longer one passes as it is. */
const MAX_NUMBER = 64;
const SHORT_NUMBER = 6;

type State = 'between' | 'string' | 'escape' | 'number';

/** Escapes a text as the content of a JSON string, without quotes. */
export function jsonContent(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

interface Inner {
  /** Stream for the content of one string value, or of a key when it must pass. */
  readonly values: TextStream;
  readonly number: (literal: string) => string;
}

class JsonStream implements TextStream {
  readonly #inner: Inner;
  #state: State = 'between';
  #escape = '';
  #number = '';
  /** High surrogate of an escape that waits for its other half. */
  #high = '';
  /** Whether the next string is a key: after `{`, or after `,` inside an object. */
  readonly #objects: boolean[] = [];
  #key = false;
  #isKey = false;

  constructor(inner: Inner) {
    this.#inner = inner;
  }

  push(chunk: string): string {
    let out = '';
    let plain = '';
    for (const char of chunk) {
      if (this.#state === 'string' && char !== '"' && char !== '\\') {
        plain += this.#high + char;
        this.#high = '';
        continue;
      }
      if (plain) out += this.#content(plain);
      plain = '';
      out += this.#step(char);
    }
    return plain ? out + this.#content(plain) : out;
  }

  end(): string {
    let out = '';
    if (this.#state === 'number') out += this.#inner.number(this.#number);
    if (this.#state === 'string' || this.#state === 'escape') out += this.#close() + this.#escape;
    this.#state = 'between';
    this.#escape = '';
    this.#number = '';
    this.#objects.length = 0;
    this.#key = false;
    return out;
  }

  #step(char: string): string {
    switch (this.#state) {
      case 'between':
        return this.#between(char);
      case 'number':
        if (/[\d.eE+-]/.test(char) && this.#number.length < MAX_NUMBER) {
          this.#number += char;
          return '';
        }
        return this.#endNumber() + this.#between(char);
      case 'escape':
        return this.#escaped(char);
      case 'string':
        if (char === '\\') {
          this.#state = 'escape';
          this.#escape = '\\';
          return '';
        }
        this.#state = 'between';
        return `${this.#close()}"`;
    }
  }

  #endNumber(): string {
    const literal = this.#inner.number(this.#number);
    this.#number = '';
    this.#state = 'between';
    return literal;
  }

  #between(char: string): string {
    if (char === '{' || char === '[') {
      this.#objects.push(char === '{');
      this.#key = char === '{';
    } else if (char === '}' || char === ']') {
      this.#objects.pop();
      this.#key = false;
    } else if (char === ',') this.#key = this.#objects.at(-1) === true;
    else if (char === ':') this.#key = false;
    else if (char === '"') {
      this.#state = 'string';
      this.#isKey = this.#key;
    } else if (/[-\d]/.test(char)) {
      this.#state = 'number';
      this.#number = char;
      return '';
    }
    return char;
  }

  /** Collects an escape sequence and hands its character to the content. */
  #escaped(char: string): string {
    this.#escape += char;
    const unicode = this.#escape[1] === 'u';
    if (unicode && this.#escape.length < 6) return '';
    const sequence = this.#escape;
    this.#escape = '';
    this.#state = 'string';
    let decoded = char;
    if (unicode) {
      const code = Number.parseInt(sequence.slice(2), 16);
      decoded = Number.isNaN(code) ? sequence : String.fromCharCode(code);
    } else decoded = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[char] ?? char;
    if (/^[\ud800-\udbff]$/.test(decoded)) {
      const held = this.#high;
      this.#high = decoded;
      return held ? this.#content(held) : '';
    }
    const whole = this.#high + decoded;
    this.#high = '';
    return this.#content(whole);
  }

  #content(text: string): string {
    return jsonContent(this.#isKey ? text : this.#inner.values.push(text));
  }

  #close(): string {
    const high = this.#high ? this.#content(this.#high) : '';
    this.#high = '';
    return high + (this.#isKey ? '' : jsonContent(this.#inner.values.end()));
  }
}

/** Redacts streamed JSON. */
export function jsonRedactionStream(options: RedactionOptions): TextStream {
  return new JsonStream({
    values: redactionStream(options),
    number(literal) {
      if (literal.length < SHORT_NUMBER) return literal;
      const { text } = redact(literal, options);
      return text === literal ? literal : `"${jsonContent(text)}"`;
    },
  });
}

/** Restores placeholders in streamed JSON; values are escaped as JSON needs. */
export function jsonRestorationStream(vault: Vault): TextStream {
  return new JsonStream({ values: restorationStream({ vault }), number: literal => literal });
}
