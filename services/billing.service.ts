/** Owns budgets and what the ledger of model calls sums up to. The gate before the models enforces the budgets. */
import { randomBytes } from 'node:crypto';
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../lib/contracts/billing.contracts.ts';
import { accountsFor } from '../lib/core/pricing/budget-accounts.ts';
import type { Models } from '../lib/io/models/open-models.ts';
import { createOutboundGuard } from '../lib/io/outbound-guard.ts';
import * as webhook from '../lib/io/sql/alert-webhook.ts';
import { alertsOf } from '../lib/io/sql/model-endpoints.ts';
import * as sql from '../lib/io/sql/spending.ts';
import { readTenant } from '../lib/io/sql/tenants.ts';
import type { Config } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import type { Log } from '../lib/kernel/log.ts';
import { action } from '../lib/moleculer/action.ts';
import { AlertSender, type AlertSenderPorts, secretPlace } from './billing/alert-sender.ts';

interface BillingPorts extends Omit<AlertSenderPorts, 'log'> {
  readonly config: Config;
  readonly log: (name: string) => Log;
  readonly models: Pick<Models, 'spending'>;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 366;
const MOST_ALERTS = 100;

export function billingService(ports: BillingPorts): ServiceSchema {
  const { database, clock, models, sealer, config } = ports;
  const guard = createOutboundGuard(config.TROUPE_OUTBOUND_ALLOW);
  const sender = new AlertSender({ ...ports, log: ports.log('billing') });

  return {
    name: 'billing',
    events: { 'billing.budget-reached': () => sender.nudge() },
    started: async () => sender.start(),
    stopped: () => sender.stop(),
    actions: {
      putAlertWebhook: action(contracts.putAlertWebhook, async ctx => {
        const { url } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        guard.checkUrl(new URL(url));
        const secret = `whsec_${randomBytes(24).toString('base64')}`;
        const sealedSecret = await sealer.seal(tenantId, secretPlace, secret);
        await database.withTenant(tenantId, tx =>
          webhook.putAlertWebhook(tx, tenantId, { url, sealedSecret }),
        );
        return { url, secret };
      }),
      alertWebhook: action(contracts.readAlertWebhook, async ctx => {
        const found = await database.withTenant(ctx.meta.tenantId!, webhook.alertWebhook);
        return { url: found?.url ?? null };
      }),
      deleteAlertWebhook: action(contracts.deleteAlertWebhook, async ctx => {
        if (!(await database.withTenant(ctx.meta.tenantId!, webhook.deleteAlertWebhook)))
          throw new TroupeError('not-found', 'There is no such webhook');
        return { deleted: true };
      }),
      putBudget: action(contracts.putBudget, async ctx => {
        const { budgetId: id, ...rule } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        await database.withTenant(tenantId, tx => sql.putBudget(tx, tenantId, { id, ...rule }));
        return ctx.params;
      }),
      budgets: action(contracts.listBudgets, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const rows = await sql.budgetsOf(database, tenantId);
        const { plan } = await readTenant(database, tenantId);
        models.spending.forgetRules(tenantId);
        const safeMode = (await models.spending.safeMode({ tenantId, plan })) ?? null;
        const spent = await database.withTenant(tenantId, tx => sql.spentOf(tx));
        const subject = { tenantId, agentId: null, conversationId: null, timeZone: 'UTC' };
        return {
          safeMode,
          budgets: rows.map(({ id: budgetId, scope, period, limitMicroUsd, alertsAt }) => {
            const rule = { scope, period, limitMicro: limitMicroUsd, alertsAt };
            const [account] = accountsFor([rule], subject, clock.now());
            const own = { budgetId, scope, period, limitMicroUsd, alertsAt };
            return account ? { ...own, spentMicroUsd: spent.get(account.key) ?? 0 } : own;
          }),
        };
      }),
      deleteBudget: action(contracts.deleteBudget, async ctx => {
        if (!(await database.withTenant(ctx.meta.tenantId!, tx => sql.deleteBudget(tx, ctx.params.budgetId))))
          throw new TroupeError('not-found', 'There is no such budget');
        return { deleted: true };
      }),
      alerts: action(contracts.listBudgetAlerts, async ctx => {
        const { limit = MOST_ALERTS } = ctx.params;
        return { alerts: [...(await database.withTenant(ctx.meta.tenantId!, tx => alertsOf(tx, limit)))] };
      }),
      costs: action(contracts.readCosts, async ctx => {
        const { from, to } = periodOf(ctx.params, clock.now());
        const costs = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.sumCalls(tx, from, to + DAY_MS),
        );
        return {
          from: day(from),
          to: day(to),
          costs,
          totalMicroUsd: costs.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
          savedMicroUsd: costs.reduce((sum, { savedMicroUsd }) => sum + savedMicroUsd, 0),
        };
      }),
      spending: action(contracts.readSpending, async ctx => {
        const { from, to } = periodOf(ctx.params, clock.now());
        const spending = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.spendingByDay(tx, from, to + DAY_MS),
        );
        return { from: day(from), to: day(to), spending };
      }),
    },
  };
}

const day = (at: number) => new Date(at).toISOString().slice(0, 10);

/** First and last day, as their beginnings in milliseconds. */
function periodOf(asked: { readonly from?: string; readonly to?: string }, now: number) {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const to = asked.to === undefined ? today : Date.parse(asked.to);
  const from = asked.from === undefined ? to - DEFAULT_DAYS * DAY_MS : Date.parse(asked.from);
  if (!(from <= to) || to - from > MOST_DAYS * DAY_MS)
    throw new TroupeError('validation-failed', `A period has 1 to ${MOST_DAYS} days of the calendar`);
  return { from, to };
}
