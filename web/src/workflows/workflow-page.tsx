/** One workflow: its graph, its runs, its text, and starting it. */
import { useState } from 'react';
import { Field, INPUT } from '../portal/fields.tsx';
import { Told, useAct, useLoad, useSession } from '../portal/load.ts';
import { go, pathOf } from '../portal/route.ts';
import { useSay } from '../portal/text.ts';
import { Button, Card, Json, Link, Loading, Page, Trouble } from '../portal/ui.tsx';
import { AddWorkflow } from './add-workflow.tsx';
import { RunGraph } from './run-graph.tsx';
import { Runs } from './workflows-page.tsx';

const NO_STATES = new Map();

export function WorkflowPage({ name }: { readonly name: string }) {
  const say = useSay();
  const [version, setVersion] = useState('');
  const [changing, setChanging] = useState(false);
  const { data, error, again } = useLoad('orchestratorWorkflow', { name, ...(version ? { version } : {}) });
  return (
    <Page title={name} actions={<Link to="/workflows">{say('All workflows')}</Link>}>
      <Trouble error={error} />
      {!data ? (
        !error && <Loading />
      ) : (
        <>
          <Start key={data.version} name={name} version={data.version} definition={data.definition} />
          <Card
            title={say('Graph')}
            actions={
              <label className="flex items-center gap-2 text-sm">
                {say('Version')}
                <select
                  value={data.version}
                  onChange={event => setVersion(event.target.value)}
                  className={`${INPUT} mt-0 w-auto`}
                >
                  {data.versions.map(each => (
                    <option key={each} value={each}>
                      {each}
                    </option>
                  ))}
                </select>
              </label>
            }
          >
            <RunGraph graph={data.graph} states={NO_STATES} chosen={null} onChoose={() => undefined} />
          </Card>
          <Runs workflow={name} />
          {changing ? (
            <AddWorkflow
              source={data.source}
              onDone={() => {
                setChanging(false);
                setVersion('');
                again();
              }}
              onCancel={() => setChanging(false)}
            />
          ) : (
            <Card
              title={say('Text')}
              actions={<Button onClick={() => setChanging(true)}>{say('Make a new version')}</Button>}
            >
              <Json value={data.source} label={say('Text')} />
            </Card>
          )}
        </>
      )}
    </Page>
  );
}

/** An input to begin with: what the document's own schema names, else nothing. */
function sampleOf(definition: unknown): string {
  const schema = (
    definition as {
      input?: {
        schema?: { document?: { properties?: Record<string, { type?: string; example?: unknown }> } };
      };
    }
  )?.input?.schema?.document;
  const fields = Object.entries(schema?.properties ?? {}).map(([field, { type, example }]) => [
    field,
    example ??
      (type === 'number' || type === 'integer'
        ? 1
        : type === 'array'
          ? []
          : type === 'object'
            ? {}
            : type === 'boolean'
              ? false
              : ''),
  ]);
  return JSON.stringify(Object.fromEntries(fields), null, 2);
}

function Start({
  name,
  version,
  definition,
}: {
  readonly name: string;
  readonly version: string;
  readonly definition: unknown;
}) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [input, setInput] = useState(() => sampleOf(definition));
  const start = () =>
    act(async () => {
      let given: unknown;
      try {
        given = JSON.parse(input || '{}');
      } catch {
        throw new Told(say('The input is not valid JSON.'));
      }
      const { id } = await session.client.call('orchestratorStart', { name, version, input: given });
      go(pathOf('workflows', { run: id }));
    });
  return (
    <Card title={say('Start a run')}>
      <form
        onSubmit={event => {
          event.preventDefault();
          void start();
        }}
      >
        <Field label={say('Input, JSON')}>
          {ids => (
            <textarea
              {...ids}
              rows={5}
              spellCheck={false}
              value={input}
              onChange={event => setInput(event.target.value)}
              className={`${INPUT} font-mono text-sm`}
            />
          )}
        </Field>
        <Trouble error={error} />
        <div className="mt-3">
          <Button submit kind="main" disabled={busy}>
            {say('Start')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
