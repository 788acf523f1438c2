/** Budgets: what bounds the cost of models, how much of it is gone, what was reached, and whether less is used meanwhile. */
import { useState } from 'react';
import { DraftForm } from './draft-form.tsx';
import { NumberField, SelectField, TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { money, useSay, when } from './text.ts';
import { Badge, Button, Card, Trouble } from './ui.tsx';

const SCOPES = ['tenant', 'agent', 'customer', 'conversation'] as const;
const PERIOD_NAMES = { day: 'a day', week: 'a week', month: 'a month', ever: 'for ever' } as const;
const SCOPE_NAMES = {
  tenant: 'Everything together',
  agent: 'Each agent',
  customer: 'Each customer',
  conversation: 'Each conversation',
} as const;
const PERIODS = ['day', 'week', 'month', 'ever'] as const;

export function Budgets() {
  const say = useSay();
  const { session } = useSession();
  const { data, again } = useLoad('billingBudgets', {});
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<{
    scope: (typeof SCOPES)[number];
    period: (typeof PERIODS)[number];
    usd: string;
    alerts: string;
  } | null>(null);
  const budgets = data?.budgets ?? [];
  const save = () =>
    act(async () => {
      if (!draft) return;
      await session.client.call('billingPutBudget', {
        budgetId: `${draft.scope}-${draft.period}`,
        scope: draft.scope,
        period: draft.period,
        limitMicroUsd: Math.round(Number(draft.usd) * 1_000_000),
        alertsAt: sharesOf(draft.alerts),
      });
      again();
    }).then(done => done && setDraft(null));
  const remove = (budgetId: string) =>
    act(async () => {
      await session.client.call('billingDeleteBudget', { budgetId });
      again();
    });
  return (
    <Card
      title={say('Budgets')}
      actions={
        !draft && (
          <Button
            onClick={() => setDraft({ scope: 'tenant', period: 'month', usd: '50', alerts: '80, 100' })}
          >
            {say('Set a budget')}
          </Button>
        )
      }
    >
      {draft && (
        <DraftForm busy={busy} columns={4} onSave={() => save()} onCancel={() => setDraft(null)}>
          <SelectField
            label={say('What it bounds')}
            value={draft.scope}
            options={SCOPES.map(each => [each, say(SCOPE_NAMES[each])] as const)}
            onValue={scope => setDraft({ ...draft, scope })}
          />
          <SelectField
            label={say('For')}
            value={draft.period}
            options={PERIODS.map(each => [each, say(PERIOD_NAMES[each])] as const)}
            onValue={period => setDraft({ ...draft, period })}
          />
          <NumberField
            label={say('US dollars')}
            min={0.01}
            step={0.01}
            value={draft.usd}
            onValue={usd => setDraft({ ...draft, usd })}
          />
          <TextField
            label={say('Tell me at, percent')}
            max={40}
            pattern="[0-9 ,]*"
            value={draft.alerts}
            onValue={alerts => setDraft({ ...draft, alerts })}
          />
        </DraftForm>
      )}
      <Trouble error={error} />
      {data?.safeMode && (
        <p
          role="status"
          className="mb-3 rounded-xl bg-notice-soft px-4 py-2.5 font-medium text-notice text-sm"
        >
          {say(
            'In safe mode since {when}: answers come from the smallest tier and are shorter, until there is room in the budget again.',
            { when: when(data.safeMode.since) },
          )}
        </p>
      )}
      {data && budgets.length === 0 && !draft ? (
        <p className="text-soft">
          {say('No budget bounds what models may cost. A call that a budget does not cover is refused.')}
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {budgets.map(({ budgetId, scope, period, limitMicroUsd, spentMicroUsd, alertsAt }) => (
            <li key={budgetId} className="flex flex-wrap items-center gap-3 py-3">
              <div className="min-w-0 flex-1 basis-60">
                <p className="font-medium">
                  {say(SCOPE_NAMES[scope])}, {say(PERIOD_NAMES[period])}: {money(limitMicroUsd)}
                </p>
                {alertsAt.length > 0 && (
                  <p className="text-soft text-sm">
                    {say('You are told at {shares}.', { shares: alertsAt.map(percent).join(', ') })}
                  </p>
                )}
                {spentMicroUsd !== undefined && (
                  <div className="mt-1.5 flex items-center gap-3 text-sm text-soft">
                    <progress
                      max={limitMicroUsd || 1}
                      value={Math.min(spentMicroUsd, limitMicroUsd)}
                      aria-label={say('Spent of {name}', { name: budgetId })}
                      className="h-2 w-40 accent-accent"
                    />
                    {say('{sum} spent', { sum: money(spentMicroUsd) })}
                  </div>
                )}
              </div>
              <Button
                kind="danger"
                disabled={busy}
                label={say('Remove {name}', { name: budgetId })}
                onClick={() => void remove(budgetId)}
              >
                {say('Remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Alerts />
    </Card>
  );
}

/** Shares of budgets that were reached, the newest first. */
function Alerts() {
  const say = useSay();
  const { data } = useLoad('billingAlerts', { limit: 10 });
  if (!data || data.alerts.length === 0) return null;
  return (
    <div className="mt-4 border-line border-t pt-3">
      <h3 className="font-medium">{say('Reached')}</h3>
      <ul className="mt-1 space-y-1 text-sm">
        {data.alerts.map(({ account, share, spentMicroUsd, at }) => (
          <li key={`${account} ${share}`} className="flex flex-wrap items-center gap-x-3">
            <Badge tone={share >= 1 ? 'danger' : 'notice'}>{percent(share)}</Badge>
            <span className="wrap-anywhere">{account}</span>
            <span className="text-soft">
              {money(spentMicroUsd)} · {when(at)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** "80, 100" as shares; what is no percentage is left out. */
function sharesOf(text: string): number[] {
  const shares = text.split(',').map(each => Number(each.trim()) / 100);
  return [...new Set(shares.filter(each => each >= 0.01 && each <= 1))].slice(0, 5);
}
