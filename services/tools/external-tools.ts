/**
 * Calls of the tools that tenants have declared. A call that must not run twice is written down before it is made: its
 * key is taken, so that another with the same key does not act, and what became of it is known or known to be unknown.
 * What comes back is bounded, must have the promised shape, and reaches a model as fenced data only.
 */
import type { Context } from 'moleculer';
import { contractOf } from '../../lib/contracts/registry.ts';
import { quarantine } from '../../lib/core/tools/quarantine.ts';
import { misfit } from '../../lib/core/tools/tool-schema.ts';
import type { StoredTool } from '../../lib/core/tools/tool-source.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import * as sql from '../../lib/io/sql/tool-sources.ts';
import { callHttpTool, type ToolRequest } from '../../lib/io/tools/http-tool.ts';
import { callMcpTool } from '../../lib/io/tools/mcp-tool.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call as callContract } from '../../lib/moleculer/action.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import type { Protect } from './protected-calls.ts';
import type { Violation } from './safety-metrics.ts';
import { callWorkflow } from './workflow-tools.ts';

export interface ExternalPorts {
  readonly database: Database;
  readonly outbound: SafeFetch;
  readonly sealer: FieldSealer;
  readonly commands: ReadonlyMap<string, readonly string[]>;
  readonly protect: Protect;
  readonly violated: (kind: Violation) => void;
}

export interface Answer {
  readonly content: string;
  readonly failed: boolean;
}

/** Bytes of an answer; a conversation keeps no more than 50,000 characters of it. */
const MOST_BYTES = 200_000;
const MOST_CHARACTERS = 40_000;
const MOST_SOURCES = 50;

const KINDS: Readonly<Partial<Record<string, Violation>>> = {
  'outbound-refused': 'address',
  'response-too-large': 'size',
  timeout: 'time',
  'tool-output-unfit': 'output-schema',
};

/** The agent, in the version, that is offered tools or calls one. */
export interface Caller {
  readonly name: string;
  readonly version: number;
}

/** The sources as they serve this agent, read each time: what is promoted counts from the next call on. */
export const sourcesOf = ({ database }: ExternalPorts, tenantId: string, caller?: Caller) =>
  database.withTenant(tenantId, tx => sql.servingSources(tx, MOST_SOURCES, caller));

/** Undefined when the tenant has declared no tool of that name. Throws only when it is not known whether it acted. */
export async function callExternal(
  ports: ExternalPorts,
  ctx: Context,
  tenantId: string,
  given: {
    readonly name: string;
    readonly arguments: string;
    readonly idempotencyKey: string;
    readonly caller?: Caller | undefined;
  },
): Promise<Answer | undefined> {
  const { name, idempotencyKey } = given;
  const row = (await sourcesOf(ports, tenantId, given.caller)).find(({ tools }) =>
    tools.some(tool => tool.name === name),
  );
  const tool = row?.tools.find(each => each.name === name);
  if (!row || !tool) return undefined;
  const args = readArguments(tool, given.arguments);
  if ('content' in args) return args;
  const once = tool.effect === 'once';
  if (once && !(await begin(ports, tenantId, tool, idempotencyKey)))
    throw new TroupeError('tool-failed', 'This call has been begun before; what became of it is looked up');
  let answer: Answer;
  try {
    const result = await ports.protect(`${tenantId} ${row.name}`, tool, async timeoutMs => {
      const headers = await credentialOf(ports, tenantId, row);
      const request = {
        headers,
        tool: tool.remote,
        args: args.value,
        idempotencyKey,
        timeoutMs,
        maxBytes: MOST_BYTES,
      };
      return await attempt(ports, ctx, row, request);
    });
    answer = accept(ports, tool, result);
  } catch (raw) {
    const error = toTroupeError(raw);
    const kind = KINDS[error.code];
    if (kind) ports.violated(kind);
    // It may have acted unless it was never begun or has refused: then a person decides, not a retry.
    const certain = !once || !error.retryable || error.data.begun === false;
    if (!certain) throw error;
    const { text } = error.data as { text?: string };
    answer = {
      content:
        text === undefined
          ? refusal(error.code, error.message)
          : accept(ports, { ...tool, output: undefined }, text).content,
      failed: true,
    };
  }
  if (once) await ports.database.withTenant(tenantId, tx => sql.endToolCall(tx, idempotencyKey, answer));
  return answer;
}

function readArguments(tool: StoredTool, text: string): { value: Record<string, unknown> } | Answer {
  const refused = (message: string) => ({ content: refusal('arguments-invalid', message), failed: true });
  let value: unknown;
  try {
    value = JSON.parse(text || '{}');
  } catch {
    return refused('The arguments are not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused('The arguments are not a JSON object');
  const fault = misfit(tool.parameters, value);
  return fault === undefined
    ? { value: value as Record<string, unknown> }
    : refused(`Not as the tool takes it: ${fault}`);
}

async function begin(ports: ExternalPorts, tenantId: string, tool: StoredTool, idempotencyKey: string) {
  return await ports.database.withTenant(tenantId, tx =>
    sql.beginToolCall(tx, { tenantId, idempotencyKey, tool: tool.name }),
  );
}

async function attempt(
  { outbound, commands }: ExternalPorts,
  ctx: Context,
  { source }: sql.SourceRow,
  request: ToolRequest,
): Promise<unknown> {
  switch (source.kind) {
    case 'openapi':
      return await callHttpTool(outbound, { document: source.document!, url: source.url! }, request);
    case 'mcp':
      return await callMcpTool(outbound, { url: source.url! }, request);
    case 'mcp-command': {
      const command = commands.get(source.command!);
      if (!command) throw new TroupeError('tool-refused', 'The operator no longer offers this command');
      return await callMcpTool(outbound, { command }, request);
    }
    case 'action':
      return await callContract(ctx, contractOf(request.tool)!, request.args, { timeout: request.timeoutMs });
    case 'workflow':
      return await callWorkflow(ctx, request);
  }
}

/** What came back as a model may read it. Throws `tool-output-unfit` when it has not the promised shape. */
function accept(
  { violated }: ExternalPorts,
  tool: Pick<StoredTool, 'name'> & { output?: StoredTool['output'] | undefined },
  result: unknown,
): Answer {
  const fault = tool.output && misfit(tool.output, result);
  if (fault !== undefined)
    throw new TroupeError('tool-output-unfit', `The answer is not what the tool promises: ${fault}`);
  const text = typeof result === 'string' ? result : JSON.stringify(result ?? null);
  const { content, findings } = quarantine(tool.name, text.slice(0, MOST_CHARACTERS));
  if (findings.length > 0) violated('injection');
  return {
    content: findings.length === 0 ? content : `${content}\n[withheld from it: ${findings.join(', ')}]`,
    failed: false,
  };
}

/** Where the credential of a source stands: part of what is sealed with it. */
export const credentialPlace = (source: string) => ({
  table: 'tool_source',
  column: 'credential',
  row: source,
});

async function credentialOf({ sealer }: ExternalPorts, tenantId: string, { name, source }: sql.SourceRow) {
  if (!source.credential) return {};
  const { header, sealed } = source.credential;
  return { [header]: await sealer.open(tenantId, credentialPlace(name), sealed) };
}

export function refusal(code: string, message: string): string {
  return JSON.stringify({ ok: false, code, message });
}
