/**
 * The events port on NATS JetStream, by its plain client (docs/decisions/0010-outbox-on-the-plain-nats-client.md).
 *
 * Invariants:
 * 1. Each message names the sequence that it must follow on: a publisher that has been overtaken is refused.
 * 2. A message is acknowledged only after its batch was handled; a batch that failed comes again, later each time.
 * 3. A stream or consumer that has gone is made anew: PostgreSQL is the record, the relay fills it again.
 */
import {
  AckPolicy,
  ConsumerEvents,
  type ConsumerMessages,
  connect,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
} from 'nats';
import type {
  CommitPosition,
  Deliver,
  EventStream,
  Events,
  JournalMessage,
  Subscription,
} from '../contracts/events.ts';
import { rowId } from '../core/outbox/event-id.ts';
import { decodeMessage, encodeMessage } from '../core/outbox/wire.ts';
import { fullJitter, sleep } from '../kernel/clock.ts';
import { TroupeError } from '../kernel/errors.ts';
import { describeError, type Log } from '../kernel/log.ts';
import { natsAddress } from './nats-address.ts';

export interface JetStreamOptions {
  readonly url: string;
  readonly namespace: string;
  /** The name that this database's stream goes by. */
  readonly streamId: string;
  readonly nodeName: string;
  readonly log: Log;
}

export interface JetStreamEvents extends Events {
  readonly stream: EventStream;
  /** For operators: what the stream is called on the server. */
  readonly streamName: string;
}

const PUBLISH_TIMEOUT_MS = 5_000;
/** How long the stream keeps messages; a consumer that was away longer is rebuilt from the journal. */
const KEEP_MS = 7 * 24 * 3_600_000;
const DUPLICATE_WINDOW_MS = 120_000;
/** A message not acknowledged in this time is given to another node; a batch that was only slow is skipped there. */
const ACK_WAIT_MS = 5_000;
/** Messages on their way to one consumer, over all its nodes. */
const ACK_PENDING = 1_024;
const PULL_MESSAGES = 512;
const BATCH_MESSAGES = 256;
const HEARTBEAT_MS = 2_000;
/** Room for headers and subject below the server's largest message. */
const HEADROOM_BYTES = 4_096;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 10_000;
const NO_MESSAGE = '10037';

export async function openJetStream(options: JetStreamOptions): Promise<JetStreamEvents> {
  const connection: NatsConnection = await connect({
    ...natsAddress(options.url),
    name: `${options.nodeName} events`,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
  });
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const channel = openChannel(connection, manager, options);
  await channel.ensure();
  const subscriptions = new Set<Subscription>();
  return {
    stream: channel,
    streamName: channel.name,
    async subscribe(consumer, deliver) {
      const subscription = consumeForEver(channel, consumer, deliver, options.log);
      subscriptions.add(subscription);
      return {
        async stop() {
          subscriptions.delete(subscription);
          await subscription.stop();
        },
      };
    },
    nudge() {},
    async erase(tenantId) {
      const subject = `${subjectOf(channel.safe, { tenantId, actor: '' }).split('.').slice(0, 3).join('.')}.>`;
      return (await manager.streams.purge(channel.name, { filter: subject })).purged;
    },
    lags: () => new Map(),
    async close() {
      await Promise.all([...subscriptions].map(each => each.stop()));
      // Messages given back must reach the server, or they rest until it counts this node as dead.
      await connection
        .flush()
        .catch((error: unknown) => options.log.warn('events.flush-failed', describeError(error)));
      await connection.close();
    },
  };
}

interface Channel extends EventStream {
  readonly name: string;
  /** Part of the subjects that tells this database's stream from others. */
  readonly safe: string;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Makes the stream if it is not there. */
  ensure(): Promise<void>;
}

function openChannel(
  connection: NatsConnection,
  manager: JetStreamManager,
  { namespace, streamId }: JetStreamOptions,
): Channel {
  const client = connection.jetstream({ timeout: PUBLISH_TIMEOUT_MS });
  const safe = `${namespace.replaceAll(/[^\w-]/g, '_')}-${streamId.slice(0, 12)}`;
  const name = `troupe-${safe}`;
  const limitBytes = (connection.info?.max_payload ?? 1_048_576) - HEADROOM_BYTES;
  let lastSequence: number | undefined;

  async function ensure() {
    await manager.streams.add({
      name,
      subjects: [`troupe.${safe}.>`],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(KEEP_MS),
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    });
  }

  return {
    name,
    safe,
    client,
    manager,
    ensure,
    async last(): Promise<CommitPosition | 'empty' | 'unknown'> {
      await ensure();
      const { state } = await manager.streams.info(name);
      lastSequence = state.last_seq;
      if (state.messages === 0) return state.last_seq === 0 ? 'empty' : 'unknown';
      try {
        return decodeMessage((await manager.streams.getMessage(name, { seq: state.last_seq })).data);
      } catch (error) {
        if (error instanceof NatsError && String(error.api_error?.err_code) === NO_MESSAGE) return 'unknown';
        throw error;
      }
    },
    async publish(rows) {
      const first = lastSequence;
      if (first === undefined)
        throw new TroupeError('conflict', 'The stream must be looked at before it is written to');
      lastSequence = undefined;
      const outcomes = await Promise.allSettled(
        rows.map((row, index) =>
          client.publish(subjectOf(safe, row), encodeMessage(row, limitBytes), {
            msgID: rowId(row),
            expect: { streamName: name, lastSequence: first + index },
          }),
        ),
      );
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.status === 'rejected') throw outcome.reason;
        if (outcome.value.seq !== first + index + 1)
          throw new TroupeError('conflict', 'Another relay has published this already');
      }
      lastSequence = first + rows.length;
    },
    async reset() {
      lastSequence = undefined;
      await manager.streams.delete(name);
    },
  };
}

/** `<tenant>.<actor type>`: what a reader outside the platform may filter by. */
function subjectOf(safe: string, { tenantId, actor }: Pick<JournalMessage, 'tenantId' | 'actor'>): string {
  const type = actor.slice(0, Math.max(0, actor.indexOf('/')));
  const token = (text: string) => text.replaceAll(/[^\w-]/g, '_') || '_';
  return `troupe.${safe}.${token(tenantId)}.${token(type)}`;
}

function consumeForEver(channel: Channel, consumer: string, deliver: Deliver, log: Log): Subscription {
  const stopping = new AbortController();
  let open: ConsumerMessages | undefined;

  async function pull(): Promise<void> {
    await channel.ensure();
    await channel.manager.consumers.add(channel.name, {
      durable_name: consumer,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: ACK_PENDING,
      deliver_policy: DeliverPolicy.All,
    });
    const pulled = await channel.client.consumers.get(channel.name, consumer);
    const messages = await pulled.consume({ max_messages: PULL_MESSAGES, idle_heartbeat: HEARTBEAT_MS });
    open = messages;
    if (stopping.signal.aborted) messages.stop();
    void endWithServer(messages, log);
    let waiting: JsMsg[] = [];
    let busy = false;
    let working: Promise<void> | undefined;
    const work = async () => {
      busy = true;
      while (waiting.length > 0 && !stopping.signal.aborted) {
        const batch = waiting.slice(0, BATCH_MESSAGES);
        waiting = waiting.slice(BATCH_MESSAGES);
        await handle(batch);
      }
      busy = false;
    };
    for await (const message of messages) {
      waiting.push(message);
      if (!busy) working = work();
    }
    await working;
    // Given back at once, so that another node need not wait until this one counts as dead.
    for (const message of waiting) message.nak();
  }

  async function handle(batch: readonly JsMsg[]): Promise<void> {
    try {
      await deliver(readable(batch, log));
      for (const message of batch) message.ack();
    } catch (error) {
      const tries = Math.max(...batch.map(message => message.info.redeliveryCount));
      log.warn('events.batch-failed', { consumer, tries, ...describeError(error) });
      for (const message of batch) message.nak(fullJitter(tries, RETRY_BASE_MS, RETRY_CAP_MS));
    }
  }

  const running = (async () => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const began = performance.now();
      await pull().catch((error: unknown) =>
        log.warn('events.pull-failed', { consumer, ...describeError(error) }),
      );
      if (performance.now() - began > RETRY_CAP_MS) failures = 0;
      await sleep(fullJitter(failures, RETRY_BASE_MS, RETRY_CAP_MS), stopping.signal).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      open?.stop();
      await running;
    },
  };
}

/** Without those that say nothing: each row that they stood for shows as a gap, and is read from the journal. */
function readable(batch: readonly JsMsg[], log: Log): JournalMessage[] {
  return batch.flatMap(message => {
    try {
      return [decodeMessage(message.data)];
    } catch (error) {
      log.error('events.message-unreadable', { sequence: message.seq, ...describeError(error) });
      return [];
    }
  });
}

/** The server tells when a consumer or its stream is gone, or falls silent: then it is opened anew. */
async function endWithServer(messages: ConsumerMessages, log: Log): Promise<void> {
  const ends: ReadonlySet<string> = new Set([
    ConsumerEvents.ConsumerDeleted,
    ConsumerEvents.ConsumerNotFound,
    ConsumerEvents.StreamNotFound,
    ConsumerEvents.HeartbeatsMissed,
  ]);
  for await (const { type } of await messages.status()) {
    if (!ends.has(type)) continue;
    log.info('events.consumer-ended', { why: type });
    messages.stop();
  }
}
