/** Usage by day and model: what each completed turn has cost. Whole numbers, so that sums are exact. */
import { TroupeError } from '../../kernel/errors.ts';
import { type Projection, timeOf } from './projection.ts';

export interface UsageChange {
  /** UTC, YYYY-MM-DD. */
  readonly day: string;
  readonly model: string;
  readonly turns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
}

const COUNTS = ['inputTokens', 'outputTokens', 'costMicroUsd'] as const;

export const usageProjection: Projection<UsageChange> = {
  name: 'metering',
  fold(changes, occurred) {
    const { event } = occurred;
    if (event.type !== 'TurnCompleted') return;
    const usage = (event.usage ?? {}) as Readonly<Record<string, unknown>>;
    const { model } = usage;
    if (typeof model !== 'string' || !COUNTS.every(name => Number.isSafeInteger(usage[name])))
      throw new TroupeError('validation-failed', 'The usage of a completed turn is not complete');
    const day = new Date(timeOf(occurred)).toISOString().slice(0, 10);
    const key = `${day} ${model}`;
    const before = changes.get(key);
    const sum = (name: (typeof COUNTS)[number]) => (before?.[name] ?? 0) + (usage[name] as number);
    changes.set(key, {
      day,
      model,
      turns: (before?.turns ?? 0) + 1,
      inputTokens: sum('inputTokens'),
      outputTokens: sum('outputTokens'),
      costMicroUsd: sum('costMicroUsd'),
    });
  },
};
