/** The agents: what each is told, what it may use, and a new version of it. */
import { useEffect, useState } from 'react';
import { AgentStages } from './agent-stages.tsx';
import { Field, INPUT } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { go, pathOf, usePlace } from './route.ts';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Link, Loading, Page, Trouble } from './ui.tsx';

export default function AgentsPage() {
  const { query } = usePlace();
  const name = query.get('name');
  return name ? <Agent key={name} name={name} /> : <Agents />;
}

function Agents() {
  const say = useSay();
  const [adding, setAdding] = useState(false);
  const { data, error } = useLoad('agentsList', {});
  const agents = data?.agents ?? [];
  return (
    <Page
      title={say('Agents')}
      about={say('Who answers your customers. Conversations keep to the version that they began with.')}
      actions={!adding && <Button onClick={() => setAdding(true)}>{say('Add an agent')}</Button>}
    >
      {adding && <NewAgent onCancel={() => setAdding(false)} />}
      <Trouble error={error} />
      {!data ? (
        <Loading />
      ) : agents.length === 0 ? (
        <Empty title={say('No agent yet')}>
          {say('Add one: a name, and what it is to do. It may use all of your tools and your knowledge.')}
        </Empty>
      ) : (
        <ul className="grid gap-4 md:grid-cols-2">
          {agents.map(({ manifest, version, createdAt }) => (
            <li key={manifest.name} className="rounded-2xl border border-line bg-panel p-5">
              <h2 className="flex items-center gap-2 font-semibold text-lg">
                <Link to={pathOf('agents', { name: manifest.name })}>{manifest.name}</Link>
                <Badge>{version === 0 ? say('from the settings') : say('version {n}', { n: version })}</Badge>
              </h2>
              <p className="mt-2 line-clamp-3 text-soft">{manifest.instructions}</p>
              <p className="mt-3 text-faint text-sm">
                {manifest.tools ? say('{n} tools', { n: manifest.tools.length }) : say('all tools')}
                {' · '}
                {manifest.knowledge === 'none' ? say('no knowledge') : say('searches the knowledge')}
                {createdAt && ` · ${when(createdAt)}`}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

function NewAgent({ onCancel }: { readonly onCancel: () => void }) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [name, setName] = useState('');
  const [instructions, setInstructions] = useState('');
  const add = () =>
    act(async () => {
      await session.client.call('agentsPut', { name, instructions });
      go(pathOf('agents', { name }));
    });
  return (
    <Card title={say('Add an agent')}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault();
          void add();
        }}
      >
        <Field label={say('Name')} hint={say('Letters, digits and hyphens. It stays.')}>
          {ids => (
            <input
              {...ids}
              required
              pattern="[A-Za-z0-9_\-]+"
              maxLength={100}
              value={name}
              onChange={event => setName(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
        <Field label={say('What the model is told')}>
          {ids => (
            <textarea
              {...ids}
              required
              rows={6}
              maxLength={50_000}
              value={instructions}
              onChange={event => setInstructions(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
        <Trouble error={error} />
        <div className="flex gap-2">
          <Button submit kind="main" disabled={busy}>
            {say('Add')}
          </Button>
          <Button onClick={onCancel}>{say('Cancel')}</Button>
        </div>
      </form>
    </Card>
  );
}

function Agent({ name }: { readonly name: string }) {
  const say = useSay();
  const { session } = useSession();
  const { data, error, again } = useLoad('agentsGet', { name });
  const { busy, error: failed, act } = useAct();
  const [instructions, setInstructions] = useState('');
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    if (data) setInstructions(data.manifest.instructions);
  }, [data]);
  const save = () =>
    act(async () => {
      if (!data) return;
      const seen = await session.client.request('agentsGet', { name });
      await session.client.call(
        'agentsPut',
        { ...data.manifest, instructions },
        // An agent of the settings has no version yet: this makes its first.
        data.version === 0 ? {} : { ifMatch: seen.headers.get('etag') ?? '*' },
      );
      again();
    }).then(setSaved);
  const changed = data !== null && instructions !== data.manifest.instructions;
  return (
    <Page title={name} actions={<Link to="/agents">{say('All agents')}</Link>}>
      <Trouble error={error} />
      {!data ? (
        <Loading />
      ) : (
        <>
          <Card title={say('Instructions')}>
            <form
              onSubmit={event => {
                event.preventDefault();
                void save();
              }}
            >
              <Field
                label={say('What the model is told')}
                hint={say(
                  'Saving makes a new version. To offer choices, have answers end with lines like [[Yes]].',
                )}
              >
                {ids => (
                  <textarea
                    {...ids}
                    rows={12}
                    required
                    maxLength={50_000}
                    value={instructions}
                    onChange={event => {
                      setSaved(false);
                      setInstructions(event.target.value);
                    }}
                    className={INPUT}
                  />
                )}
              </Field>
              <Trouble error={failed} />
              <div className="mt-3 flex items-center gap-3">
                <Button submit kind="main" disabled={busy || !changed}>
                  {say('Save as a new version')}
                </Button>
                <span role="status" className="text-soft text-sm">
                  {saved
                    ? say('Saved: version {n}.', { n: data.version })
                    : data.version > 0 && say('This is version {n}.', { n: data.version })}
                </span>
              </div>
            </form>
          </Card>
          {data.version > 0 && <AgentStages key={data.version} name={name} newest={data.version} />}
          <Card title={say('What it may use')}>
            <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-[12rem_1fr]">
              <dt className="text-soft">{say('Tools')}</dt>
              <dd className="flex flex-wrap gap-1.5">
                {data.manifest.tools
                  ? data.manifest.tools.map(tool => <Badge key={tool}>{tool}</Badge>)
                  : say('all tools')}
              </dd>
              <dt className="text-soft">{say('Knowledge')}</dt>
              <dd>
                {data.manifest.knowledge === 'none' ? say('no knowledge') : say('searches the knowledge')}
              </dd>
              <dt className="text-soft">{say('May hand over to')}</dt>
              <dd>
                {data.manifest.handOffs?.map(({ agent }) => agent).join(', ') || say('nobody but people')}
              </dd>
              <dt className="text-soft">{say('Never says')}</dt>
              <dd>{data.manifest.guardRails?.neverSay.join(' · ') || '–'}</dd>
            </dl>
          </Card>
        </>
      )}
    </Page>
  );
}
