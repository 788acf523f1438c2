/** Owns usage by day and model: follows completed turns, each counted once, and tells what they cost. */
import type { ServiceSchema } from 'moleculer';
import { readUsage } from '../lib/contracts/operations.contracts.ts';
import { type UsageChange, usageProjection } from '../lib/core/outbox/usage.ts';
import type { Keeper } from '../lib/io/consumer.ts';
import type { Database } from '../lib/io/database.ts';
import { addUsage, clearUsage, readUsage as selectUsage } from '../lib/io/sql/projections.ts';
import type { Clock } from '../lib/kernel/clock.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action } from '../lib/moleculer/action.ts';
import type { Following } from '../lib/moleculer/following.ts';

export const usageKeeper: Keeper<UsageChange> = {
  projection: usageProjection,
  write: addUsage,
  clear: clearUsage,
};

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 366;

export function meteringService(database: Database, clock: Clock, following: Following): ServiceSchema {
  return {
    name: 'metering',
    ...following,
    actions: {
      usage: action(readUsage, async ctx => {
        const to = dayOf(ctx.params.to, clock.now());
        const from = dayOf(ctx.params.from, to - DEFAULT_DAYS * DAY_MS);
        if (to < from || to - from > MOST_DAYS * DAY_MS)
          throw new TroupeError('validation-failed', `A period has 1 to ${MOST_DAYS} days`);
        const period = { from: textOf(from), to: textOf(to) };
        const usage = await database.withTenant(ctx.meta.tenantId!, tx =>
          selectUsage(tx, period.from, period.to),
        );
        const sum = (name: 'turns' | 'inputTokens' | 'outputTokens' | 'costMicroUsd') =>
          usage.reduce((total, row) => total + row[name], 0);
        return {
          ...period,
          usage,
          total: {
            turns: sum('turns'),
            inputTokens: sum('inputTokens'),
            outputTokens: sum('outputTokens'),
            costMicroUsd: sum('costMicroUsd'),
          },
        };
      }),
    },
  };
}

function dayOf(text: string | undefined, fallback: number): number {
  if (text === undefined) return Date.parse(`${textOf(fallback)}T00:00:00Z`);
  const at = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(at) || textOf(at) !== text)
    throw new TroupeError('validation-failed', `There is no day ${text}`);
  return at;
}

function textOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
