/**
 * Sends alerts of budgets to where their tenants want them: kept before they are sent, at least once, signed, with
 * growing pauses for about three days. A receiver that says 410 is not asked again.
 */
import { alertMessage } from '../../lib/core/pricing/alert-message.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import {
  type DueAlert,
  forgetAlertWebhook,
  settleAlert,
  takeDueAlerts,
} from '../../lib/io/sql/alert-webhook.ts';
import { type Clock, fullJitter, type Timer } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';

const LOOK_EVERY_MS = 5_000;
const AT_ONCE = 20;
/** With the longest pause of six hours, half of it in the mean: some three days. */
const ATTEMPTS = 30;
const RETRY_BASE_MS = 5_000;
const RETRY_CAP_MS = 21_600_000;
const LEASE_MS = 60_000;

export const secretPlace = { table: 'alert_webhook', column: 'sealed_secret', row: 'webhook' };

export interface AlertSenderPorts {
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly outbound: SafeFetch;
  readonly clock: Clock;
  readonly log: Log;
}

export class AlertSender {
  readonly #ports: AlertSenderPorts;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(ports: AlertSenderPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer = this.#ports.clock.after(LOOK_EVERY_MS, () => this.nudge());
  }

  /** Looks for what is due, now. */
  nudge(): void {
    if (this.#working || this.#stopped) return;
    this.#timer?.cancel();
    this.#working = this.#work()
      .catch((error: unknown) => this.#ports.log.warn('billing.alerts-not-sent', describeError(error)))
      .then(() => {
        this.#working = undefined;
        if (!this.#stopped) this.start();
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#working;
  }

  async #work(): Promise<void> {
    const limits = { most: AT_ONCE, attempts: ATTEMPTS, leaseMs: LEASE_MS };
    for (let due = AT_ONCE; due === AT_ONCE && !this.#stopped; ) {
      const alerts = await takeDueAlerts(this.#ports.database, limits);
      await Promise.all(alerts.map(alert => this.#send(alert)));
      due = alerts.length;
    }
  }

  async #send(alert: DueAlert): Promise<void> {
    const { database, sealer, outbound, clock, log } = this.#ports;
    let status: number | undefined;
    try {
      const secret = await sealer.open(alert.tenantId, secretPlace, alert.sealedSecret);
      const message = alertMessage(alert, secret, Math.floor(clock.now() / 1_000));
      ({ status } = await outbound(alert.url, { method: 'POST', maxRedirects: 0, ...message }));
    } catch (error) {
      log.warn('billing.alert-failed', { attempts: alert.attempts, ...describeError(error) });
    }
    if (status === 410) return await forgetAlertWebhook(database, alert.tenantId);
    const delivered = status !== undefined && status >= 200 && status < 300;
    const againMs = delivered ? undefined : fullJitter(alert.attempts, RETRY_BASE_MS, RETRY_CAP_MS);
    await settleAlert(database, alert, againMs);
  }
}
