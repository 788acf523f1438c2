/** What the router has to know of a chat completion request, whoever sends it. */
import type { RouteRequest } from './request-features.ts';

export interface ChatRequest {
  readonly messages: readonly { readonly role?: unknown; readonly content?: unknown }[];
  readonly tools?: unknown;
  readonly response_format?: unknown;
}

export type ChatToRoute = Pick<RouteRequest, 'text' | 'schema' | 'turnDepth' | 'toolsWanted'>;

/** Texts of one message: content is a text or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map(part => (typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : ''))
    .join(' ');
}

export function routeOfChat({ messages, tools, response_format: format }: ChatRequest): ChatToRoute {
  const last = messages.findLast(({ role }) => role === 'user');
  return {
    text: textOf(last?.content),
    schema: schemaOf(format),
    turnDepth: Math.max(0, messages.filter(({ role }) => role === 'user').length - 1),
    toolsWanted: Array.isArray(tools) ? tools.length : 0,
  };
}

/** The JSON Schema of OpenAI's `response_format`; undefined where it asks for none. */
export function schemaOf(format: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof format !== 'object' || format === null || !('json_schema' in format)) return undefined;
  const schema = (format.json_schema as { schema?: unknown } | null)?.schema;
  return typeof schema === 'object' && schema !== null
    ? (schema as Readonly<Record<string, unknown>>)
    : undefined;
}
