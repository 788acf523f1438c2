/** What a run asks of people: approvals, and steps that could not be undone. */
import { useState } from 'react';
import { Field, INPUT } from '../portal/fields.tsx';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { useSay, when } from '../portal/text.ts';
import { Badge, Button, Card, Json, Trouble } from '../portal/ui.tsx';
import { hasEnded, type Run } from './states.ts';

const LOOK_MS = 3_000;

type Decision = 'approved' | 'rejected' | 'retry' | 'skip' | 'accept';
const CHOICES: Readonly<Record<'approval' | 'compensation', readonly (readonly [Decision, string])[]>> = {
  approval: [
    ['approved', 'Approve'],
    ['rejected', 'Reject'],
  ],
  compensation: [
    ['retry', 'Try to undo it again'],
    ['accept', 'It was undone by other means'],
    ['skip', 'Leave it done'],
  ],
};

export function RunTasks({ run }: { readonly run: Run }) {
  const say = useSay();
  const { data, again } = useLoad('orchestratorTasks', { runId: run.id }, hasEnded(run.phase) ? 0 : LOOK_MS);
  const tasks = data?.tasks ?? [];
  if (tasks.length === 0) return null;
  return (
    <Card title={say('It asks you')}>
      <ul className="space-y-4">
        {tasks.map(task => (
          <li key={task.id} data-testid="task" className="rounded-xl bg-notice-soft p-4">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              {task.title}
              {task.escalated && <Badge tone="danger">{say('escalated')}</Badge>}
            </p>
            <p className="mt-0.5 text-sm text-soft">
              {say('for {who}', { who: task.assignee })}
              {task.deadlineAt && ` · ${say('until {when}', { when: when(task.deadlineAt) })}`}
            </p>
            <details className="my-2">
              <summary className="w-fit cursor-pointer text-sm">{say('Details')}</summary>
              <Json value={task.details} label={say('Details')} />
            </details>
            <Decide runId={run.id} taskId={task.id} kind={task.kind} onDone={again} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface DecideProps {
  readonly runId: string;
  readonly taskId: string;
  readonly kind: 'approval' | 'compensation';
  readonly onDone: () => void;
}

function Decide({ runId, taskId, kind, onDone }: DecideProps) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [comment, setComment] = useState('');
  const decide = (decision: Decision) =>
    act(async () => {
      const said = comment.trim() === '' ? {} : { comment: comment.trim() };
      await session.client.call('orchestratorApprove', { runId, taskId, decision, ...said, by: session.by });
      onDone();
    });
  return (
    <>
      <Field label={say('Comment')}>
        {ids => (
          <input
            {...ids}
            maxLength={2_000}
            value={comment}
            onChange={event => setComment(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      <Trouble error={error} />
      <div className="mt-3 flex flex-wrap gap-2">
        {CHOICES[kind].map(([decision, name], index) => (
          <Button
            key={decision}
            kind={index === 0 ? 'main' : 'quiet'}
            disabled={busy}
            onClick={() => void decide(decision)}
          >
            {say(name)}
          </Button>
        ))}
      </div>
    </>
  );
}
