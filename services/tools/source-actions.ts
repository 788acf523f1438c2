/** Declaring where tools come from: what a source offers is looked up once and kept, and only what the tenant allows. */
import type { ActionSchema, Context } from 'moleculer';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import {
  deleteToolSource,
  getToolSource,
  listToolSources,
  putToolSource,
} from '../../lib/contracts/tool-sources.contracts.ts';
import { canonicalJson } from '../../lib/core/agents/canonical-json.ts';
import { requireMatch } from '../../lib/core/http/entity-tag.ts';
import { contractTools } from '../../lib/core/tools/contract-tools.ts';
import { openApiTools } from '../../lib/core/tools/openapi-tools.ts';
import { schemaFault } from '../../lib/core/tools/tool-schema.ts';
import {
  chooseTools,
  type FoundTool,
  manifestOf,
  type StoredTool,
  sourceFault,
  type ToolSource,
} from '../../lib/core/tools/tool-source.ts';
import * as sql from '../../lib/io/sql/tool-sources.ts';
import { listMcpTools } from '../../lib/io/tools/mcp-tool.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { actorOf } from '../../mixins/audit.middleware.ts';
import { credentialPlace, type ExternalPorts, sourcesOf } from './external-tools.ts';
import { workflowTools } from './workflow-tools.ts';

const MOST_SOURCES = 50;
const LOOK_UP = { timeoutMs: 20_000, maxBytes: 2_000_000 };
/** An agent may read and answer by actions, never change what it is itself. */
const ACTION_SCOPES = ['chat', 'knowledge'];

/** What a version tells of itself. */
const told = ({ name, version, source, tools, createdAt, createdBy }: sql.SourceVersion) => ({
  name,
  version,
  manifest: manifestOf(source),
  tools: tools.map(shown),
  createdAt,
  createdBy,
});

const shown = ({ name, remote, description, effect }: StoredTool) => ({ name, remote, description, effect });

export function sourceActions(ports: ExternalPorts): Record<string, ActionSchema> {
  async function find(
    ctx: Context,
    source: ToolSource,
    headers: Readonly<Record<string, string>>,
  ): Promise<readonly FoundTool[]> {
    switch (source.kind) {
      case 'openapi':
        return openApiTools(source.document!);
      case 'mcp':
        return await listMcpTools(ports.outbound, { url: source.url! }, { ...LOOK_UP, headers });
      case 'mcp-command': {
        const command = ports.commands.get(source.command!);
        if (!command)
          throw new TroupeError(
            'validation-failed',
            'The operator offers no command of that name (TROUPE_MCP_COMMANDS)',
          );
        return await listMcpTools(ports.outbound, { command }, LOOK_UP);
      }
      case 'action':
        return contractTools(CONTRACTS, ACTION_SCOPES);
      case 'workflow':
        return await workflowTools(
          ctx,
          source.allow.map(({ name }) => name),
        );
    }
  }

  /** Whether a declaration and what was found for it are those of that version: the credential's value too. */
  async function isSame(
    last: sql.SourceRow,
    given: ToolSource,
    credential: { readonly header: string; readonly value: string } | undefined,
    tools: readonly StoredTool[],
    tenantId: string,
  ): Promise<boolean> {
    const { credential: kept } = last.source;
    const bare = { ...given, ...(credential ? { credential: { header: credential.header } } : {}) };
    if (
      canonicalJson({ ...manifestOf(last.source), tools: last.tools }) !== canonicalJson({ ...bare, tools })
    )
      return false;
    return (
      !kept ||
      (await ports.sealer.open(tenantId, credentialPlace(last.name), kept.sealed)) === credential?.value
    );
  }

  return {
    putSource: action(putToolSource, async ctx => {
      const { name, credential, ...given } = ctx.params;
      const tenantId = ctx.meta.tenantId!;
      const fault = sourceFault(ctx.params);
      if (fault) throw new TroupeError('validation-failed', fault);
      const headers = credential ? { [credential.header]: credential.value } : {};
      const chosen = chooseTools(name, given, await find(ctx, given, headers));
      if ('missing' in chosen)
        throw new TroupeError('tool-unknown', `The source has no tool "${chosen.missing.slice(0, 100)}"`);
      for (const tool of chosen.tools) {
        const bad = schemaFault(tool.parameters) ?? (tool.output && schemaFault(tool.output));
        if (bad) throw new TroupeError('validation-failed', `The schema of "${tool.remote}" ${bad}`);
      }
      return await ports.database.withTenant(tenantId, async tx => {
        await sql.lockSources(tx, tenantId);
        const last = await sql.findSource(tx, name, undefined);
        if (last && (await isSame(last, given, credential, chosen.tools, tenantId)))
          return { name, version: last.version, tools: last.tools.map(shown) };
        requireMatch(ctx.meta.precondition, last && told(last));
        const others = (await sql.newestSources(tx, MOST_SOURCES)).filter(row => row.name !== name);
        if (others.length >= MOST_SOURCES)
          throw new TroupeError('conflict', `A tenant has at most ${MOST_SOURCES} sources of tools`);
        const serving = await sql.servingSources(tx, MOST_SOURCES);
        const taken = new Set(
          [...others, ...serving].flatMap(row => (row.name === name ? [] : row.tools.map(tool => tool.name))),
        );
        const double = chosen.tools.find(tool => taken.has(tool.name));
        if (double) throw new TroupeError('conflict', `Another source offers "${double.name}" already`);
        const sealed =
          credential && (await ports.sealer.seal(tenantId, credentialPlace(name), credential.value));
        const source: ToolSource = sealed
          ? { ...given, credential: { header: credential.header, sealed } }
          : given;
        const row = { tenantId, name, source, tools: chosen.tools, by: actorOf(ctx) };
        return { name, version: await sql.insertSource(tx, row), tools: chosen.tools.map(shown) };
      });
    }),

    getSource: action(getToolSource, async ctx => {
      const { name, version } = ctx.params;
      const row = await ports.database.withTenant(ctx.meta.tenantId!, tx =>
        sql.findSource(tx, name, version),
      );
      if (!row) throw new TroupeError('not-found', 'There is no source of that name and version');
      return told(row);
    }),

    sources: action(listToolSources, async ctx => ({
      sources: (await sourcesOf(ports, ctx.meta.tenantId!)).map(({ name, version, source, tools }) => ({
        name,
        version,
        kind: source.kind,
        tools: tools.map(shown),
      })),
    })),

    deleteSource: action(deleteToolSource, async ctx => {
      const { name } = ctx.params;
      const tenantId = ctx.meta.tenantId!;
      await ports.database.withTenant(tenantId, async tx => {
        await sql.lockSources(tx, tenantId);
        const last = await sql.findSource(tx, name, undefined);
        if (!last) throw new TroupeError('not-found', 'There is no source of that name');
        const source = { kind: last.source.kind, allow: [] };
        await sql.insertSource(tx, { tenantId, name, source, tools: [], removed: true, by: actorOf(ctx) });
      });
      return { deleted: true };
    }),
  };
}
