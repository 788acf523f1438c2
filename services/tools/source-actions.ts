/** Declaring where tools come from: what a source offers is looked up once and kept, and only what the tenant allows. */
import type { ActionSchema, Context } from 'moleculer';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import {
  deleteToolSource,
  listToolSources,
  putToolSource,
} from '../../lib/contracts/tool-sources.contracts.ts';
import { contractTools } from '../../lib/core/tools/contract-tools.ts';
import { openApiTools } from '../../lib/core/tools/openapi-tools.ts';
import { schemaFault } from '../../lib/core/tools/tool-schema.ts';
import {
  chooseTools,
  type FoundTool,
  type StoredTool,
  sourceFault,
  type ToolSource,
} from '../../lib/core/tools/tool-source.ts';
import * as sql from '../../lib/io/sql/tool-sources.ts';
import { listMcpTools } from '../../lib/io/tools/mcp-tool.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { credentialPlace, type ExternalPorts, sourcesOf } from './external-tools.ts';
import { workflowTools } from './workflow-tools.ts';

const MOST_SOURCES = 50;
const LOOK_UP = { timeoutMs: 20_000, maxBytes: 2_000_000 };
/** An agent may read and answer by actions, never change what it is itself. */
const ACTION_SCOPES = ['chat', 'knowledge'];

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
      const source: ToolSource = credential
        ? {
            ...given,
            credential: {
              header: credential.header,
              sealed: await ports.sealer.seal(tenantId, credentialPlace(name), credential.value),
            },
          }
        : given;
      await ports.database.withTenant(tenantId, async tx => {
        const others = (await sql.listSources(tx, MOST_SOURCES)).filter(row => row.name !== name);
        if (others.length >= MOST_SOURCES)
          throw new TroupeError('conflict', `A tenant has at most ${MOST_SOURCES} sources of tools`);
        const taken = new Set(others.flatMap(row => row.tools.map(tool => tool.name)));
        const double = chosen.tools.find(tool => taken.has(tool.name));
        if (double) throw new TroupeError('conflict', `Another source offers "${double.name}" already`);
        await sql.putSource(tx, tenantId, { name, source, tools: chosen.tools });
      });
      return { name, tools: chosen.tools.map(shown) };
    }),

    sources: action(listToolSources, async ctx => ({
      sources: (await sourcesOf(ports, ctx.meta.tenantId!)).map(({ name, source, tools }) => ({
        name,
        kind: source.kind,
        tools: tools.map(shown),
      })),
    })),

    deleteSource: action(deleteToolSource, async ctx => {
      const deleted = await ports.database.withTenant(ctx.meta.tenantId!, tx =>
        sql.deleteSource(tx, ctx.params.name),
      );
      if (!deleted) throw new TroupeError('not-found', 'There is no source of that name');
      return { deleted };
    }),
  };
}
