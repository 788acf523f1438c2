/**
 * What is due across tenants: events on their way to runs, schedules whose time has come, questions past their
 * deadline. Any number of nodes look; what one leaves undone comes again.
 */
import type { ServiceBroker } from 'moleculer';
import { startRun } from '../../lib/contracts/orchestrator.contracts.ts';
import { deliverEvent } from '../../lib/contracts/workflow.contracts.ts';
import { durationMs } from '../../lib/core/workflow/duration.ts';
import type { JsonObject } from '../../lib/core/workflow/jq/value.ts';
import type { CloudEvent } from '../../lib/core/workflow/messages.ts';
import {
  gatherStart,
  NOTHING_GATHERED,
  nextStartMs,
  type StartGathering,
} from '../../lib/core/workflow/schedule.ts';
import type { Database } from '../../lib/io/database.ts';
import { escalateDue } from '../../lib/io/sql/human-tasks.ts';
import {
  type DueDelivery,
  deleteDelivery,
  deleteListener,
  readEvent,
  takeDeliveries,
} from '../../lib/io/sql/workflow-events.ts';
import {
  dueSchedules,
  keepGathered,
  lockSchedule,
  scheduleNext,
  scheduleStarting,
} from '../../lib/io/sql/workflow-schedules.ts';
import { type Clock, type Timer, untilLook } from '../../lib/kernel/clock.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';

const POLL_MS = 1_000;
const BATCH = 64;
const PERSIST_MS = 5_000;
const SCHEDULE = 'schedule:';

export class Due {
  readonly #ports: { broker: ServiceBroker; database: Database; clock: Clock; log: Log };
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(ports: { broker: ServiceBroker; database: Database; clock: Clock; log: Log }) {
    this.#ports = ports;
  }

  start(): void {
    this.nudge();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  /** Looks now rather than at the next poll. */
  nudge(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#timer?.cancel();
    this.#looking = this.#look()
      .catch((error: unknown) => this.#ports.log.warn('orchestrator.look-failed', describeError(error)))
      .finally(() => {
        this.#looking = undefined;
        if (this.#stopped) return;
        if (this.#again) {
          this.#again = false;
          this.nudge();
        } else this.#lookLater();
      });
  }

  #lookLater(): void {
    const { clock } = this.#ports;
    this.#timer = clock.after(untilLook(clock, POLL_MS), () => this.nudge());
  }

  async #look(): Promise<void> {
    const { database } = this.#ports;
    for (let taken = BATCH; taken === BATCH && !this.#stopped; ) {
      const due = await takeDeliveries(database, BATCH);
      taken = due.length;
      // Those of one target in the order of their events.
      const targets = Map.groupBy(
        due.toSorted((a, b) => a.seq - b.seq),
        each => `${each.tenantId} ${each.target}`,
      );
      await Promise.all(
        [...targets.values()].map(async each => {
          for (const delivery of each) await this.#attempt('delivery', () => this.#deliver(delivery));
        }),
      );
    }
    for (const { tenantId, name } of await dueSchedules(database, BATCH))
      await this.#attempt('schedule', () => this.#startDue(tenantId, name));
    await escalateDue(database);
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#ports.log.warn(`orchestrator.${what}-failed`, describeError(error));
    }
  }

  async #deliver({ tenantId, seq, target }: DueDelivery): Promise<void> {
    const { broker, database, clock } = this.#ports;
    const event = await database.withTenant(tenantId, tx => readEvent(tx, seq));
    if (event && target.startsWith(SCHEDULE)) {
      await this.#gather(tenantId, target.slice(SCHEDULE.length), event as unknown as CloudEvent, seq);
    } else if (event) {
      // What is meant for this run alone waits in it until a task listens.
      const params = { runId: target, event, retain: event.source === 'human-task' };
      try {
        const options = { meta: { tenantId } };
        const { listening } = await persistentCall(broker, deliverEvent, params, options, clock, PERSIST_MS);
        if (!listening) await database.withTenant(tenantId, tx => deleteListener(tx, target));
      } catch (error) {
        if (!hasCode(error, 'not-found')) throw error;
      }
    }
    await database.withTenant(tenantId, tx => deleteDelivery(tx, target, seq));
  }

  /** The run's id is made of what starts it: a start that is repeated starts nothing new. */
  async #gather(tenantId: string, name: string, event: CloudEvent, seq: number): Promise<void> {
    const { broker, database, clock } = this.#ports;
    const row = await database.withTenant(tenantId, tx => lockSchedule(tx, name));
    if (!row) return;
    const before = (row.gathered ?? NOTHING_GATHERED) as StartGathering;
    const { gathered, start } = gatherStart(row.schedule as JsonObject, before, event, clock.now());
    if (start !== null) {
      const params = { name, version: row.version, input: start, runId: `run_${name}.e${seq}` };
      await call(broker, startRun, params, { meta: { tenantId } });
    }
    if (gathered !== before) await database.withTenant(tenantId, tx => keepGathered(tx, name, gathered));
  }

  /** That the run starts is written before it does: one that ends at once is known as the last when it ends. */
  async #startDue(tenantId: string, name: string): Promise<void> {
    const { broker, database, clock } = this.#ports;
    const starting = await database.withTenant(tenantId, async tx => {
      const row = await lockSchedule(tx, name);
      if (!row || row.nextAt === null) return null;
      const due = Math.round(row.nextAt);
      const begun = row.lastStartAt === row.nextAt;
      // Counted from the end of the last run, which is what stands there.
      const pause = row.lastRun === null || begun ? 0 : (durationMs((row.schedule as JsonObject).after) ?? 0);
      if (due + pause > clock.now()) return null;
      const runId = `run_${name}.${due}`;
      await scheduleStarting(tx, name, runId);
      return { row, due, runId };
    });
    if (!starting) return;
    const { row, due, runId } = starting;
    await call(broker, startRun, { name, version: row.version, runId }, { meta: { tenantId } });
    const next = nextStartMs(row.schedule as JsonObject, { nowMs: clock.now(), lastStartMs: due });
    await database.withTenant(tenantId, async tx => {
      const still = await lockSchedule(tx, name);
      if (still?.nextAt === row.nextAt) await scheduleNext(tx, name, next);
    });
  }
}
