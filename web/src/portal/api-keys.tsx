/** API keys: which there are, a new one that is shown once, and the end of one. */
import { useState } from 'react';
import { Field, INPUT } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Trouble } from './ui.tsx';

const SCOPES = ['chat', 'knowledge', 'operate', 'models', 'members', 'keys', 'view'] as const;
type Scope = (typeof SCOPES)[number];

export function ApiKeys() {
  const say = useSay();
  const { session, me } = useSession();
  const { data, error, again } = useLoad('keysList', {});
  const { busy, error: failed, act } = useAct();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['chat']);
  const [made, setMade] = useState<string | null>(null);
  const keys = (data?.keys ?? []).filter(({ revokedAt }) => revokedAt === null);
  const make = () =>
    act(async () => {
      const { apiKey } = await session.client.call('keysCreate', { name, scopes });
      setMade(apiKey);
      setName('');
      again();
    });
  const revoke = (keyId: string, named: string) => {
    if (
      !window.confirm(say('End the key {name}? Programs that use it are refused at once.', { name: named }))
    )
      return;
    void act(async () => {
      await session.client.call('keysRevoke', { keyId });
      again();
    });
  };
  return (
    <Card title={say('API keys')}>
      <Trouble error={error ?? failed} />
      <div role="status">
        {made && (
          <div className="mb-4 rounded-xl bg-notice-soft p-4 text-notice">
            <p className="font-medium">{say('Copy this key now: it is shown only here.')}</p>
            <code className="wrap-anywhere">{made}</code>
          </div>
        )}
      </div>
      {data && keys.length === 0 ? (
        <Empty title={say('No API key yet')}>
          {say('Programs of yours call the platform with one. Make it below.')}
        </Empty>
      ) : (
        <Table
          label={say('API keys')}
          head={[say('Name'), say('Begins with'), say('May'), say('Last used'), '']}
        >
          {keys.map(key => (
            <tr key={key.keyId}>
              <td className="font-medium wrap-anywhere">{key.name}</td>
              <td>
                <code>{key.prefix ?? '–'}…</code>
              </td>
              <td>
                <span className="space-x-1">
                  {key.scopes.map(scope => (
                    <Badge key={scope}>{scope}</Badge>
                  ))}
                </span>
              </td>
              <td className="whitespace-nowrap">{when(key.lastUsedAt)}</td>
              <td>
                <Button
                  kind="danger"
                  disabled={busy}
                  label={say('End {name}', { name: key.name })}
                  onClick={() => revoke(key.keyId, key.name)}
                >
                  {say('End')}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <form
        className="mt-5 space-y-3 border-line border-t pt-4"
        onSubmit={event => {
          event.preventDefault();
          void make();
        }}
      >
        <Field label={say('Name of a new key')}>
          {ids => (
            <input
              {...ids}
              required
              maxLength={200}
              value={name}
              onChange={event => setName(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
        <fieldset>
          <legend className="font-medium text-sm">{say('What it may do')}</legend>
          <div className="mt-1 flex flex-wrap gap-x-5">
            {SCOPES.filter(scope => me.scopes.includes(scope)).map(scope => (
              <label key={scope} className="flex min-h-10 items-center gap-2">
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  onChange={event =>
                    setScopes(
                      event.target.checked ? [...scopes, scope] : scopes.filter(each => each !== scope),
                    )
                  }
                  className="size-5 accent-accent"
                />
                {scope}
              </label>
            ))}
          </div>
        </fieldset>
        <Button submit kind="main" disabled={busy || scopes.length === 0}>
          {say('Make a key')}
        </Button>
      </form>
    </Card>
  );
}
