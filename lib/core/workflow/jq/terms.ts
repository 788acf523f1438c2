/** Reads the terms of jq: what stands between operators. */
import type { Node, Pattern } from './ast.ts';
import { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

const IDENTITY: Node = { t: 'identity' };

export abstract class Terms extends Cursor {
  protected abstract pipe(): Node;
  protected abstract alternative(): Node;
  /** The program of an interpolation. */
  protected abstract nested(tokens: readonly Token[]): Node;

  protected suffixes(start: Node): Node {
    let node = start;
    while (true) {
      const token = this.peek();
      if (token.k === 'field') {
        this.next++;
        node = { t: 'index', target: node, key: { t: 'literal', value: token.text } };
      } else if (token.k === 'op' && token.text === '.' && this.tokens[this.next + 1]?.k === 'string') {
        this.next++;
        node = { t: 'index', target: node, key: this.#string(null) };
      } else if (token.k === 'op' && token.text === '.' && this.isOp(this.next + 1, '[')) {
        this.next++;
      } else if (token.k === 'op' && token.text === '[') {
        this.next++;
        node = this.#bracket(node);
      } else if (token.k === 'op' && token.text === '?//') {
        this.splitOptionalAlternative();
        return optional(node);
      } else if (token.k === 'op' && token.text === '?') {
        this.next++;
        node = optional(node);
      } else return node;
    }
  }

  #bracket(target: Node): Node {
    if (this.take('op', ']')) return { t: 'iterate', target };
    if (this.take('op', ':')) {
      const to = this.pipe();
      this.expect(']');
      return { t: 'slice', target, from: null, to };
    }
    const key = this.pipe();
    if (this.take('op', ':')) {
      const to = this.isOp(this.next, ']') ? null : this.pipe();
      this.expect(']');
      return { t: 'slice', target, from: key, to };
    }
    this.expect(']');
    return { t: 'index', target, key };
  }

  protected term(): Node {
    const token = this.peek();
    switch (token.k) {
      case 'number':
        this.next++;
        return { t: 'literal', value: token.value };
      case 'string':
        return this.#string(null);
      case 'format':
        this.next++;
        if (this.peek().k === 'string') return this.#string(token.text);
        return { t: 'format', name: token.text };
      case 'field':
        this.next++;
        return { t: 'index', target: IDENTITY, key: { t: 'literal', value: token.text } };
      case 'var':
        this.next++;
        return { t: 'var', name: token.text };
      case 'name':
        this.next++;
        return this.#call(token.text, token.at);
      case 'keyword':
        return this.#keyword(token.text);
      case 'op':
        return this.#group(token.text);
      default:
        throw this.unexpected(token);
    }
  }

  #group(op: string): Node {
    const token = this.tokens[this.next++]!;
    if (op === '(') {
      const body = this.pipe();
      this.expect(')');
      return body;
    }
    if (op === '[') {
      if (this.take('op', ']')) return { t: 'array', body: null };
      const body = this.pipe();
      this.expect(']');
      return { t: 'array', body };
    }
    if (op === '{') return this.#object();
    if (op === '..') return { t: 'recurse' };
    if (op === '-') return { t: 'negate', body: this.suffixes(this.term()) };
    if (op === '.') {
      if (this.peek().k === 'string') return { t: 'index', target: IDENTITY, key: this.#string(null) };
      return IDENTITY;
    }
    throw this.unexpected(token);
  }

  #call(name: string, at: number): Node {
    if (name === 'null' || name === 'true' || name === 'false')
      return { t: 'literal', value: name === 'null' ? null : name === 'true' };
    if (name === 'break' && this.peek().k === 'var') return { t: 'break', name: this.variable() };
    const args: Node[] = [];
    if (this.take('op', '(')) {
      do args.push(this.pipe());
      while (this.take('op', ';'));
      this.expect(')');
    }
    return { t: 'call', name, args, at };
  }

  #keyword(word: string): Node {
    const token = this.tokens[this.next++]!;
    if (word === 'if') return this.#if();
    if (word === 'try') {
      const body = this.suffixes(this.term());
      return { t: 'try', body, handler: this.take('keyword', 'catch') ? this.suffixes(this.term()) : null };
    }
    if (word === 'reduce' || word === 'foreach') {
      const source = this.suffixes(this.term());
      if (!this.take('keyword', 'as')) throw this.unexpected(this.peek());
      const pattern = this.pattern();
      this.expect('(');
      const start = this.pipe();
      this.expect(';');
      const update = this.pipe();
      const extract = word === 'foreach' && this.take('op', ';') ? this.pipe() : null;
      this.expect(')');
      return word === 'reduce'
        ? { t: 'reduce', source, pattern, start, update }
        : { t: 'foreach', source, pattern, start, update, extract };
    }
    throw this.unexpected(token);
  }

  #if(): Node {
    const condition = this.pipe();
    if (!this.take('keyword', 'then')) throw this.unexpected(this.peek());
    const then = this.pipe();
    if (this.take('keyword', 'elif')) return { t: 'if', condition, then, otherwise: this.#if() };
    const otherwise = this.take('keyword', 'else') ? this.pipe() : null;
    if (!this.take('keyword', 'end')) throw this.unexpected(this.peek());
    return { t: 'if', condition, then, otherwise };
  }

  #object(): Node {
    const entries: { key: Node; value: Node }[] = [];
    while (!this.take('op', '}')) {
      entries.push(this.#entry());
      if (!this.take('op', ',') && !this.isOp(this.next, '}')) throw this.unexpected(this.peek());
    }
    return { t: 'object', entries };
  }

  #entry(): { key: Node; value: Node } {
    const token = this.tokens[this.next]!;
    let key: Node;
    let short: Node | null = null;
    if (token.k === 'var') {
      this.next++;
      key = { t: 'literal', value: token.text };
      short = { t: 'var', name: token.text };
      return { key, value: short };
    }
    if (token.k === 'name' || token.k === 'keyword') {
      this.next++;
      key = { t: 'literal', value: token.text };
    } else if (token.k === 'number') {
      this.next++;
      key = { t: 'literal', value: String(token.value) };
    } else if (token.k === 'string') key = this.#string(null);
    else if (token.k === 'format') {
      this.next++;
      key = this.peek().k === 'string' ? this.#string(token.text) : { t: 'format', name: token.text };
    } else if (this.take('op', '(')) {
      key = this.pipe();
      this.expect(')');
      this.expect(':');
      return { key, value: this.#objectValue() };
    } else throw this.unexpected(token);
    if (this.take('op', ':')) return { key, value: this.#objectValue() };
    return { key, value: { t: 'index', target: IDENTITY, key } };
  }

  /** A value in an object ends at a comma, so only `|` of terms is allowed without parentheses. */
  #objectValue(): Node {
    const left = this.alternative();
    return this.take('op', '|') ? { t: 'pipe', left, right: this.#objectValue() } : left;
  }

  #string(format: string | null): Node {
    const token = this.tokens[this.next++]!;
    if (token.k !== 'string') throw this.unexpected(token);
    if (token.parts.length === 1) return { t: 'literal', value: token.parts[0] as string };
    const parts = token.parts.map(part => (typeof part === 'string' ? part : this.nested(part)));
    return { t: 'string', format, parts };
  }

  protected pattern(): Pattern {
    const token = this.peek();
    if (token.k === 'var') return { t: 'var', name: this.variable() };
    if (this.take('op', '[')) {
      const items: Pattern[] = [];
      do items.push(this.pattern());
      while (this.take('op', ','));
      this.expect(']');
      return { t: 'array', items };
    }
    if (!this.take('op', '{')) throw this.unexpected(token);
    const entries: { key: Node; name?: string; value?: Pattern }[] = [];
    do {
      const each = this.peek();
      if (each.k === 'var') {
        const name = this.variable();
        const value = this.take('op', ':') ? this.pattern() : undefined;
        entries.push({ key: { t: 'literal', value: name }, name, ...(value ? { value } : {}) });
        continue;
      }
      let key: Node;
      if (this.take('op', '(')) {
        key = this.pipe();
        this.expect(')');
      } else if (each.k === 'string') key = this.#string(null);
      else key = { t: 'literal', value: this.word() };
      this.expect(':');
      entries.push({ key, value: this.pattern() });
    } while (this.take('op', ','));
    this.expect('}');
    return { t: 'object', entries };
  }
}

/** `.a[]?` forgives only its last step: an error in `.a` is still one. */
function optional(node: Node): Node {
  const step = node.t === 'iterate' || (node.t === 'index' && node.key.t === 'literal');
  if (!step) return { t: 'try', body: node, handler: null };
  const body: Node = { ...node, target: IDENTITY };
  return { t: 'pipe', left: node.target, right: { t: 'try', body, handler: null } };
}
