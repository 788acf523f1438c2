/** The part of a service's schema that makes it follow the journal's events for as long as it is up. */
import type { Events, Subscription } from '../contracts/events.ts';
import type { AnyConsumer } from '../io/consumer.ts';

export interface Following {
  started(): Promise<void>;
  stopped(): Promise<void>;
}

export function following(events: Events, consumer: AnyConsumer): Following {
  let subscription: Subscription | undefined;
  return {
    async started() {
      subscription = await events.subscribe(consumer.name, batch => consumer.deliver(batch));
    },
    async stopped() {
      await subscription?.stop();
    },
  };
}
