/** Reads a jq program into its tree (jq 1.7 manual: precedence from `|`, the weakest, to postfix). */
import { JqSyntaxError, type Node } from './ast.ts';
import { type Token, tokenize } from './lexer.ts';
import { Terms } from './terms.ts';

/** Characters of one expression. */
export const MAX_EXPRESSION_CHARS = 20_000;
const MAX_NESTING = 200;

const IDENTITY: Node = { t: 'identity' };
const ASSIGNMENTS = new Set(['=', '|=', '+=', '-=', '*=', '/=', '%=', '//=']);
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);

export function parse(source: string): Node {
  if (source.length > MAX_EXPRESSION_CHARS)
    throw new JqSyntaxError(`the expression is longer than ${MAX_EXPRESSION_CHARS} characters`, 0);
  return new Parser(tokenize(source)).program();
}

class Parser extends Terms {
  #nesting = 0;

  protected override nested(tokens: readonly Token[]): Node {
    return new Parser(tokens).program();
  }

  program(): Node {
    if (this.peek().k === 'end') return IDENTITY;
    const body = this.pipe();
    const rest = this.peek();
    if (rest.k !== 'end') throw this.unexpected(rest);
    return body;
  }

  protected override pipe(): Node {
    if (++this.#nesting > MAX_NESTING)
      throw new JqSyntaxError('the expression nests too deeply', this.peek().at);
    try {
      if (this.take('keyword', 'def')) return this.#definition();
      if (this.take('keyword', 'label')) {
        const name = this.variable();
        this.expect('|');
        return { t: 'label', name, body: this.pipe() };
      }
      const left = this.#comma();
      return this.take('op', '|') ? { t: 'pipe', left, right: this.pipe() } : left;
    } finally {
      this.#nesting--;
    }
  }

  #definition(): Node {
    const name = this.word();
    const params: string[] = [];
    if (this.take('op', '(')) {
      do {
        const token = this.peek();
        if (token.k === 'var') {
          this.next++;
          params.push(`$${token.text}`);
        } else params.push(this.word());
      } while (this.take('op', ';'));
      this.expect(')');
    }
    this.expect(':');
    const body = this.pipe();
    this.expect(';');
    const end = this.peek();
    return { t: 'def', name, params, body, rest: end.k === 'end' ? IDENTITY : this.pipe() };
  }

  #comma(): Node {
    let left = this.#assignment();
    while (this.take('op', ',')) left = { t: 'comma', left, right: this.#assignment() };
    return left;
  }

  #assignment(): Node {
    const left = this.alternative();
    const token = this.peek();
    if (token.k !== 'op' || !ASSIGNMENTS.has(token.text)) return left;
    this.next++;
    return { t: 'assign', op: token.text, left, right: this.alternative() };
  }

  protected override alternative(): Node {
    const left = this.#or();
    return this.take('op', '//') ? { t: 'alternative', left, right: this.alternative() } : left;
  }

  #or(): Node {
    let left = this.#and();
    while (this.take('keyword', 'or')) left = { t: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Node {
    let left = this.#comparison();
    while (this.take('keyword', 'and')) left = { t: 'and', left, right: this.#comparison() };
    return left;
  }

  #comparison(): Node {
    const left = this.#sum();
    const token = this.peek();
    if (token.k !== 'op' || !COMPARISONS.has(token.text)) return left;
    this.next++;
    return { t: 'binary', op: token.text, left, right: this.#sum() };
  }

  #sum(): Node {
    let left = this.#product();
    while (true) {
      const op = this.takeAny('+', '-');
      if (!op) return left;
      left = { t: 'binary', op, left, right: this.#product() };
    }
  }

  #product(): Node {
    let left = this.#unary();
    while (true) {
      const op = this.takeAny('*', '/', '%');
      if (!op) return left;
      left = { t: 'binary', op, left, right: this.#unary() };
    }
  }

  #unary(): Node {
    return this.take('op', '-') ? { t: 'negate', body: this.#postfix() } : this.#postfix();
  }

  #postfix(): Node {
    let node = this.suffixes(this.term());
    if (this.take('keyword', 'as')) {
      const patterns = [this.pattern()];
      while (this.take('op', '?//')) patterns.push(this.pattern());
      this.expect('|');
      node = { t: 'as', source: node, patterns, body: this.pipe() };
    }
    return node;
  }
}
