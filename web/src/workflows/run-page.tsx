/** A run as it goes: its graph, each step with what went in and came out, what it asks of people, and what one can do. */
import { useEffect, useMemo, useState } from 'react';
import { useSession, whyOf } from '../portal/load.ts';
import { pathOf } from '../portal/route.ts';
import { lasted, useSay, when } from '../portal/text.ts';
import { Badge, Card, Json, Link, Loading, Page, Trouble } from '../portal/ui.tsx';
import { RunActions } from './run-actions.tsx';
import { RunGraph } from './run-graph.tsx';
import { RunTasks } from './run-tasks.tsx';
import { hasEnded, lengthOf, PHASE_TONE, type Run, taskStates } from './states.ts';
import { StepList } from './step-list.tsx';

/** Time that the platform may wait for news before it answers. Milliseconds. */
const WAIT_MS = 15_000;
const AGAIN_MS = 2_000;

/** The run, asked for again and again: each time the platform answers as soon as there is more. */
function useRun(id: string) {
  const { session } = useSession();
  const [run, setRun] = useState<Run | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const follow = async () => {
      let seq: number | null = null;
      while (!stop.signal.aborted) {
        try {
          const params = seq === null ? { runId: id } : { runId: id, after: seq, wait: WAIT_MS };
          const told: Run = await session.client.call('workflowGet', params, { signal: stop.signal });
          setRun(told);
          setError(null);
          seq = told.seq;
          // What has ended may still be cancelled or undone by nobody: there is no more to come.
          if (hasEnded(told.phase)) return;
        } catch (problem) {
          if (stop.signal.aborted) return;
          setError(whyOf(problem));
          await new Promise(resolve => setTimeout(resolve, AGAIN_MS));
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [session, id]);
  return { run, error };
}

export function RunPage({ id }: { readonly id: string }) {
  const say = useSay();
  const { run, error } = useRun(id);
  const [task, setTask] = useState<string | null>(null);
  const states = useMemo(() => taskStates(run?.steps ?? []), [run]);
  return (
    <Page
      title={run ? `${run.workflow} …${id.slice(-8)}` : say('Run')}
      about={
        run && (
          <>
            <Badge tone={PHASE_TONE[run.phase]}>
              <span data-testid="phase">{say(run.phase)}</span>
            </Badge>{' '}
            {say('version {n}', { n: run.version })} · {say('began {when}', { when: when(run.startedAt) })}
            {run.endedAt && ` · ${say('took {time}', { time: lasted(lengthOf(run, 0)) })}`}
            {run.forkedFrom && (
              <>
                {' · '}
                <Link to={pathOf('workflows', { run: run.forkedFrom })}>
                  {say('forked from another run')}
                </Link>
              </>
            )}
          </>
        )
      }
      actions={
        <Link to={run ? pathOf('workflows', { name: run.workflow }) : '/workflows'}>
          {say('All runs of it')}
        </Link>
      }
    >
      <Trouble error={error} />
      {!run ? (
        !error && <Loading />
      ) : (
        <>
          <RunTasks run={run} />
          <RunActions run={run} />
          <div className="grid gap-5 xl:grid-cols-2">
            <Card title={say('Graph')} className="xl:mb-0">
              <RunGraph
                graph={run.graph}
                states={states}
                chosen={task}
                onChoose={chosen => setTask(chosen === task ? null : chosen)}
              />
            </Card>
            <Card title={say('Steps')} className="xl:mb-0">
              <StepList run={run} task={task} onAll={() => setTask(null)} />
            </Card>
          </div>
          <Card title={say('Input and output')} className="mt-5">
            <div className="grid gap-4 md:grid-cols-2">
              <div>
                <h3 className="mb-1 font-medium text-soft text-sm">{say('Input')}</h3>
                <Json value={run.input} label={say('Input of the run')} />
              </div>
              <div>
                <h3 className="mb-1 font-medium text-soft text-sm">
                  {run.error ? say('Error') : say('Output')}
                </h3>
                <Json
                  value={run.error ?? run.output}
                  label={run.error ? say('Error of the run') : say('Output of the run')}
                />
              </div>
            </div>
          </Card>
        </>
      )}
    </Page>
  );
}
