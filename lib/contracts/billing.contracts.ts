/** What models may cost and have cost. */
import { contract } from './contract.ts';
import { decimal, flag, id, integer, list, nullable, object, oneOf, optional, text } from './schema.ts';

const budget = {
  scope: oneOf(['tenant', 'agent', 'customer', 'conversation'], {
    doc: 'What it bounds: all of yours, each agent, each customer (the field `user` of a request), or each conversation',
    example: 'tenant',
  }),
  period: oneOf(['day', 'week', 'month', 'ever'], {
    doc: 'After which it is whole again, UTC',
    example: 'month',
  }),
  limitMicroUsd: integer({
    max: 1_000_000_000_000_000,
    doc: 'Millionths of a US dollar',
    example: 50_000_000,
  }),
  alertsAt: list(decimal({ min: 0.01, max: 1 }), {
    max: 5,
    doc: 'Shares of the limit at which somebody is told',
    example: [0.8, 1],
  }),
};
const budgetId = id({ doc: 'Yours to choose', example: 'month' });

export const putBudget = contract({
  name: 'billing.putBudget',
  doc: 'Sets a budget: calls of models that it does not cover are refused with budget-exhausted. Holds on every node within seconds.',
  params: object({ budgetId, ...budget }),
  result: object({ budgetId, ...budget }),
  errors: [],
  policy: { timeoutMs: 5_000 },
  http: { method: 'PUT', path: '/billing/budgets/:budgetId', scope: 'operate' },
});

export const listBudgets = contract({
  name: 'billing.budgets',
  doc: 'The budgets, each with what was spent of it in the present period where it is one account.',
  params: object({}),
  result: object({
    budgets: list(
      object({
        budgetId,
        ...budget,
        spentMicroUsd: optional(integer({ doc: 'For budgets of the whole tenant' })),
      }),
      { max: 200 },
    ),
    // While it is not null, answers come from the smallest tier, are shorter, and no call is made twice.
    safeMode: nullable(
      object({
        account: text({ max: 500, doc: 'Whose spending asks for it' }),
        since: text({ max: 30, doc: 'ISO 8601, UTC' }),
      }),
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/billing/budgets', scope: 'operate' },
});

export const deleteBudget = contract({
  name: 'billing.deleteBudget',
  doc: 'Removes a budget.',
  params: object({ budgetId }),
  result: object({ deleted: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'DELETE', path: '/billing/budgets/:budgetId', scope: 'operate' },
});

export const listBudgetAlerts = contract({
  name: 'billing.alerts',
  doc: 'Shares of budgets that were reached, each told once, newest first. On the platform itself the event billing.budget-reached says so at once.',
  params: object({ limit: optional(integer({ min: 1, max: 500, doc: 'Default 100' })) }),
  result: object({
    alerts: list(
      object({
        account: text({ max: 500, doc: 'Scope, whose it is, and the period' }),
        share: decimal({ min: 0, max: 1 }),
        spentMicroUsd: integer(),
        at: text({ max: 30, doc: 'ISO 8601, UTC' }),
      }),
      { max: 500 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/billing/alerts', scope: 'operate' },
});

const day = (doc: string) =>
  optional(text({ min: 10, max: 10, pattern: /^\d{4}-\d{2}-\d{2}$/, doc, example: '2026-11-30' }));

const period = {
  from: day('First day, UTC; default 30 days ago'),
  to: day('Last day, UTC; default today'),
};

export const readSpending = contract({
  name: 'billing.spending',
  doc: 'What calls of models have cost, by day (UTC), agent, model and tier: sums of the ledger.',
  params: object(period),
  result: object({
    from: text({ max: 10 }),
    to: text({ max: 10 }),
    spending: list(
      object({
        day: text({ max: 10 }),
        agent: nullable(text({ max: 200, doc: 'Null: of no agent, such as calls of your own programs' })),
        model: text({ max: 200 }),
        tier: text({ max: 50 }),
        calls: integer(),
        tokens: integer({ doc: 'In and out' }),
        costMicroUsd: integer(),
      }),
      { max: 50_000 },
    ),
  }),
  errors: ['validation-failed'],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/billing/spending', scope: 'operate' },
});

const webhookUrl = text({
  min: 8,
  max: 500,
  pattern: /^https?:\/\/[^\s?#]+$/,
  doc: 'A public address; each alert is sent there by POST',
  example: 'https://hooks.example.com/budgets',
});

export const putAlertWebhook = contract({
  name: 'billing.putAlertWebhook',
  doc: 'Sends the alerts of budgets from now on to an address, signed as Standard Webhooks has it, with repetitions for some three days. The secret is shown only here; setting it again makes a new one.',
  params: object({ url: webhookUrl }),
  result: object({
    url: webhookUrl,
    secret: text({ max: 100, doc: '`whsec_` and the key of the signature in base64' }),
  }),
  errors: ['outbound-refused'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'PUT', path: '/billing/alert-webhook', scope: 'operate', secret: true },
});

export const readAlertWebhook = contract({
  name: 'billing.alertWebhook',
  doc: 'Where the alerts of budgets are sent.',
  params: object({}),
  result: object({ url: nullable(webhookUrl) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/billing/alert-webhook', scope: 'operate' },
});

export const deleteAlertWebhook = contract({
  name: 'billing.deleteAlertWebhook',
  doc: 'Sends no more alerts.',
  params: object({}),
  result: object({ deleted: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'DELETE', path: '/billing/alert-webhook', scope: 'operate' },
});

export const readCosts = contract({
  name: 'billing.costs',
  doc: 'What calls of models have cost, by model, tier and outcome: sums of the ledger, in which each attempt has its line.',
  params: object(period),
  result: object({
    from: text({ max: 10 }),
    to: text({ max: 10 }),
    costs: list(
      object({
        model: text({ max: 200 }),
        tier: text({ max: 50 }),
        outcome: text({ max: 50 }),
        calls: integer(),
        inputTokens: integer(),
        outputTokens: integer(),
        costMicroUsd: integer(),
        savedMicroUsd: integer({ doc: 'What answers that were kept would have cost' }),
      }),
      { max: 10_000 },
    ),
    totalMicroUsd: integer(),
    savedMicroUsd: integer(),
  }),
  errors: ['validation-failed'],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/billing/costs', scope: 'operate' },
});
