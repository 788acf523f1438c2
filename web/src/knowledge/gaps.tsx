/** Questions that nobody could answer from the knowledge, most asked first, and what is done about each. */
import { useState } from 'react';
import { INPUT } from '../portal/fields.tsx';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { pathOf } from '../portal/route.ts';
import { number, useSay, when } from '../portal/text.ts';
import { Badge, Card, Empty, Link, Loading, Trouble } from '../portal/ui.tsx';

const STATES = ['open', 'planned', 'answered', 'dismissed'] as const;
type State = (typeof STATES)[number];

export function Gaps() {
  const say = useSay();
  const { session } = useSession();
  const [state, setState] = useState<State>('open');
  const { data, error, again } = useLoad('knowledgeGaps', { state });
  const { busy, error: failed, act } = useAct();
  const settle = (gapId: string, to: State) =>
    act(async () => {
      await session.client.call('knowledgeSettleGap', { gapId, state: to });
      again();
    });
  return (
    <Card
      title={say('Questions without an answer')}
      actions={
        <label className="flex items-center gap-2 text-sm">
          {say('Show')}
          <select
            value={state}
            onChange={event => setState(event.target.value as State)}
            className={`${INPUT} mt-0 w-auto`}
          >
            {STATES.map(each => (
              <option key={each} value={each}>
                {say(each)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Trouble error={error ?? failed} />
      {!data ? (
        !error && <Loading />
      ) : data.gaps.length === 0 ? (
        <Empty title={say('No gaps here')}>
          {say(
            'When customers ask what no document answers, it is collected here, without what is personal in it.',
          )}
        </Empty>
      ) : (
        <ol className="divide-y divide-line">
          {data.gaps.map(gap => (
            <li key={gap.gapId} data-testid="gap" className="flex flex-wrap items-start gap-x-4 gap-y-2 py-3">
              <div className="min-w-0 flex-1 basis-60">
                <p className="font-medium wrap-anywhere">{gap.question}</p>
                {gap.examples.length > 0 && (
                  <p className="mt-0.5 text-soft text-sm wrap-anywhere">{gap.examples.join(' · ')}</p>
                )}
                <p className="mt-1 flex flex-wrap items-center gap-2 text-faint text-sm">
                  <Badge tone={gap.count > 4 ? 'danger' : 'notice'}>
                    {gap.count === 1 ? say('asked once') : say('asked {n} times', { n: number(gap.count) })}
                  </Badge>
                  {say('last {when}', { when: when(gap.lastAt) })}
                  <Link to={pathOf('knowledge', { tab: 'add', title: gap.question })}>
                    {say('Write the answer')}
                  </Link>
                </p>
              </div>
              <label className="flex items-center gap-2 text-sm">
                <span className="sr-only">{say('State of {name}', { name: gap.question })}</span>
                <select
                  value={gap.state}
                  disabled={busy}
                  onChange={event => void settle(gap.gapId, event.target.value as State)}
                  className={`${INPUT} mt-0 w-auto`}
                >
                  {STATES.map(each => (
                    <option key={each} value={each}>
                      {say(each)}
                    </option>
                  ))}
                </select>
              </label>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
