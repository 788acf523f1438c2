/**
 * Tokens that say "there is work here": handed to one node at a time, again when it dies or fails before it is done. A
 * token is a hint; what is to be done, and how often it was tried, stands in the database. On JetStream in a cluster
 * (a work queue, acknowledged after the handler), in this process when embedded.
 */
import { AckPolicy, type ConsumerMessages, connect, nanos, RetentionPolicy, StorageType } from 'nats';
import { sleep, systemClock } from '../kernel/clock.ts';
import type { Config } from '../kernel/config.ts';
import { describeError, type Log } from '../kernel/log.ts';
import { natsAddress } from './nats-address.ts';

export type HandleToken = (token: string) => Promise<void>;

export interface WorkQueue {
  /** Offers a token; one that waits already is not offered twice within a moment. */
  offer(token: string): Promise<void>;
  /** Ends the work under way, gives back what waits. */
  close(): Promise<void>;
}

export interface WorkQueueOptions {
  readonly config: Config;
  /** Names the queue: nodes of one platform share it. */
  readonly name: string;
  /** Tokens handled at once on this node. */
  readonly atOnce: number;
  readonly handle: HandleToken;
  readonly log: Log;
}

/** A handler that takes longer counts as dead: its token is given to another. */
const ACK_WAIT_MS = 60_000;
const AGAIN_MS = 1_000;
const MOST_TOKENS = 100_000;
const TWICE_MS = 1_000;

export function openWorkQueue(options: WorkQueueOptions): Promise<WorkQueue> {
  return options.config.TROUPE_MODE === 'cluster'
    ? openJetStreamQueue(options)
    : Promise.resolve(localQueue(options));
}

function localQueue({ atOnce, handle, log }: WorkQueueOptions): WorkQueue {
  const waiting = new Set<string>();
  const running = new Set<Promise<void>>();
  let open = true;
  function start(): void {
    while (open && running.size < atOnce) {
      const [token] = waiting;
      if (token === undefined) return;
      waiting.delete(token);
      const work = handle(token)
        .catch((error: unknown) => log.warn('work.failed', describeError(error)))
        .finally(() => {
          running.delete(work);
          start();
        });
      running.add(work);
    }
  }
  return {
    async offer(token) {
      // Whoever looks for work finds it again: nothing is lost by a full queue.
      if (waiting.size < MOST_TOKENS) waiting.add(token);
      start();
    },
    async close() {
      open = false;
      await Promise.all(running);
    },
  };
}

async function openJetStreamQueue({
  config,
  name,
  atOnce,
  handle,
  log,
}: WorkQueueOptions): Promise<WorkQueue> {
  const connection = await connect({
    ...natsAddress(config.TROUPE_NATS_URL),
    name: `${name}-work`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
  });
  const manager = await connection.jetstreamManager();
  const client = connection.jetstream();
  const safe = config.TROUPE_NAMESPACE.replaceAll(/[^\w-]/g, '_');
  const stream = `troupe-${safe}-${name}`;
  const subject = `troupe-work.${safe}.${name}`;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let pulled: ConsumerMessages | undefined;

  /** Made anew when it has gone: the tokens are made again by whoever looks for work. */
  async function ensure(): Promise<void> {
    await manager.streams.add({
      name: stream,
      subjects: [subject],
      storage: StorageType.File,
      retention: RetentionPolicy.Workqueue,
      max_msgs: MOST_TOKENS,
      duplicate_window: nanos(TWICE_MS),
    });
    await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: 1_000,
    });
  }

  async function pull(): Promise<void> {
    await ensure();
    const consumer = await client.consumers.get(stream, name);
    const messages = await consumer.consume({ max_messages: atOnce, expires: 5_000 });
    pulled = messages;
    for await (const message of messages) {
      const work = handle(message.string())
        .then(() => message.ack())
        .catch((error: unknown) => {
          log.warn('work.failed', describeError(error));
          message.nak(AGAIN_MS);
        })
        .finally(() => running.delete(work));
      running.add(work);
      if (running.size >= atOnce) await Promise.race(running);
      if (stopping.signal.aborted) break;
    }
  }

  const pulling = (async () => {
    while (!stopping.signal.aborted) {
      await pull().catch((error: unknown) => log.warn('work.pull-failed', describeError(error)));
      await sleep(AGAIN_MS, stopping.signal).catch(() => {});
    }
  })();

  return {
    async offer(token) {
      await client.publish(subject, token, { msgID: `${token}/${Math.floor(systemClock.now() / TWICE_MS)}` });
    },
    async close() {
      stopping.abort();
      pulled?.stop();
      await pulling;
      await Promise.all(running);
      if (!connection.isClosed()) await connection.drain();
    },
  };
}
