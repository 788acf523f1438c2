/** Where tools come from, and what is kept of each tool: the declaration as it was when the tenant allowed it. */
import type { EffectClass } from '../../contracts/chat.ts';

export interface AllowedTool {
  /** Its name at the source: an operation id, a tool of an MCP server, an action. */
  readonly name: string;
  readonly effect: EffectClass;
  /** One attempt, milliseconds. */
  readonly timeoutMs?: number;
  /** The tool of this source that undoes what it did. */
  readonly compensation?: string;
}

export interface ToolSource {
  readonly kind: 'openapi' | 'mcp' | 'mcp-command' | 'action' | 'workflow';
  /** Of the MCP server, or that the paths of an OpenAPI document are relative to. */
  readonly url?: string;
  readonly document?: Readonly<Record<string, unknown>>;
  /** Name of a command that the operator offers. */
  readonly command?: string;
  /** Sent with each request, as it is kept: sealed. */
  readonly credential?: { readonly header: string; readonly sealed: string };
  readonly allow: readonly AllowedTool[];
}

/** A tool as its source describes it. */
export interface FoundTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
}

export interface StoredTool {
  /** As agents call it. */
  readonly name: string;
  /** As its source calls it. */
  readonly remote: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly effect: EffectClass;
  readonly timeoutMs: number;
  readonly compensation?: string;
}

/** The declaration without what is secret in it: of a credential only its header. */
export function manifestOf({ credential, ...source }: ToolSource): Readonly<Record<string, unknown>> {
  return credential ? { ...source, credential: { header: credential.header } } : source;
}

const DEFAULT_TIMEOUT_MS = 8_000;
/** Models take names of this alphabet and length only. */
const LONGEST_NAME = 64;

export function offeredName(source: string, tool: string): string {
  return `${source}_${tool}`.replace(/[^\w-]/g, '_').slice(0, LONGEST_NAME);
}

/** What is missing for that kind of source, in words; undefined when nothing is. */
export function sourceFault({
  kind,
  url,
  document,
  command,
  credential,
  allow,
}: Omit<ToolSource, 'credential'> & { readonly credential?: object }): string | undefined {
  if (kind === 'openapi' && (!document || !url)) return 'an OpenAPI source needs its document and url';
  if (kind === 'mcp' && !url) return 'an MCP source needs its url';
  if (url && !URL.canParse(url)) return 'its url is not an address';
  if (document !== undefined && (typeof document !== 'object' || Array.isArray(document)))
    return 'its document must be a JSON object';
  if (kind === 'mcp-command' && !command) return 'an MCP command source needs the name of a command';
  if (credential && kind !== 'openapi' && kind !== 'mcp')
    return 'only services that are reached by HTTP take a credential';
  const names = allow.map(({ name }) => name);
  const unknown = allow.find(({ compensation }) => compensation && !names.includes(compensation));
  if (unknown) return `the compensation of "${unknown.name}" is not among the allowed tools`;
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  return repeated && `"${repeated}" is allowed twice`;
}

/** The tools to keep; or the name that the source does not have. */
export function chooseTools(
  source: string,
  { allow }: ToolSource,
  found: readonly FoundTool[],
): { readonly tools: readonly StoredTool[] } | { readonly missing: string } {
  const tools: StoredTool[] = [];
  for (const { name, effect, timeoutMs = DEFAULT_TIMEOUT_MS, compensation } of allow) {
    const tool = found.find(each => each.name === name);
    if (!tool) return { missing: name };
    tools.push({
      name: offeredName(source, name),
      remote: name,
      description: tool.description.slice(0, 2_000),
      parameters: tool.parameters,
      ...(tool.output ? { output: tool.output } : {}),
      effect,
      timeoutMs,
      ...(compensation ? { compensation: offeredName(source, compensation) } : {}),
    });
  }
  return { tools };
}
