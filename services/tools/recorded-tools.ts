/**
 * The toolset `recorded`: answers calls as a recorded episode did, in its order, and refuses any other call. What was
 * answered is kept by idempotency key like every effect, so that a call that comes again is not a second one.
 */
import { effectsOf, nextRecorded, recordedCalls } from '../../lib/core/replay/recorded-tools.ts';
import type { RecordedMessage } from '../../lib/core/replay/replay.ts';
import type { Database } from '../../lib/io/database.ts';
import { lockRecordedTools, recordEffect, recordedEffect } from '../../lib/io/sql/shop.ts';

export interface RecordedToolset {
  readonly episode: readonly RecordedMessage[];
}

/** What agents are told of the tools that an episode names: their arguments are whatever was recorded. */
export function recordedToolList({ episode }: RecordedToolset) {
  return Object.entries(effectsOf(episode)).map(([name, effect]) => ({
    name,
    description: 'A tool of a recorded episode',
    effect,
    parameters: { type: 'object' },
  }));
}

const PREFIX = 'recorded:';

export async function callRecordedTool(
  database: Database,
  tenantId: string,
  { episode }: RecordedToolset,
  { name, arguments: text, idempotencyKey }: { name: string; arguments: string; idempotencyKey: string },
): Promise<{ content: string; failed: boolean }> {
  const calls = recordedCalls(episode);
  return await database.withTenant(tenantId, async tx => {
    const tools = await lockRecordedTools(tx, tenantId);
    const earlier = await recordedEffect(tx, idempotencyKey);
    if (earlier !== undefined) return { content: earlier, failed: false };
    const taken = new Set(
      tools.filter(tool => tool.startsWith(PREFIX)).map(tool => Number(tool.slice(PREFIX.length))),
    );
    const index = nextRecorded(calls, taken, name, text);
    if (index === undefined)
      return {
        content: JSON.stringify({
          ok: false,
          code: 'replay-diverged',
          message: 'This call is not what was recorded next',
        }),
        failed: true,
      };
    const { content } = calls[index]!;
    await recordEffect(tx, { tenantId, idempotencyKey, tool: `${PREFIX}${index}`, content });
    return { content, failed: false };
  });
}
