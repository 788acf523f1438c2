/** The actors of this node with what they stand on: journal, leases, recovery, and the effects they run. */
import type { ServiceBroker } from 'moleculer';
import type { Registry } from 'prom-client';
import { conversationActor } from '../../actors/conversation/conversation.actor.ts';
import { type AnyEffectHandler, parseActorName } from '../../actors/runtime/actor-type.ts';
import { ActorHost } from '../../actors/runtime/host.ts';
import { Recovery } from '../../actors/runtime/recovery.ts';
import { Reminders } from '../../actors/runtime/reminders.ts';
import { wakeActor } from '../../lib/contracts/conversation.contracts.ts';
import type { ActorKey, JournalStore } from '../../lib/contracts/journal.ts';
import type { Database } from '../../lib/io/database.ts';
import { openJournal } from '../../lib/io/sql/journal.ts';
import { openLeases } from '../../lib/io/sql/leases.ts';
import { openReminders } from '../../lib/io/sql/reminders.ts';
import { type Clock, fullJitter, sleep } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import type { StreamRegistry } from '../../lib/moleculer/streams.ts';
import { conversationEffects } from './effects.ts';
import { createLoopCounters } from './loop-metrics.ts';

export interface ActorParts {
  readonly config: Config;
  readonly broker: ServiceBroker;
  readonly database: Database;
  readonly streams: StreamRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  readonly metrics: Registry;
  /** Handlers in place of the conversation's own. */
  readonly effects: Readonly<Record<string, AnyEffectHandler>> | undefined;
  /** Told after each commit of this node. */
  readonly onCommit: () => void;
}

export interface HostedActors {
  readonly store: JournalStore;
  readonly host: ActorHost;
  readonly recovery: Recovery;
  stop(leftUnfinished: boolean): Promise<void>;
}

const HOST_SWEEP_MS = 1_000;

/** Wakes an actor wherever it is placed. */
async function wakePlaced(broker: ServiceBroker, key: ActorKey): Promise<void> {
  const { tenantId, key: conversationId } = parseActorName(key.tenantId, key.actor);
  await call(broker, wakeActor, { conversationId }, { meta: { tenantId } });
}

export function placedReminders(
  broker: ServiceBroker,
  database: Database,
  clock: Clock,
  log: Log,
): Reminders {
  return new Reminders({
    store: openReminders(database),
    clock,
    log,
    wake: key => wakePlaced(broker, key),
  });
}

export function hostActors({
  config,
  broker,
  database,
  streams,
  clock,
  log,
  nodeId,
  effects,
  onCommit,
  metrics,
}: ActorParts): HostedActors {
  const journal = openJournal(database);
  const store: JournalStore = {
    ...journal,
    async append(epoch, rows) {
      const result = await journal.append(epoch, rows);
      onCommit();
      return result;
    },
  };
  const leases = openLeases(database);
  const recovery: Recovery = new Recovery({
    nodeId,
    leases,
    get host() {
      return host;
    },
    clock,
    log,
    ttlMs: config.TROUPE_LEASE_TTL_MS,
    alone: config.TROUPE_MODE === 'embedded',
    async wake(key) {
      try {
        await wakePlaced(broker, key);
      } catch (error) {
        if (hasCode(error, 'activation-elsewhere')) throw error;
        // The node where it belongs is unwell: what the dead one owed need not wait for that one too.
        await host.wake(parseActorName(key.tenantId, key.actor));
      }
    },
  });
  const host = new ActorHost({
    types: [conversationActor],
    handlers: { ...conversationEffects(broker, streams, clock, createLoopCounters(metrics)), ...effects },
    store,
    clock,
    log,
    epoch: () => recovery.epoch,
    holderOf: leases.holderOf,
    onAllLost: () => recovery.suspect(),
    mailboxLimit: config.TROUPE_MAILBOX_LIMIT,
    activationLimit: config.TROUPE_ACTIVATION_LIMIT,
    idlePassivationMs: config.TROUPE_IDLE_PASSIVATION_MS,
    pause: attempt => sleep(20 + fullJitter(attempt, 50, 2_000)),
  });
  let checking = false;
  const sweeper = setInterval(() => {
    host.sweep();
    if (checking) return;
    checking = true;
    host
      .checkWatched()
      .catch((error: unknown) => log.warn('actors.check-watched-failed', describeError(error)))
      .finally(() => {
        checking = false;
      });
  }, HOST_SWEEP_MS);
  sweeper.unref();
  return {
    store,
    host,
    recovery,
    async stop(leftUnfinished) {
      clearInterval(sweeper);
      await recovery.stop(leftUnfinished);
    },
  };
}
