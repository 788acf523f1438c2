/** The actors of this node with what they stand on: journal, leases, recovery, and the effects they run. */
import type { ServiceBroker } from 'moleculer';
import type { ActorKey, JournalStore } from '../lib/contracts/journal.ts';
import type { Database } from '../lib/io/database.ts';
import { openJournal } from '../lib/io/sql/journal.ts';
import { openLeases } from '../lib/io/sql/leases.ts';
import { openReminders } from '../lib/io/sql/reminders.ts';
import { type Clock, fullJitter, sleep } from '../lib/kernel/clock.ts';
import type { Config } from '../lib/kernel/config.ts';
import { hasCode, TroupeError } from '../lib/kernel/errors.ts';
import { describeError, type Log } from '../lib/kernel/log.ts';
import {
  type Address,
  type AnyActorType,
  type AnyEffectHandler,
  parseActorName,
} from './runtime/actor-type.ts';
import { ActorHost } from './runtime/host.ts';
import { Recovery } from './runtime/recovery.ts';
import { Reminders } from './runtime/reminders.ts';

/** A type of actors as a unit hosts it. */
export interface HostedType {
  readonly actor: AnyActorType;
  /** Wakes one of them wherever it is placed. */
  wake(broker: ServiceBroker, address: Address): Promise<unknown>;
}

/** By the type's name, for every unit that there is. */
export type HostedTypes = Readonly<Record<string, HostedType>>;

export interface ActorParts {
  readonly config: Config;
  readonly broker: ServiceBroker;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  /** Every type, also those that other nodes host. */
  readonly types: HostedTypes;
  /** Those that this node hosts. */
  readonly hosted: readonly string[];
  /** How their effects are carried out, by the effect's name. */
  readonly effects: Readonly<Record<string, AnyEffectHandler>>;
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
async function wakePlaced(broker: ServiceBroker, types: HostedTypes, key: ActorKey): Promise<void> {
  const address = parseActorName(key.tenantId, key.actor);
  const type = types[address.type];
  if (!type)
    throw new TroupeError('actor-type-unknown', `No unit hosts actors of the type "${address.type}"`);
  await type.wake(broker, address);
}

export function placedReminders(
  broker: ServiceBroker,
  types: HostedTypes,
  database: Database,
  clock: Clock,
  log: Log,
): Reminders {
  return new Reminders({
    store: openReminders(database),
    clock,
    log,
    wake: key => wakePlaced(broker, types, key),
  });
}

export function hostActors({
  config,
  broker,
  database,
  clock,
  log,
  nodeId,
  types,
  hosted,
  effects,
  onCommit,
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
        await wakePlaced(broker, types, key);
      } catch (error) {
        if (hasCode(error, 'activation-elsewhere')) throw error;
        // The node where it belongs is unwell: what the dead one owed need not wait for that one too.
        await host.wake(parseActorName(key.tenantId, key.actor));
      }
    },
  });
  const host = new ActorHost({
    types: hosted.map(name => types[name]!.actor),
    handlers: effects,
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
