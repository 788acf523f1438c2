/**
 * The tools that Troupe brings: search of the knowledge, and the demo shop's, which record what they changed under the
 * call's idempotency key in the same transaction, so that a repeated call finds its answer instead of acting again.
 */
import * as fastestValidator from 'fastest-validator';
import type { ToolDeclaration, ToolOutcome } from '../../lib/core/offline/declaration.ts';
import { decideShopTool, type ShopArguments } from '../../lib/core/shop/dispatch.ts';
import { SHOP_TOOLS, type ShopToolName } from '../../lib/core/shop/tools.ts';
import type { Database } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/shop.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { refusal } from './external-tools.ts';

export const SEARCH_TOOL: ToolDeclaration = {
  name: 'search_knowledge',
  description:
    'Finds passages of the help articles for a question. Use it before answering anything about policies, products, prices or how things work.',
  params: {
    $$strict: true,
    query: {
      type: 'string',
      min: 1,
      max: 1_000,
      description:
        "What to look for, in the customer's words, complete in itself: with what 'it' or 'that' stands for",
    },
  },
  effect: 'read',
};
type Validate = (value: unknown) => true | { field: string; type: string }[];
const Validator = fastestValidator.default as unknown as new () => { compile(rules: object): Validate };
const validator = new Validator();
const checks = new Map<string, Validate>();

/** Compiled once for each declaration that there is: those of an agent's hand-offs differ by agent. */
function checkOf({ params }: ToolDeclaration): Validate {
  const key = JSON.stringify(params);
  let check = checks.get(key);
  if (!check) {
    if (checks.size >= MOST_CHECKS) checks.delete(checks.keys().next().value!);
    check = validator.compile({ ...params });
    checks.set(key, check);
  }
  return check;
}
const MOST_CHECKS = 1_000;

export function isShopTool(name: string): name is ShopToolName {
  return SHOP_TOOLS.some(tool => tool.name === name);
}

/** Arguments as the tool takes them, or the refusal that the model is told. */
export function parseArguments(
  tool: ToolDeclaration,
  text: string,
): { ok: true; value: Record<string, unknown> } | { ok: false; content: string } {
  let value: unknown;
  try {
    value = JSON.parse(text || '{}');
  } catch {
    return { ok: false, content: refusal('arguments-invalid', 'The arguments are not JSON') };
  }
  const result = checkOf(tool)(value);
  if (result === true) return { ok: true, value: value as Record<string, unknown> };
  return {
    ok: false,
    content: refusal(
      'arguments-invalid',
      `Not as the tool takes it: ${result.map(({ field }) => field).join(', ')}`,
    ),
  };
}

export async function runShopTool(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
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
