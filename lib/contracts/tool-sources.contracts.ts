/** Where a tenant's tools come from: OpenAPI documents, MCP servers, Troupe's own actions; which of them are allowed; version by version. */
import { contract } from './contract.ts';
import { flag, id, integer, json, LARGEST_INT, list, object, oneOf, optional, text } from './schema.ts';

const sourceName = id({
  doc: 'Name of the source; tools are offered as <source>_<tool>',
  example: 'warehouse',
});

const version = integer({ min: 1, max: LARGEST_INT, doc: 'Counts up from 1; a version never changes' });

const source = {
  kind: oneOf(['openapi', 'mcp', 'mcp-command', 'action', 'workflow'], {
    example: 'action',
    doc: "An OpenAPI document, an MCP server by streamable HTTP, an MCP server as a command of the operator, actions of Troupe, or the tenant's workflows: a call is a run, its input the arguments",
  }),
  url: optional(
    text({
      min: 1,
      max: 2_000,
      doc: 'Of the MCP server, or of the OpenAPI document: its paths are relative to it',
    }),
  ),
  document: optional(json<Record<string, unknown>>({ doc: 'The OpenAPI document (2.0, 3.x)' })),
  command: optional(id({ doc: 'Name of a command in TROUPE_MCP_COMMANDS' })),
  credential: optional(
    object({
      header: text({
        min: 1,
        max: 100,
        pattern: /^[A-Za-z0-9-]+$/,
        doc: 'Default of most services: Authorization',
      }),
      value: text({ min: 1, max: 4_000, pattern: /^[\x20-\x7e]+$/, doc: 'Kept sealed; never shown again' }),
    }),
  ),
  allow: list(
    object({
      name: text({ min: 1, max: 200, doc: 'Operation id, MCP tool, action, or workflow' }),
      effect: oneOf(['read', 'idempotent', 'once'], {
        doc: 'What repeating a call means: nothing, nothing with the same Idempotency-Key, or a second effect',
      }),
      timeoutMs: optional(integer({ min: 100, max: 25_000, doc: 'Of one attempt; default 8,000' })),
      compensation: optional(text({ min: 1, max: 200, doc: 'The tool of this source that undoes it' })),
    }),
    {
      min: 1,
      max: 100,
      doc: 'The tools that may be used; no others are ever offered or called',
      example: [{ name: 'knowledge.search', effect: 'read' }],
    },
  ),
} as const;

const offered = object({
  name: text({ max: 200, doc: 'As agents call it' }),
  remote: text({ max: 200, doc: 'As its source calls it' }),
  description: text({ max: 2_000 }),
  effect: oneOf(['read', 'idempotent', 'once']),
});

export const putToolSource = contract({
  name: 'tools.putSource',
  doc: 'Declares a source of tools, or a new version of it. Its tools are looked up and checked now and kept as they are: a description that changes later is not used until the source is put again. The same declaration with the same tools again is the same version.',
  params: object({ name: sourceName, ...source }),
  result: object({ name: sourceName, version, tools: list(offered, { max: 100 }) }),
  errors: [
    'validation-failed',
    'conflict',
    'outbound-refused',
    'tool-unknown',
    'tool-failed',
    'timeout',
    'unavailable',
  ],
  policy: { timeoutMs: 30_000, bulkhead: { concurrency: 8, queue: 50 } },
  http: { method: 'PUT', path: '/control/tools/:name', scope: 'operate', etag: true },
});

export const getToolSource = contract({
  name: 'tools.getSource',
  doc: 'A source of tools, in its newest or in a given version. Its credential is not told.',
  params: object({ name: sourceName, version: optional(version) }),
  result: object({
    name: sourceName,
    version,
    manifest: json({ doc: 'As it was declared; of a credential only the header' }),
    tools: list(offered, { max: 100 }),
    createdAt: text({ max: 30 }),
    createdBy: text({ max: 200 }),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/tools/:name', scope: 'operate', etag: true },
});

export const listToolSources = contract({
  name: 'tools.sources',
  doc: "The tenant's sources of tools, each in the version that serves.",
  params: object({}),
  result: object({
    sources: list(
      object({ name: sourceName, version, kind: source.kind, tools: list(offered, { max: 100 }) }),
      {
        max: 50,
      },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/tools', scope: 'operate' },
});

export const deleteToolSource = contract({
  name: 'tools.deleteSource',
  doc: 'Removes a source, whatever its stages point to; its tools are offered and called no more. A source that is put under the name later is a new one.',
  params: object({ name: sourceName }),
  result: object({ deleted: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'DELETE', path: '/control/tools/:name', scope: 'operate' },
});
