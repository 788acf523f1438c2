/** A new workflow, or a new version of one: its text is checked and what is wrong is told by line. */
import { useState } from 'react';
import { Field, INPUT } from '../portal/fields.tsx';
import { useAct, useSession } from '../portal/load.ts';
import { useSay } from '../portal/text.ts';
import { Button, Card, Trouble } from '../portal/ui.tsx';

interface Props {
  readonly source?: string;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

export function AddWorkflow({ source: given = '', onDone, onCancel }: Props) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [source, setSource] = useState(given);
  const add = () =>
    act(() => session.client.call('orchestratorPut', { source })).then(done => {
      if (done) onDone();
    });
  return (
    <Card title={say('Add a workflow')}>
      <form
        onSubmit={event => {
          event.preventDefault();
          void add();
        }}
      >
        <Field
          label={say('Document')}
          hint={say(
            'YAML or JSON, Serverless Workflow DSL 1.0. A version never changes: give a new one under document.version.',
          )}
        >
          {ids => (
            <textarea
              {...ids}
              required
              rows={16}
              spellCheck={false}
              value={source}
              onChange={event => setSource(event.target.value)}
              className={`${INPUT} font-mono text-sm`}
            />
          )}
        </Field>
        <div className="whitespace-pre-wrap">
          <Trouble error={error} />
        </div>
        <div className="mt-3 flex gap-2">
          <Button submit kind="main" disabled={busy}>
            {say('Check and add')}
          </Button>
          <Button onClick={onCancel}>{say('Cancel')}</Button>
        </div>
      </form>
    </Card>
  );
}
