/**
 * The unit `relay`. Owns what operators do about consumers: the dead letters, their replay, and rebuilding from the
 * journal. While it is up, actors whose reminders are due are woken.
 */
import type { ServiceSchema } from 'moleculer';
import { listDeadLetters, rebuildConsumer, replayDeadLetter } from '../lib/contracts/operations.contracts.ts';
import { eventId } from '../lib/core/outbox/event-id.ts';
import type { AnyConsumer } from '../lib/io/consumer.ts';
import type { Database } from '../lib/io/database.ts';
import { deadLetterById, listDeadLetters as selectDeadLetters } from '../lib/io/sql/consumers.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action } from '../lib/moleculer/action.ts';

const DEFAULT_LIMIT = 50;

export function eventsService(
  database: Database,
  consumers: readonly AnyConsumer[],
  reminders: { start(): void; stop(): Promise<void> },
): ServiceSchema {
  const consumerOf = (name: string): AnyConsumer => {
    const consumer = consumers.find(each => each.name === name);
    if (!consumer) throw new TroupeError('not-found', `There is no consumer "${name}"`);
    return consumer;
  };
  return {
    name: 'events',
    async started() {
      reminders.start();
    },
    stopped: () => reminders.stop(),
    actions: {
      deadLetters: action(listDeadLetters, async ctx => {
        const { consumer, cursor: before, limit = DEFAULT_LIMIT } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const found = await database.withTenant(tenantId, tx =>
          selectDeadLetters(tx, { before, consumer, limit: limit + 1 }),
        );
        const page = found.slice(0, limit);
        return {
          deadLetters: page.map(({ id, consumer: by, type, code, attempts, at, actor, seq, index }) => ({
            id,
            consumer: by,
            eventId: eventId({ tenantId, actor, seq }, index),
            type,
            code,
            attempts,
            at: new Date(at).toISOString(),
          })),
          next: found.length > limit ? page.at(-1)!.id : null,
        };
      }),
      replay: action(replayDeadLetter, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const letter = await database.withTenant(tenantId, tx => deadLetterById(tx, ctx.params.id));
        if (!letter) throw new TroupeError('not-found', 'There is no dead letter of that id');
        const code = await consumerOf(letter.consumer).replay(tenantId, ctx.params.id);
        return { replayed: code === undefined, code: code ?? null };
      }),
      rebuild: action(rebuildConsumer, async ctx => ({
        rows: await consumerOf(ctx.params.consumer).rebuild(ctx.meta.tenantId!),
      })),
    },
  };
}
