/** URI templates as far as the DSL has them: simple string expansion (RFC 6570 section 3.2.2). */
import { get, isObject, type Json } from './jq/value.ts';
import { Fault, problem } from './problem.ts';

export function expandUri(template: string, input: Json): string {
  return template.replace(/\{([^{}]*)\}/g, (_all, name: string) => {
    const value = isObject(input) ? get(input, name) : null;
    if (value === null) return '';
    if (typeof value === 'object')
      throw new Fault(
        problem('expression', `"${name}" of the URI template is neither text, a number, a boolean nor null`),
      );
    return encodeURIComponent(String(value));
  });
}
