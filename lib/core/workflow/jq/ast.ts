/** The syntax tree of a jq program. */

export type Pattern =
  | { readonly t: 'var'; readonly name: string }
  | { readonly t: 'array'; readonly items: readonly Pattern[] }
  | {
      readonly t: 'object';
      readonly entries: readonly { readonly key: Node; readonly name?: string; readonly value?: Pattern }[];
    };

export type Node =
  | { readonly t: 'identity' }
  | { readonly t: 'recurse' }
  | { readonly t: 'literal'; readonly value: null | boolean | number | string }
  | { readonly t: 'string'; readonly format: string | null; readonly parts: readonly (string | Node)[] }
  | { readonly t: 'format'; readonly name: string }
  | { readonly t: 'index'; readonly target: Node; readonly key: Node }
  | { readonly t: 'slice'; readonly target: Node; readonly from: Node | null; readonly to: Node | null }
  | { readonly t: 'iterate'; readonly target: Node }
  | { readonly t: 'array'; readonly body: Node | null }
  | { readonly t: 'object'; readonly entries: readonly { readonly key: Node; readonly value: Node }[] }
  | { readonly t: 'negate'; readonly body: Node }
  | { readonly t: 'pipe' | 'comma' | 'and' | 'or' | 'alternative'; readonly left: Node; readonly right: Node }
  | { readonly t: 'binary'; readonly op: string; readonly left: Node; readonly right: Node }
  | { readonly t: 'assign'; readonly op: string; readonly left: Node; readonly right: Node }
  | { readonly t: 'if'; readonly condition: Node; readonly then: Node; readonly otherwise: Node | null }
  | { readonly t: 'try'; readonly body: Node; readonly handler: Node | null }
  | {
      readonly t: 'reduce';
      readonly source: Node;
      readonly pattern: Pattern;
      readonly start: Node;
      readonly update: Node;
    }
  | {
      readonly t: 'foreach';
      readonly source: Node;
      readonly pattern: Pattern;
      readonly start: Node;
      readonly update: Node;
      readonly extract: Node | null;
    }
  | {
      readonly t: 'def';
      readonly name: string;
      readonly params: readonly string[];
      readonly body: Node;
      readonly rest: Node;
    }
  | { readonly t: 'call'; readonly name: string; readonly args: readonly Node[]; readonly at: number }
  | { readonly t: 'var'; readonly name: string }
  | { readonly t: 'as'; readonly source: Node; readonly patterns: readonly Pattern[]; readonly body: Node }
  | { readonly t: 'label'; readonly name: string; readonly body: Node }
  | { readonly t: 'break'; readonly name: string };

/** The text is not a jq program. `at` is the offset where reading stopped. */
export class JqSyntaxError extends Error {
  override readonly name = 'JqSyntaxError';
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export function patternNames(pattern: Pattern): string[] {
  switch (pattern.t) {
    case 'var':
      return [pattern.name];
    case 'array':
      return pattern.items.flatMap(patternNames);
    case 'object':
      return pattern.entries.flatMap(entry => [
        ...(entry.name === undefined ? [] : [entry.name]),
        ...(entry.value ? patternNames(entry.value) : []),
      ]);
  }
}
