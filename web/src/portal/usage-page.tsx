/** What the agent has done and what it has cost: by day, by model, and against budgets. */
import { useMemo, useState } from 'react';
import { Bars } from './bars.tsx';
import { Budgets } from './budgets.tsx';
import { useLoad } from './load.ts';
import { Spending } from './spending-card.tsx';
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
          <dl className="mb-5 grid grid-cols-2 gap-3 lg:grid-cols-4">
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
            <Card title={say('Answers by day')}>
              <Bars
                label={say('Answers by day')}
                bars={byDay(shownDays, usage.data?.usage ?? [])}
                format={number}
              />
            </Card>
          )}
        </>
      )}
      <Spending range={range} days={shownDays} />
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
          {costs.data.savedMicroUsd > 0 && (
            <p className="mt-3 text-soft">
              {say('Answers that were kept saved {sum}.', { sum: money(costs.data.savedMicroUsd) })}
            </p>
          )}
        </Card>
      )}
      <Budgets />
    </Page>
  );
}

function byDay(days: readonly string[], rows: readonly { readonly day: string; readonly turns: number }[]) {
  const sums = new Map<string, number>();
  for (const { day, turns } of rows) sums.set(day, (sums.get(day) ?? 0) + turns);
  return days.map(day => ({ name: day, value: sums.get(day) ?? 0 }));
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="rounded-2xl border border-line bg-panel px-4 py-3">
      <dt className="text-soft text-sm">{name}</dt>
      <dd className="mt-0.5 font-semibold text-ink text-xl sm:text-2xl">{value}</dd>
    </div>
  );
}
