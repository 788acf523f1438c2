/** Endpoints of models that the tenant brings itself, with keys that go in and are never shown again. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { DraftButtons, DraftForm, readJson } from './draft-form.tsx';
import { SelectField, TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { money, useSay } from './text.ts';
import { Badge, Button, Card, Empty, Loading, Trouble } from './ui.tsx';

type Endpoint = Operations['modelsPutEndpoint']['params'];
type Dialect = NonNullable<Endpoint['dialect']>;

const EXAMPLE: Endpoint['models'] = [
  { id: 'gpt-4o-mini', tier: 'SLM_A', inputPerMillion: 150_000, outputPerMillion: 600_000 },
];

interface Draft {
  readonly fresh: boolean;
  readonly name: string;
  readonly baseUrl: string;
  readonly dialect: Dialect;
  readonly region: string;
  readonly key: string;
  readonly models: string;
}

const FRESH: Draft = {
  fresh: true,
  name: '',
  baseUrl: '',
  dialect: 'openai',
  region: '',
  key: '',
  models: JSON.stringify(EXAMPLE, null, 2),
};

export function ModelEndpoints() {
  const say = useSay();
  const { session } = useSession();
  const { data, error: unread, again } = useLoad('modelsEndpoints', {});
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<Draft | null>(null);
  const save = ({ name, baseUrl, dialect, region, key, models }: Draft) =>
    act(async () => {
      const put = { name, baseUrl, dialect, models: readJson<Endpoint['models']>(models) };
      const given = { ...(region ? { region } : {}), ...(key ? { key } : {}) };
      await session.client.call('modelsPutEndpoint', { ...put, ...given });
      again();
    }).then(done => done && setDraft(null));
  const remove = (name: string) => {
    if (!window.confirm(say('Remove {name}?', { name }))) return;
    void act(async () => {
      await session.client.call('modelsDeleteEndpoint', { name });
      again();
    });
  };
  const set = (field: keyof Draft) => (value: string) =>
    setDraft(before => before && { ...before, [field]: value });
  return (
    <Card
      title={say('Models of your own')}
      actions={!draft && <Button onClick={() => setDraft(FRESH)}>{say('Add an endpoint')}</Button>}
    >
      <p className="mb-4 text-soft">
        {say(
          'With your own key, at OpenAI, Azure or any server that speaks their protocol. Your agents use them in place of the platform’s, every node within a second.',
        )}
      </p>
      {draft && (
        <DraftForm busy={busy} columns={2} onSave={() => save(draft)} onCancel={() => setDraft(null)}>
          {draft.fresh && (
            <TextField
              label={say('Name')}
              required
              max={60}
              pattern="[\w.\-]+"
              value={draft.name}
              onValue={set('name')}
            />
          )}
          <TextField
            label={say('Address')}
            hint={say('Up to and including the version, such as https://api.openai.com/v1')}
            required
            max={500}
            value={draft.baseUrl}
            onValue={set('baseUrl')}
          />
          <TextField
            label={say('API key')}
            hint={
              draft.fresh ? say('Kept sealed, never shown again.') : say('Empty keeps the one that is there.')
            }
            secret
            max={1_000}
            value={draft.key}
            onValue={set('key')}
          />
          <SelectField
            label={say('Protocol')}
            value={draft.dialect}
            options={[
              ['openai', 'OpenAI'],
              ['azure', 'Azure OpenAI'],
            ]}
            onValue={set('dialect')}
          />
          <TextField
            label={say('Region')}
            hint={say('Where it computes, such as eu; may be empty.')}
            max={40}
            value={draft.region}
            onValue={set('region')}
          />
          <div className="sm:col-span-2">
            <TextField
              label={say('Its models')}
              hint={say(
                'JSON: id, tier (SLM_A, SLM_B, LLM), prices in millionths of a US dollar for a million tokens.',
              )}
              rows={8}
              required
              max={60_000}
              value={draft.models}
              onValue={set('models')}
            />
          </div>
        </DraftForm>
      )}
      <Trouble error={unread ?? error} />
      {!data ? (
        <Loading />
      ) : data.endpoints.length === 0 ? (
        !draft && (
          <Empty title={say('The platform’s models are used')}>
            {say('Bring an endpoint to choose the models, the prices and the place yourself.')}
          </Empty>
        )
      ) : (
        data.endpoints.map(({ name, baseUrl, dialect, region, hasKey, models }) => (
          <section key={name} className="border-line border-t py-4 first:border-0">
            <div className="mb-2 flex flex-wrap items-center gap-2">
              <h3 className="font-medium">{name}</h3>
              <Badge tone={hasKey ? 'good' : 'notice'}>{hasKey ? say('key kept') : say('no key')}</Badge>
              {region && <Badge>{region}</Badge>}
              <code className="min-w-0 flex-1 text-soft text-sm wrap-anywhere">{baseUrl}</code>
              <DraftButtons
                name={name}
                busy={busy}
                onChange={() =>
                  setDraft({
                    fresh: false,
                    name,
                    baseUrl,
                    dialect: dialect ?? 'openai',
                    region: region ?? '',
                    key: '',
                    models: JSON.stringify(models, null, 2),
                  })
                }
                onRemove={() => remove(name)}
              />
            </div>
            <Table
              label={say('Models of {name}', { name })}
              head={[say('Model'), say('Tier'), say('In, a million tokens'), say('Out, a million tokens')]}
            >
              {models.map(({ id, tier, inputPerMillion = 0, outputPerMillion = 0 }) => (
                <tr key={id}>
                  <td className="font-medium wrap-anywhere">{id}</td>
                  <td>{tier}</td>
                  <td>{money(inputPerMillion)}</td>
                  <td>{money(outputPerMillion)}</td>
                </tr>
              ))}
            </Table>
          </section>
        ))
      )}
    </Card>
  );
}
