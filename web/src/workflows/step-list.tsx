/** The steps of a run in the order in which they began, each with its data; those of one task when one is chosen. */
import { useEffect, useState } from 'react';
import { useAct, useSession } from '../portal/load.ts';
import { go, pathOf } from '../portal/route.ts';
import { lasted, useSay, when } from '../portal/text.ts';
import { Badge, Button, Json, Trouble } from '../portal/ui.tsx';
import { hasEnded, lengthOf, type Run, type Step, TONE_OF } from './states.ts';

const TICK_MS = 1_000;
/** Steps that are listed: the newest. All of them are in the API. */
const MOST = 300;

interface Props {
  readonly run: Run;
  readonly task: string | null;
  readonly onAll: () => void;
}

export function StepList({ run, task, onAll }: Props) {
  const say = useSay();
  const now = useNow(!hasEnded(run.phase));
  const fitting =
    task === null
      ? run.steps
      : run.steps.filter(step => step.task === task || step.task.startsWith(`${task}/`));
  const shown = fitting.slice(-MOST);
  const depths = depthsOf(run.steps);
  const longest = Math.max(...shown.map(step => lengthOf(step, now)), 1);
  return (
    <>
      {task !== null && (
        <p className="mb-3">
          <Button onClick={onAll}>{say('Show all steps')}</Button>
        </p>
      )}
      {shown.length === 0 ? (
        <p className="text-soft">
          {task === null ? say('No step has begun yet.') : say('The run has not come here.')}
        </p>
      ) : (
        <ol className="space-y-1.5">
          {shown.map(step => (
            <li
              key={step.id}
              data-testid="step"
              style={undefined}
              className={INDENTS[Math.min(depths.get(step.id) ?? 0, INDENTS.length - 1)]}
            >
              <StepItem run={run} step={step} lengthMs={lengthOf(step, now)} longestMs={longest} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

const INDENTS = ['', 'ml-4', 'ml-8', 'ml-12', 'ml-16'] as const;

function depthsOf(steps: readonly Step[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { id, parent } of steps) depths.set(id, parent === null ? 0 : (depths.get(parent) ?? -1) + 1);
  return depths;
}

interface ItemProps {
  readonly run: Run;
  readonly step: Step;
  readonly lengthMs: number;
  readonly longestMs: number;
}

function StepItem({ run, step, lengthMs, longestMs }: ItemProps) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const fork = () =>
    act(async () => {
      const { id } = await session.client.call('workflowFork', { runId: run.id, step: step.id });
      go(pathOf('workflows', { run: id }));
    });
  const { name, kind, state, retries, retryAt, compensation } = step;
  return (
    <details className="rounded-xl border border-line bg-raised open:border-line-strong">
      <summary className="flex min-h-11 cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 rounded-xl px-3 py-1.5">
        <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
        <span className="text-faint text-xs">{kind}</span>
        {retries > 0 && <Badge tone="notice">{say('tried again {n} times', { n: retries })}</Badge>}
        {compensation && compensation !== 'available' && (
          <Badge tone={compensation === 'parked' ? 'danger' : 'notice'}>{say(compensation)}</Badge>
        )}
        <Badge tone={TONE_OF[state]}>{say(state)}</Badge>
        <meter
          min={0}
          max={longestMs}
          value={lengthMs}
          aria-label={say('Time of {name}', { name })}
          className="w-14"
        />
        <span className="w-14 text-right text-soft text-xs">{lasted(lengthMs)}</span>
      </summary>
      <div className="space-y-3 border-line border-t p-3">
        <p className="text-soft text-sm">
          {say('began {when}', { when: when(step.startedAt) })}
          {retryAt && ` · ${say('tried again {when}', { when: when(retryAt) })}`}
          {compensation === 'available' && ` · ${say('can be undone')}`}
        </p>
        <div>
          <h3 className="mb-1 font-medium text-soft text-xs">{say('Input')}</h3>
          <Json value={step.input} label={say('Input of {name}', { name })} />
        </div>
        {step.error ? (
          <div>
            <h3 className="mb-1 font-medium text-danger text-xs">{say('Error')}</h3>
            <Json value={step.error} label={say('Error of {name}', { name })} />
          </div>
        ) : (
          step.endedAt && (
            <div>
              <h3 className="mb-1 font-medium text-soft text-xs">{say('Output')}</h3>
              <Json value={step.output} label={say('Output of {name}', { name })} />
            </div>
          )
        )}
        <Trouble error={error} />
        <Button disabled={busy} onClick={() => void fork()}>
          {say('Fork from {name}', { name })}
        </Button>
      </div>
    </details>
  );
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
