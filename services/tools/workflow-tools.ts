/**
 * Workflows as tools. A call is a run of the newest version; its id is made of the call's key, so that a call that is
 * repeated is the same run. A run that takes longer than the tool may goes on by itself, and the model is told so.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'moleculer';
import { getWorkflow, startRun } from '../../lib/contracts/orchestrator.contracts.ts';
import type { FoundTool } from '../../lib/core/tools/tool-source.ts';
import { objectField, textField } from '../../lib/core/workflow/definition.ts';
import type { Json } from '../../lib/core/workflow/jq/value.ts';
import type { ToolRequest } from '../../lib/io/tools/http-tool.ts';
import { hasCode, TroupeError } from '../../lib/kernel/errors.ts';
import { idOfDigest } from '../../lib/kernel/ids.ts';
import { call } from '../../lib/moleculer/action.ts';

const ANY_OBJECT = { type: 'object' };
/** What is left of a tool's time for everything but the run. */
const MARGIN_MS = 500;
const LONGEST_WAIT_MS = 20_000;

/** Those of the names that are workflows of the tenant, with the schema of their input. */
export async function workflowTools(ctx: Context, names: readonly string[]): Promise<readonly FoundTool[]> {
  const found: FoundTool[] = [];
  for (const name of names) {
    try {
      const { definition } = await call(ctx, getWorkflow, { name });
      const head = definition as Json;
      const schema = objectField(head, 'input', 'schema', 'document');
      found.push({
        name,
        description:
          textField(head, 'document', 'summary') ?? textField(head, 'document', 'title') ?? `Runs ${name}`,
        parameters: schema?.type === 'object' ? schema : ANY_OBJECT,
      });
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
    }
  }
  return found;
}

/** The output of the run; what is said of it when it is not over yet. Throws `tool-refused` when it failed. */
export async function callWorkflow(ctx: Context, { tool, args, idempotencyKey, timeoutMs }: ToolRequest) {
  const runId = idOfDigest('run', createHash('sha256').update(idempotencyKey).digest());
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(0, timeoutMs - MARGIN_MS));
  const { phase, output, error } = await call(ctx, startRun, { name: tool, input: args, runId, wait });
  if (phase === 'completed') return output;
  if (phase !== 'faulted' && phase !== 'cancelled')
    return { status: phase, run: runId, note: 'It goes on by itself; its result is not known yet' };
  const said = textField(error as Json, 'detail') ?? textField(error as Json, 'title') ?? phase;
  throw new TroupeError('tool-refused', `The workflow did not succeed: ${said}`.slice(0, 500));
}
