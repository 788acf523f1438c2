/** The text of packages/client/src/operations.ts: the types of every operation over HTTP, from the contracts. */
import type { AnyContract } from '../lib/contracts/contract.ts';
import { operationIdOf } from '../lib/contracts/openapi.ts';
import { CONTRACTS } from '../lib/contracts/registry.ts';
import type { Fields, Schema } from '../lib/contracts/schema.ts';

export function clientOperations(): string {
  const offered = CONTRACTS.filter(({ http }) => http);
  const types = offered.map(
    each =>
      `  /** ${commentOf(each.doc)} */\n  ${operationIdOf(each)}: {\n    params: ${typeOf(each.params, '    ')};\n    result: ${typeOf(each.result, '    ')};\n  };`,
  );
  const routes = offered.map(each => `  ${operationIdOf(each)}: ${routeOf(each)},`);
  return `/** Written by \`make docs\` from the contracts of the platform. */\n\nexport interface Operations {\n${types.join('\n')}\n}\n\nexport const OPERATIONS: Readonly<\n  Record<keyof Operations, { readonly method: string; readonly path: string; readonly acts: boolean }>\n> = {\n${routes.join('\n')}\n};\n`;
}

function routeOf({ http }: AnyContract): string {
  const { method, path, reads } = http!;
  const filled = `/api/v1${path.replace(/:(\w+)/g, '{$1}')}`;
  return `{ method: '${method}', path: '${filled}', acts: ${method === 'POST' && !reads} }`;
}

const commentOf = (text: string) => text.replaceAll('*/', '*\\/').replace(/\s+/g, ' ');
const nameOf = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`);

function typeOf(schema: Schema<unknown>, indent: string): string {
  const type = bareTypeOf(schema, indent);
  return schema.rule.nullable && type !== 'unknown' ? `${type} | null` : type;
}

function bareTypeOf({ rule }: Schema<unknown>, indent: string): string {
  switch (rule.type) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'enum':
      return (rule.values as readonly string[]).map(value => `'${value}'`).join(' | ');
    case 'array':
      return `readonly (${typeOf(rule.$item as Schema<unknown>, indent)})[]`;
    case 'record':
      return `Readonly<Record<string, ${typeOf(rule.$value as Schema<unknown>, indent)}>>`;
    case 'object':
      return objectOf((rule.$fields ?? {}) as Fields, indent);
    default:
      return 'unknown';
  }
}

function objectOf(fields: Fields, indent: string): string {
  const entries = Object.entries(fields);
  if (entries.length === 0) return 'Readonly<Record<string, never>>';
  const inner = `${indent}  `;
  const lines = entries.map(([name, field]) => {
    const doc = field.doc ? `${inner}/** ${commentOf(field.doc)} */\n` : '';
    return `${doc}${inner}readonly ${nameOf(name)}${field.rule.optional ? '?' : ''}: ${typeOf(field, inner)};`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}
