/** Configs by environment, secrets among them, each version kept with who made it. */
import { useId, useState } from 'react';
import { DraftButtons, DraftForm } from './draft-form.tsx';
import { Field, INPUT, TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Loading, Trouble } from './ui.tsx';
import { Versions } from './versions.tsx';
import { useWho } from './who.ts';

const ENVIRONMENTS = ['default', 'production', 'staging'] as const;
const SHOWN = 120;

interface Draft {
  readonly key: string;
  readonly version: number;
  readonly value: string;
  readonly secret: boolean;
}

export function Configs() {
  const say = useSay();
  const who = useWho();
  const listId = useId();
  const { session } = useSession();
  const [environment, setEnvironment] = useState<string>('default');
  const { data, error: unread, again } = useLoad('configsList', environment ? { environment } : null);
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [history, setHistory] = useState<string | null>(null);
  const save = ({ key, value, secret, version }: Draft) =>
    act(async () => {
      const put = { environment, key, value: readValue(value), secret, ifVersion: version };
      await session.client.call('configsPut', put);
      again();
    }).then(done => done && setDraft(null));
  const remove = (key: string) => {
    if (!window.confirm(say('Remove {name}?', { name: key }))) return;
    void act(async () => {
      await session.client.call('configsRemove', { environment, key });
      again();
    });
  };
  const configs = (data?.configs ?? []).filter(({ removed }) => !removed);
  return (
    <Card
      title={say('Configs')}
      actions={
        !draft && (
          <Button onClick={() => setDraft({ key: '', version: 0, value: '', secret: false })}>
            {say('Add a config')}
          </Button>
        )
      }
    >
      <div className="mb-4 max-w-xs">
        <Field label={say('Environment')} hint={say('What another lacks is taken from “default”.')}>
          {ids => (
            <>
              <input
                {...ids}
                list={listId}
                maxLength={200}
                value={environment}
                onChange={event => setEnvironment(event.target.value.trim())}
                className={INPUT}
              />
              <datalist id={listId}>
                {ENVIRONMENTS.map(each => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      {draft && (
        <DraftForm busy={busy} onSave={() => save(draft)} onCancel={() => setDraft(null)}>
          {draft.version === 0 && (
            <TextField
              label={say('Key')}
              required
              max={200}
              value={draft.key}
              onValue={key => setDraft({ ...draft, key })}
            />
          )}
          <TextField
            label={draft.version === 0 ? say('Value') : say('Value of {name}', { name: draft.key })}
            hint={say('JSON; anything else is kept as text.')}
            rows={draft.secret ? 1 : 4}
            secret={draft.secret}
            required
            max={60_000}
            value={draft.value}
            onValue={value => setDraft({ ...draft, value })}
          />
          <label className="flex min-h-11 items-center gap-3">
            <input
              type="checkbox"
              checked={draft.secret}
              onChange={event => setDraft({ ...draft, secret: event.target.checked })}
              className="size-5 accent-accent"
            />
            {say('A secret: kept sealed, used but never told again')}
          </label>
        </DraftForm>
      )}
      <Trouble error={unread ?? error} />
      {!data ? (
        <Loading />
      ) : configs.length === 0 && !draft ? (
        <Empty title={say('No config here yet')}>
          {say('Workflows and tools read configs of their environment.')}
        </Empty>
      ) : (
        <Table label={say('Configs')} head={[say('Key'), say('Value'), say('Who'), say('When'), '']}>
          {configs.map(({ key, version, value, secret, changedAt, changedBy }) => (
            <tr key={key}>
              <td className="font-medium wrap-anywhere">{key}</td>
              <td className="wrap-anywhere">
                {secret ? <Badge tone="notice">{say('sealed')}</Badge> : <code>{shortOf(value)}</code>}
              </td>
              <td className="wrap-anywhere">{who(changedBy)}</td>
              <td className="whitespace-nowrap">{when(changedAt)}</td>
              <td>
                <span className="flex flex-wrap gap-2">
                  <DraftButtons
                    name={key}
                    busy={busy}
                    history={history === key}
                    onChange={() =>
                      setDraft({ key, version, secret, value: secret ? '' : JSON.stringify(value, null, 2) })
                    }
                    onHistory={() => setHistory(history === key ? null : key)}
                    onRemove={() => remove(key)}
                  />
                </span>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {history && (
        <div className="mt-4">
          <ConfigHistory key={`${environment} ${history}`} environment={environment} name={history} />
        </div>
      )}
    </Card>
  );
}

function ConfigHistory({ environment, name }: { readonly environment: string; readonly name: string }) {
  const { data } = useLoad('configsHistory', { environment, key: name });
  const versions = data?.versions.map(({ value, secret, ...rest }) => ({
    ...rest,
    value: secret ? undefined : value,
  }));
  return <Versions name={name} versions={versions ?? null} />;
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a text without quotes, as people write it
  }
}

function shortOf(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
