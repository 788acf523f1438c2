/** Connects an account of a platform: what to bring from there, then what to give to it. Credentials go in and are never shown again. */
import { useState } from 'react';
import { GUIDES, type Guide, newSecret, type Platform } from './channel-guides.ts';
import { SelectField, TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { useSay } from './text.ts';
import { Button, Card, Copyable, Trouble } from './ui.tsx';

const NOTHING = { name: '', account: '', app: '', token: '', secret: '', agent: '' };

interface Given {
  readonly guide: Guide;
  readonly address: string;
  /** The verify token or the secret that was made here: shown now and never again. */
  readonly made: string | null;
}

export function ConnectChannel({
  onConnected,
  onDone,
}: {
  readonly onConnected: () => void;
  readonly onDone: () => void;
}) {
  const say = useSay();
  const [platform, setPlatform] = useState<Platform | null>(null);
  const [given, setGiven] = useState<Given | null>(null);
  const guide = GUIDES.find(each => each.platform === platform);
  return (
    <Card
      title={say('Connect an account')}
      actions={<Button onClick={onDone}>{given ? say('Done') : say('Cancel')}</Button>}
    >
      {given ? (
        <ToGive given={given} />
      ) : (
        <>
          <fieldset>
            <legend className="mb-2 text-soft">{say('Where do your customers write?')}</legend>
            <div className="flex flex-wrap gap-2">
              {GUIDES.map(each => (
                <Button
                  key={each.platform}
                  pressed={each.platform === platform}
                  onClick={() => setPlatform(each.platform)}
                >
                  {say(each.name)}
                </Button>
              ))}
            </div>
          </fieldset>
          {guide && (
            <ToBring
              key={guide.platform}
              guide={guide}
              onGiven={now => {
                setGiven(now);
                onConnected();
              }}
            />
          )}
        </>
      )}
    </Card>
  );
}

function ToBring({ guide, onGiven }: { readonly guide: Guide; readonly onGiven: (given: Given) => void }) {
  const say = useSay();
  const { session } = useSession();
  const { data } = useLoad('agentsList', {});
  const { busy, error, act } = useAct();
  const [form, setForm] = useState(NOTHING);
  const set = (field: keyof typeof NOTHING) => (value: string) =>
    setForm(before => ({ ...before, [field]: value }));
  const connect = () =>
    act(async () => {
      const made = guide.handshake || !guide.secret ? newSecret() : null;
      const { webhookPath } = await session.client.call('channelsConnect', {
        channel: guide.platform,
        name: form.name,
        signingSecrets: [guide.secret ? form.secret : made!],
        accessToken: form.token,
        ...(guide.account ? { externalId: form.account } : {}),
        ...(guide.app ? { appId: form.app } : {}),
        ...(guide.handshake ? { verifyToken: made! } : {}),
        ...(form.agent ? { agent: form.agent } : {}),
      });
      onGiven({ guide, address: location.origin + webhookPath, made });
    });
  const { account, app, token, secret } = guide;
  const agents = (data?.agents ?? []).map(({ manifest }) => [manifest.name, manifest.name] as const);
  return (
    <form
      className="mt-5 grid gap-4 sm:grid-cols-2"
      onSubmit={event => {
        event.preventDefault();
        void connect();
      }}
    >
      <p className="text-soft sm:col-span-2">
        <strong className="font-medium text-ink">{say('1. Bring this.')}</strong> {say(guide.from)}
      </p>
      <TextField
        label={say('Name')}
        hint={say('For your colleagues.')}
        required
        max={200}
        value={form.name}
        onValue={set('name')}
      />
      <SelectField
        label={say('Who answers')}
        value={form.agent}
        options={[['', say('the first agent')], ...agents]}
        onValue={set('agent')}
      />
      {account && (
        <TextField
          label={say(account.label)}
          hint={say(account.hint)}
          required
          max={200}
          value={form.account}
          onValue={set('account')}
        />
      )}
      {app && (
        <TextField
          label={say(app.label)}
          hint={say(app.hint)}
          required
          max={100}
          value={form.app}
          onValue={set('app')}
        />
      )}
      {secret && (
        <TextField
          label={say(secret.label)}
          hint={say(secret.hint)}
          required
          secret
          max={500}
          value={form.secret}
          onValue={set('secret')}
        />
      )}
      <TextField
        label={say(token.label)}
        hint={say(token.hint)}
        required
        secret
        max={4_000}
        value={form.token}
        onValue={set('token')}
      />
      <div className="sm:col-span-2">
        <p className="text-faint text-sm">{say('Secrets are kept sealed and are never shown again.')}</p>
        <Trouble error={error} />
        <div className="mt-2">
          <Button submit kind="main" disabled={busy}>
            {say('Connect')}
          </Button>
        </div>
      </div>
    </form>
  );
}

function ToGive({ given: { guide, address, made } }: { readonly given: Given }) {
  const say = useSay();
  return (
    <div role="status" className="space-y-3">
      <p>
        <strong className="font-medium">{say('2. Give this to the platform.')}</strong> {say(guide.after)}
      </p>
      <Copyable label={say('Webhook address')} value={address} />
      {made !== null && (
        <>
          <Copyable label={guide.handshake ? say('Verify token') : say('Secret')} value={made} />
          <p className="rounded-xl bg-notice-soft px-4 py-2.5 font-medium text-notice text-sm">
            {say('Copy it now: it is shown only here.')}
          </p>
        </>
      )}
      <p className="text-soft">
        {say('3. Write to it as a customer would. As soon as something comes, the account below says so.')}
      </p>
    </div>
  );
}
