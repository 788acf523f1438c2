/** A place in a list of tokens, and what a reader asks of it. */
import { JqSyntaxError } from './ast.ts';
import type { Token } from './lexer.ts';

export class Cursor {
  protected readonly tokens: Token[];
  protected next = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = [...tokens];
  }

  protected peek(): Token {
    return this.tokens[this.next]!;
  }

  protected isOp(at: number, text: string): boolean {
    const token = this.tokens[at];
    return token?.k === 'op' && token.text === text;
  }

  protected take(kind: 'op' | 'keyword', text: string): boolean {
    const token = this.peek();
    if (token.k !== kind || token.text !== text) return false;
    this.next++;
    return true;
  }

  protected takeAny(...ops: string[]): string | null {
    const token = this.peek();
    if (token.k !== 'op' || !ops.includes(token.text)) return null;
    this.next++;
    return token.text;
  }

  protected expect(op: string): void {
    if (!this.take('op', op)) throw this.unexpected(this.peek(), op);
  }

  protected variable(): string {
    const token = this.tokens[this.next++]!;
    if (token.k !== 'var') throw this.unexpected(token, 'a variable');
    return token.text;
  }

  protected word(): string {
    const token = this.tokens[this.next++]!;
    if (token.k !== 'name' && token.k !== 'keyword') throw this.unexpected(token, 'a name');
    return token.text;
  }

  /** `.a?//b` outside a pattern is `(.a?) // b`: the token stands for two. */
  protected splitOptionalAlternative(): void {
    this.tokens[this.next] = { k: 'op', text: '//', at: this.peek().at };
  }

  protected unexpected(token: Token, wanted?: string): JqSyntaxError {
    const found = token.k === 'end' ? 'the end' : 'text' in token ? `"${token.text}"` : `a ${token.k}`;
    return new JqSyntaxError(`unexpected ${found}${wanted ? `, "${wanted}" was expected` : ''}`, token.at);
  }
}
