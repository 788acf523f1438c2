/** The part of a service's schema that makes it follow the journal's events for as long as it is up. */
import type { Events, JournalMessage, Subscription } from '../contracts/events.ts';
import type { AnyConsumer } from '../io/consumer.ts';

export interface Following {
  started(): Promise<void>;
  stopped(): Promise<void>;
}

/** `delivered` is told what was taken in, for hints to whoever looks at it: a hint may be lost. */
export function following(
  events: Events,
  consumer: AnyConsumer,
  delivered: (batch: readonly JournalMessage[]) => void = () => {},
): Following {
  let subscription: Subscription | undefined;
  return {
    async started() {
      subscription = await events.subscribe(consumer.name, async batch => {
        await consumer.deliver(batch);
        delivered(batch);
      });
    },
    async stopped() {
      await subscription?.stop();
    },
  };
}
