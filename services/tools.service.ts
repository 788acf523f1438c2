/**
 * Owns the tools that agents call: checks arguments, runs the tool, records what it changed under the call's
 * idempotency key in the same transaction, so that a repeated call finds its answer instead of acting again.
 */
import * as fastestValidator from 'fastest-validator';
import type { ServiceSchema } from 'moleculer';
import { callTool, listTools, lookUpTool, searchKnowledge } from '../lib/contracts/platform.contracts.ts';
import type { ToolDeclaration, ToolOutcome } from '../lib/core/offline/declaration.ts';
import { decideShopTool, type ShopArguments } from '../lib/core/shop/dispatch.ts';
import { SHOP_TOOLS, type ShopToolName } from '../lib/core/shop/tools.ts';
import type { Database } from '../lib/io/database.ts';
import * as sql from '../lib/io/sql/shop.ts';
import { readSettings } from '../lib/io/sql/tenants.ts';
import type { Clock } from '../lib/kernel/clock.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action, call } from '../lib/moleculer/action.ts';
import { callRecordedTool, type RecordedToolset, recordedToolList } from './tools/recorded-tools.ts';

const SEARCH_TOOL: ToolDeclaration = {
  name: 'search_knowledge',
  description:
    'Finds passages of the help articles for a question. Use it before answering anything about policies, products, prices or how things work.',
  params: {
    $$strict: true,
    query: { type: 'string', min: 1, max: 1_000, description: "What to look for, in the customer's words" },
  },
  effect: 'read',
};
const PASSAGES = 5;

type Validate = (value: unknown) => true | { field: string; type: string }[];
const Validator = fastestValidator.default as unknown as new () => { compile(rules: object): Validate };
const validator = new Validator();
const checks = new Map<string, Validate>(
  [SEARCH_TOOL, ...SHOP_TOOLS].map(tool => [tool.name, validator.compile({ ...tool.params })]),
);

function isShopTool(name: string): name is ShopToolName {
  return SHOP_TOOLS.some(tool => tool.name === name);
}

/** Arguments as the tool takes them, or the refusal that the model is told. */
function parseArguments(
  name: string,
  text: string,
): { ok: true; value: Record<string, unknown> } | { ok: false; content: string } {
  let value: unknown;
  try {
    value = JSON.parse(text || '{}');
  } catch {
    return { ok: false, content: refusal('arguments-invalid', 'The arguments are not JSON') };
  }
  const result = checks.get(name)!(value);
  if (result === true) return { ok: true, value: value as Record<string, unknown> };
  return {
    ok: false,
    content: refusal(
      'arguments-invalid',
      `Not as the tool takes it: ${result.map(({ field }) => field).join(', ')}`,
    ),
  };
}

const refusal = (code: string, message: string) =>
  JSON.stringify({ ok: false, code, message } satisfies ToolOutcome);

export function toolsService(database: Database, clock: Clock): ServiceSchema {
  const toolsOf = async (tenantId: string): Promise<readonly ToolDeclaration[]> => {
    const { toolsets = [] } = (await readSettings(database, tenantId)) as { toolsets?: readonly string[] };
    return toolsets.includes('shop') ? [SEARCH_TOOL, ...SHOP_TOOLS] : [SEARCH_TOOL];
  };

  /** Tenants whose tools are those of a recorded episode have no others. */
  async function recordedOf(tenantId: string): Promise<RecordedToolset | undefined> {
    const { recordedTools } = (await readSettings(database, tenantId)) as { recordedTools?: RecordedToolset };
    return recordedTools;
  }

  async function runShopTool(
    tenantId: string,
    tool: ShopToolName,
    value: Record<string, unknown>,
    idempotencyKey: string,
  ): Promise<string> {
    return await database.withTenant(tenantId, async tx => {
      const changes = SHOP_TOOLS.find(each => each.name === tool)!.effect !== 'read';
      if (changes) {
        const recorded = await sql.recordedEffect(tx, idempotencyKey);
        if (recorded !== undefined) return recorded;
      }
      const args = value as unknown as ShopArguments;
      const found =
        'orderId' in value ? await sql.lockOrder(tx, String(value.orderId).trim().toUpperCase()) : undefined;
      const decision = decideShopTool(tool, args, found, clock.now());
      const outcome: ToolOutcome = decision.ok ? { ok: true, result: { ...decision.result } } : decision;
      const content = JSON.stringify(outcome);
      if (decision.ok) for (const change of decision.changes) await sql.applyChange(tx, change);
      if (changes) await sql.recordEffect(tx, { tenantId, idempotencyKey, tool, content });
      return content;
    });
  }

  return {
    name: 'tools',
    actions: {
      list: action(listTools, async ctx => {
        const recorded = await recordedOf(ctx.meta.tenantId!);
        if (recorded) return { tools: recordedToolList(recorded) };
        const tools = (await toolsOf(ctx.meta.tenantId!)).map(
          ({ name, description, effect, params, hints }) => ({
            name,
            description,
            effect,
            parameters: params as Record<string, unknown>,
            ...(hints ? { hints } : {}),
          }),
        );
        return { tools };
      }),

      call: action(callTool, async ctx => {
        const { name, idempotencyKey } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const recorded = await recordedOf(tenantId);
        if (recorded) return await callRecordedTool(database, tenantId, recorded, ctx.params);
        const tools = await toolsOf(tenantId);
        if (!tools.some(tool => tool.name === name))
          return {
            content: refusal('tool-unknown', `There is no tool "${name.slice(0, 60)}"`),
            failed: true,
          };
        const parsed = parseArguments(name, ctx.params.arguments);
        if (!parsed.ok) return { content: parsed.content, failed: true };
        if (isShopTool(name))
          return { content: await runShopTool(tenantId, name, parsed.value, idempotencyKey), failed: false };
        const { results, corpus } = await call(ctx, searchKnowledge, {
          query: String(parsed.value.query),
          limit: PASSAGES,
        });
        return { content: JSON.stringify({ results, corpus }), failed: false };
      }),

      lookUp: action(lookUpTool, async ctx => {
        const { name, idempotencyKey } = ctx.params;
        if (!isShopTool(name) && !(await recordedOf(ctx.meta.tenantId!)))
          throw new TroupeError('tool-unknown', 'No tool of that name keeps a record of its calls');
        const content = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.recordedEffect(tx, idempotencyKey),
        );
        // The record is written with the change: without it the change did not happen.
        return content === undefined
          ? { outcome: 'absent' as const, content: '' }
          : { outcome: 'done' as const, content };
      }),
    },
  };
}
