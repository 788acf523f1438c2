/** Reports of drift, on demand and once a day for each tenant with outcomes, and the clearing of what is too old. */
import { driftReport } from '../../lib/core/routing/drift-report.ts';
import type { Database } from '../../lib/io/database.ts';
import {
  clearOldDecisions,
  readOutcomeSeries,
  tenantsWithoutReport,
  writeDrift,
} from '../../lib/io/sql/router-reports.ts';
import type { Clock, Timer } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';

const LOOK_EVERY_MS = 600_000;
/** After this hour (UTC) reports of the day are due. */
const DUE_HOUR = 3;
const TENANTS_AT_ONCE = 200;
const MOST_OUTCOMES = 5_000;
/** Decisions that taught nothing are kept so long. */
const KEPT_DAYS = 90;
const CLEARED_AT_ONCE = 5_000;

export class DriftWatch {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;

  constructor(ports: { database: Database; clock: Clock; log: Log }) {
    this.#database = ports.database;
    this.#clock = ports.clock;
    this.#log = ports.log;
  }

  start(): void {
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => {
      this.#working = this.nightly()
        .catch((error: unknown) => this.#log.warn('router.nightly-failed', describeError(error)))
        .then(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#working;
    this.#timer?.cancel();
  }

  /** Reports that are due and not there. Two nodes that do it at once write the same. */
  async nightly(): Promise<void> {
    const now = new Date(this.#clock.now());
    if (now.getUTCHours() < DUE_HOUR) return;
    for (const tenantId of await tenantsWithoutReport(this.#database, dayOf(now), TENANTS_AT_ONCE))
      await this.report(tenantId);
    await clearOldDecisions(this.#database, KEPT_DAYS, CLEARED_AT_ONCE);
  }

  async report(tenantId: string) {
    const day = dayOf(new Date(this.#clock.now()));
    return await this.#database.withTenant(tenantId, async tx => {
      const points = await readOutcomeSeries(tx, MOST_OUTCOMES);
      const signals = driftReport(points);
      const report = { drifted: signals.some(({ drifted }) => drifted), outcomes: points.length, signals };
      await writeDrift(tx, tenantId, day, report);
      if (report.drifted)
        this.#log.warn('router.drifted', {
          tenantId,
          signals: signals.filter(({ drifted }) => drifted).map(({ signal }) => signal),
        });
      return {
        day,
        ...report,
        signals: signals.map(({ sinceMs, ...signal }) => ({
          ...signal,
          since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
        })),
      };
    });
  }
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
