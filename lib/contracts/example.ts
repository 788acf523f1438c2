/** A value that a schema takes: its own example where it has one, else one made of its rules. */
import type { Fields, Rule, Schema } from './schema.ts';

/** Tried in this order where a text has a pattern and no example. */
const TEXTS = [
  'text',
  'example',
  '2026-01-31T09:00:00Z',
  '2026-01-31',
  'https://shop.example',
  'anna@shop.example',
  '1',
  'a'.repeat(64),
];

export function exampleOf({ rule, example }: Schema<unknown>): unknown {
  if (example !== undefined) return example;
  const fields = rule.$fields as Fields | undefined;
  switch (rule.type) {
    case 'string':
      return textOf(rule);
    case 'number':
      return Math.max(
        (rule.min as number | undefined) ?? 0,
        Math.min(1, (rule.max as number | undefined) ?? 1),
      );
    case 'boolean':
      return true;
    case 'enum':
      return (rule.values as readonly unknown[])[0];
    case 'array': {
      const one = exampleOf(rule.$item as Schema<unknown>);
      return Array.from({ length: Math.max(1, (rule.min as number | undefined) ?? 0) }, () => one);
    }
    case 'record':
      return { name: exampleOf(rule.$value as Schema<unknown>) };
    case 'object':
      return Object.fromEntries(
        Object.entries(fields ?? {})
          .filter(([, field]) => !field.rule.optional || field.example !== undefined)
          .map(([name, field]) => [name, exampleOf(field)]),
      );
    default:
      return {};
  }
}

function textOf({ min, max, pattern }: Rule): string {
  const least = (min as number | undefined) ?? 0;
  const most = (max as number | undefined) ?? 1_000;
  const fits = (text: string) =>
    text.length >= least && text.length <= most && (!(pattern instanceof RegExp) || pattern.test(text));
  return TEXTS.find(fits) ?? 'a'.repeat(Math.max(least, 1));
}
