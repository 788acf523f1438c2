/** What one can do to a run: signal it, hold it, let it go on, cancel it. */
import { useState } from 'react';
import { Field, INPUT } from '../portal/fields.tsx';
import { Told, useAct, useSession } from '../portal/load.ts';
import { useSay } from '../portal/text.ts';
import { Button, Card, Trouble } from '../portal/ui.tsx';
import { hasEnded, type Run } from './states.ts';

export function RunActions({ run }: { readonly run: Run }) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  if (hasEnded(run.phase)) return null;
  const runId = run.id;
  const { client } = session;
  return (
    <Card
      title={say('What you can do')}
      actions={
        <div className="flex flex-wrap gap-2">
          {run.phase === 'suspended' ? (
            <Button disabled={busy} onClick={() => void act(() => client.call('workflowResume', { runId }))}>
              {say('Let it go on')}
            </Button>
          ) : (
            <Button disabled={busy} onClick={() => void act(() => client.call('workflowSuspend', { runId }))}>
              {say('Hold it')}
            </Button>
          )}
          <Button
            kind="danger"
            disabled={busy}
            onClick={() => {
              if (window.confirm(say('Cancel this run? Finished steps that can be undone are undone.')))
                void act(() => client.call('workflowCancel', { runId }));
            }}
          >
            {say('Cancel the run')}
          </Button>
        </div>
      }
    >
      <Trouble error={error} />
      <Signal run={run} />
    </Card>
  );
}

function Signal({ run }: { readonly run: Run }) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const types = [...new Set(run.waitingFor.flatMap(({ eventTypes }) => eventTypes ?? []))];
  const [name, setName] = useState('');
  const [data, setData] = useState('{}');
  const [sent, setSent] = useState(false);
  const named = name || types[0] || '';
  const send = () =>
    act(async () => {
      let given: unknown;
      try {
        given = JSON.parse(data || '{}');
      } catch {
        throw new Told(say('The data are not valid JSON.'));
      }
      await session.client.call('workflowSignal', { runId: run.id, name: named, data: given });
    }).then(setSent);
  return (
    <form
      className="grid items-end gap-3 md:grid-cols-[1fr_1fr_auto]"
      onSubmit={event => {
        event.preventDefault();
        void send();
      }}
    >
      <Field label={say('Signal')}>
        {ids => (
          <>
            <input
              {...ids}
              required
              list="signals"
              value={named}
              onChange={event => {
                setSent(false);
                setName(event.target.value);
              }}
              placeholder="com.example.parcel.arrived"
              className={INPUT}
            />
            <datalist id="signals">
              {types.map(type => (
                <option key={type} value={type} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={say('Data, JSON')}>
        {ids => (
          <input
            {...ids}
            value={data}
            onChange={event => setData(event.target.value)}
            className={`${INPUT} font-mono`}
          />
        )}
      </Field>
      <Button submit disabled={busy || named === ''}>
        {say('Send')}
      </Button>
      <div className="md:col-span-3">
        <Trouble error={error} />
        <p role="status" className="text-soft text-sm">
          {sent
            ? say('Sent.')
            : types.length > 0
              ? say('The run waits for: {types}', { types: types.join(', ') })
              : say('The run waits for no signal now; one that is sent is kept for it.')}
        </p>
      </div>
    </form>
  );
}
