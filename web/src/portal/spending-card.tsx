/** What models have cost, day by day, by agent, model or tier, with what smaller tiers saved. */
import { useMemo, useState } from 'react';
import { StackedBars } from './bars.tsx';
import { useLoad } from './load.ts';
import { type Grouping, grouped, savedBySmaller } from './spending.ts';
import { money, useSay } from './text.ts';
import { Button, Card, Loading, Trouble } from './ui.tsx';

const GROUPINGS: readonly (readonly [Grouping, string])[] = [
  ['agent', 'by agent'],
  ['model', 'by model'],
  ['tier', 'by tier'],
];
const LARGEST = 'LLM';

export function Spending({
  range,
  days,
}: {
  readonly range: { readonly from: string; readonly to: string };
  readonly days: readonly string[];
}) {
  const say = useSay();
  const { data, error } = useLoad('billingSpending', range);
  const [by, setBy] = useState<Grouping>('agent');
  const plot = useMemo(() => data && grouped(data.spending, days, by), [data, days, by]);
  const total = plot?.groups.reduce((sum, { microUsd }) => sum + microUsd, 0) ?? 0;
  const saved = data ? savedBySmaller(data.spending, LARGEST) : null;
  return (
    <Card
      title={say('What models have cost')}
      actions={
        <span className="flex gap-1">
          {GROUPINGS.map(([each, name]) => (
            <Button key={each} pressed={each === by} onClick={() => setBy(each)}>
              {say(name)}
            </Button>
          ))}
        </span>
      }
    >
      <Trouble error={error} />
      {!plot ? (
        !error && <Loading />
      ) : total === 0 ? (
        <p className="text-soft">{say('No call of a model has cost anything in this time.')}</p>
      ) : (
        <>
          <StackedBars
            label={say('What models have cost')}
            groups={plot.groups.map(({ name, rest, microUsd }) => ({
              name: rest ? say('all others') : (name ?? say('no agent')),
              value: microUsd,
            }))}
            bars={plot.byDay.map(({ day, microUsd }) => ({ name: day, parts: microUsd }))}
            format={money}
          />
          {saved !== null && (
            <p className="mt-3 text-soft" data-testid="saved">
              {say('Smaller tiers saved about {sum}, at the mean price of the largest in this time.', {
                sum: money(saved),
              })}
            </p>
          )}
        </>
      )}
    </Card>
  );
}
