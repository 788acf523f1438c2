/** Workflows: which there are, one of them with its runs, and a run. */
import { useState } from 'react';
import { INPUT } from '../portal/fields.tsx';
import { useLoad } from '../portal/load.ts';
import { pathOf, usePlace } from '../portal/route.ts';
import { Table } from '../portal/table.tsx';
import { lasted, number, useSay, when } from '../portal/text.ts';
import { Badge, Button, Card, Empty, Link, Loading, Page, Trouble } from '../portal/ui.tsx';
import { AddWorkflow } from './add-workflow.tsx';
import { RunPage } from './run-page.tsx';
import { hasEnded, lengthOf, PHASE_TONE, type Phase } from './states.ts';
import { WorkflowPage } from './workflow-page.tsx';

const PHASES: readonly Phase[] = [
  'running',
  'suspended',
  'compensating',
  'cancelled',
  'faulted',
  'completed',
];
const LOOK_MS = 3_000;

export default function WorkflowsPage() {
  const { query } = usePlace();
  const [run, name] = [query.get('run'), query.get('name')];
  if (run) return <RunPage key={run} id={run} />;
  return name ? <WorkflowPage key={name} name={name} /> : <Overview />;
}

function Overview() {
  const say = useSay();
  const [adding, setAdding] = useState(false);
  const { data, error, again } = useLoad('orchestratorList', {});
  const workflows = data?.workflows ?? [];
  return (
    <Page
      title={say('Workflows')}
      about={say('Documents that say what happens step by step, and survive crashes at every one.')}
      actions={!adding && <Button onClick={() => setAdding(true)}>{say('Add a workflow')}</Button>}
    >
      <Tasks />
      {adding && (
        <AddWorkflow
          onDone={() => {
            setAdding(false);
            again();
          }}
          onCancel={() => setAdding(false)}
        />
      )}
      <Runs workflow={undefined} />
      <Card title={say('Definitions')}>
        <Trouble error={error} />
        {!data ? (
          <Loading />
        ) : workflows.length === 0 ? (
          <Empty title={say('No workflow yet')}>
            {say('Add a document of the Serverless Workflow DSL 1.0.')}
          </Empty>
        ) : (
          <Table
            label={say('Definitions')}
            head={[say('Name'), say('What it is for'), say('Version'), say('Begins by itself'), say('Added')]}
          >
            {workflows.map(each => (
              <tr key={each.name}>
                <td className="whitespace-nowrap">
                  <Link to={pathOf('workflows', { name: each.name })}>{each.name}</Link>
                </td>
                <td className="min-w-56 text-soft">{each.title}</td>
                <td>{each.version}</td>
                <td>{each.schedule ? say('yes') : '–'}</td>
                <td className="whitespace-nowrap">{when(each.createdAt)}</td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
    </Page>
  );
}

export function Runs({ workflow }: { readonly workflow: string | undefined }) {
  const say = useSay();
  const [phase, setPhase] = useState('');
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const cursor = cursors.at(-1);
  const { data, error } = useLoad(
    'orchestratorRuns',
    {
      limit: 20,
      ...(workflow ? { workflow } : {}),
      ...(phase ? { phase: phase as Phase } : {}),
      ...(cursor ? { cursor } : {}),
    },
    LOOK_MS,
  );
  const runs = data?.runs ?? [];
  return (
    <Card
      title={say('Runs')}
      actions={
        <label className="flex items-center gap-2 text-sm">
          {say('Show')}
          <select
            value={phase}
            onChange={event => {
              setPhase(event.target.value);
              setCursors([undefined]);
            }}
            className={`${INPUT} mt-0 w-auto`}
          >
            <option value="">{say('all')}</option>
            {PHASES.map(each => (
              <option key={each} value={each}>
                {say(each)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Trouble error={error} />
      {!data ? (
        <Loading />
      ) : runs.length === 0 ? (
        <Empty title={say('No runs here')}>
          {workflow
            ? say('Start one below.')
            : say('Open a definition below and start one, or let your agent do it.')}
        </Empty>
      ) : (
        <Table
          label={say('Runs')}
          head={[say('Run'), say('Workflow'), say('State'), say('Steps'), say('Began'), say('Took')]}
        >
          {runs.map(run => (
            <tr key={run.id} data-testid="run">
              <td>
                <Link to={pathOf('workflows', { run: run.id })}>…{run.id.slice(-8)}</Link>
              </td>
              <td>
                {run.workflow} {run.version}
              </td>
              <td>
                <Badge tone={PHASE_TONE[run.phase]}>{say(run.phase)}</Badge>
                {run.error && <p className="mt-1 max-w-72 text-danger text-xs wrap-anywhere">{run.error}</p>}
              </td>
              <td>{number(run.steps)}</td>
              <td className="whitespace-nowrap">{when(run.startedAt)}</td>
              <td className="whitespace-nowrap">{hasEnded(run.phase) ? lasted(lengthOf(run, 0)) : '…'}</td>
            </tr>
          ))}
        </Table>
      )}
      <div className="mt-3 flex gap-2">
        {cursors.length > 1 && (
          <Button onClick={() => setCursors(cursors.slice(0, -1))}>{say('Newer')}</Button>
        )}
        {data?.next && (
          <Button onClick={() => setCursors([...cursors, data.next ?? undefined])}>{say('Older')}</Button>
        )}
      </div>
    </Card>
  );
}

/** What people are asked, by whichever run. */
function Tasks() {
  const say = useSay();
  const { data } = useLoad('orchestratorTasks', { state: 'open' }, LOOK_MS * 2);
  const tasks = data?.tasks ?? [];
  if (tasks.length === 0) return null;
  return (
    <Card title={say('Waiting for a decision')}>
      <ul className="divide-y divide-line">
        {tasks.map(task => (
          <li key={task.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
            <span className="min-w-0 flex-1 font-medium wrap-anywhere">{task.title}</span>
            <Badge tone={task.kind === 'approval' ? 'notice' : 'danger'}>{say(task.kind)}</Badge>
            <span className="text-soft text-sm">{task.workflow}</span>
            <Link to={pathOf('workflows', { run: task.runId })}>{say('Decide')}</Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
