/** What the agent has done and what it has cost: by day, by model, and against budgets. */
import { useMemo, useState } from 'react';
import { Bars } from './bars.tsx';
import { Field, INPUT, NumberField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { money, number, useSay } from './text.ts';
import { Badge, Button, Card, Empty, Loading, Page, Trouble } from './ui.tsx';

const DAY_MS = 86_400_000;
const RANGES = [7, 30, 90] as const;

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export default function UsagePage() {
  const say = useSay();
  const [days, setDays] = useState<number>(30);
  const range = useMemo(() => {
    const now = Date.now();
    return { from: dayOf(now - (days - 1) * DAY_MS), to: dayOf(now) };
  }, [days]);
  const usage = useLoad('meteringUsage', range);
  const costs = useLoad('billingCosts', range);
  const shownDays = useMemo(
    () => Array.from({ length: days }, (_, at) => dayOf(Date.parse(range.to) - (days - 1 - at) * DAY_MS)),
    [days, range],
  );
  const total = usage.data?.total;
  return (
    <Page
      title={say('Usage and costs')}
      about={say('Counted from every answer and every model call, by day in UTC.')}
      actions={RANGES.map(each => (
        <Button key={each} pressed={each === days} onClick={() => setDays(each)}>
          {say('{n} days', { n: each })}
        </Button>
      ))}
    >
      <Trouble error={usage.error ?? costs.error} />
      {!total ? (
        <Loading />
      ) : (
        <>
          <dl className="mb-5 grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
            <Figure name={say('Answers')} value={number(total.turns)} />
            <Figure name={say('Tokens in')} value={number(total.inputTokens)} />
            <Figure name={say('Tokens out')} value={number(total.outputTokens)} />
            <Figure name={say('Cost')} value={money(total.costMicroUsd)} />
          </dl>
          {total.turns === 0 ? (
            <Empty title={say('Nothing was answered in this time')}>
              {say('As soon as your agent answers somebody, it is counted here.')}
            </Empty>
          ) : (
            <>
              <Card title={say('Answers by day')}>
                <Bars
                  label={say('Answers by day')}
                  bars={byDay(shownDays, usage.data?.usage ?? [], 'turns')}
                  format={number}
                />
              </Card>
              {total.costMicroUsd > 0 && (
                <Card title={say('Cost by day')}>
                  <Bars
                    label={say('Cost by day')}
                    bars={byDay(shownDays, usage.data?.usage ?? [], 'costMicroUsd')}
                    format={money}
                  />
                </Card>
              )}
            </>
          )}
        </>
      )}
      {costs.data && costs.data.costs.length > 0 && (
        <Card title={say('Model calls')}>
          <Table
            label={say('Model calls')}
            head={[
              say('Model'),
              say('Tier'),
              say('Outcome'),
              say('Calls'),
              say('Tokens in'),
              say('Tokens out'),
              say('Cost'),
            ]}
          >
            {costs.data.costs.map(row => (
              <tr key={`${row.model} ${row.tier} ${row.outcome}`}>
                <td className="font-medium">{row.model}</td>
                <td>{row.tier}</td>
                <td>
                  <Badge tone={row.outcome === 'ok' || row.outcome === 'done' ? 'good' : 'plain'}>
                    {row.outcome}
                  </Badge>
                </td>
                <td>{number(row.calls)}</td>
                <td>{number(row.inputTokens)}</td>
                <td>{number(row.outputTokens)}</td>
                <td>{money(row.costMicroUsd)}</td>
              </tr>
            ))}
          </Table>
        </Card>
      )}
      <Budgets />
    </Page>
  );
}

function byDay(
  days: readonly string[],
  rows: readonly { readonly day: string; readonly turns: number; readonly costMicroUsd: number }[],
  field: 'turns' | 'costMicroUsd',
) {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(row.day, (sums.get(row.day) ?? 0) + row[field]);
  return days.map(day => ({ name: day, value: sums.get(day) ?? 0 }));
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="rounded-2xl border border-line bg-panel px-4 py-3">
      <dt className="text-soft text-sm">{name}</dt>
      <dd className="mt-0.5 font-semibold text-2xl text-ink">{value}</dd>
    </div>
  );
}

const SCOPES = ['tenant', 'agent', 'conversation'] as const;
const PERIODS = ['day', 'week', 'month', 'ever'] as const;

function Budgets() {
  const say = useSay();
  const { session } = useSession();
  const { data, again } = useLoad('billingBudgets', {});
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<{
    scope: (typeof SCOPES)[number];
    period: (typeof PERIODS)[number];
    usd: string;
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
        alertsAt: [0.8, 1],
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
          <Button onClick={() => setDraft({ scope: 'tenant', period: 'month', usd: '50' })}>
            {say('Set a budget')}
          </Button>
        )
      }
    >
      {draft && (
        <form
          className="mb-4 grid gap-4 rounded-xl bg-sunken p-4 sm:grid-cols-3"
          onSubmit={event => {
            event.preventDefault();
            void save();
          }}
        >
          <Field label={say('What it bounds')}>
            {ids => (
              <select
                {...ids}
                value={draft.scope}
                className={INPUT}
                onChange={event => setDraft({ ...draft, scope: event.target.value as typeof draft.scope })}
              >
                {SCOPES.map(each => (
                  <option key={each} value={each}>
                    {say(`budget of ${each}`)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={say('For')}>
            {ids => (
              <select
                {...ids}
                value={draft.period}
                className={INPUT}
                onChange={event => setDraft({ ...draft, period: event.target.value as typeof draft.period })}
              >
                {PERIODS.map(each => (
                  <option key={each} value={each}>
                    {say(`a ${each}`)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <NumberField
            label={say('US dollars')}
            min={0.01}
            step={0.01}
            value={draft.usd}
            onValue={usd => setDraft({ ...draft, usd })}
          />
          <div className="flex gap-2 sm:col-span-3">
            <Button submit kind="main" disabled={busy}>
              {say('Save')}
            </Button>
            <Button onClick={() => setDraft(null)}>{say('Cancel')}</Button>
          </div>
        </form>
      )}
      <Trouble error={error} />
      {data && budgets.length === 0 && !draft ? (
        <p className="text-soft">
          {say('No budget bounds what models may cost. A call that a budget does not cover is refused.')}
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {budgets.map(({ budgetId, scope, period, limitMicroUsd, spentMicroUsd }) => (
            <li key={budgetId} className="flex flex-wrap items-center gap-3 py-3">
              <div className="min-w-0 flex-1">
                <p className="font-medium">
                  {say(`budget of ${scope}`)}, {say(`a ${period}`)}: {money(limitMicroUsd)}
                </p>
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
    </Card>
  );
}
