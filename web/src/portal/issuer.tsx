/** Sign-in by the tenant's own OpenID Connect issuer. */
import { useEffect, useState } from 'react';
import { SelectField, TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { useSay } from './text.ts';
import { Badge, Button, Card, Copyable, Loading, Trouble } from './ui.tsx';

const ROLES = ['viewer', 'agent', 'admin'] as const;
type Role = (typeof ROLES)[number];

export function Issuer() {
  const say = useSay();
  const { session, me } = useSession();
  const { data, error: unread, again } = useLoad('oidcConfigured', {});
  const { busy, error, act } = useAct();
  const [form, setForm] = useState({ issuer: '', clientId: '', clientSecret: '' });
  const [role, setRole] = useState<Role>('agent');
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    if (!data?.issuer) return;
    const { issuer, clientId, defaultRole } = data.issuer;
    setForm({ issuer, clientId, clientSecret: '' });
    setRole(defaultRole);
  }, [data]);
  const set = (field: keyof typeof form) => (value: string) => {
    setSaved(false);
    setForm(before => ({ ...before, [field]: value }));
  };
  const save = () =>
    act(async () => {
      await session.client.call('oidcConfigure', { ...form, defaultRole: role });
      again();
    }).then(setSaved);
  const remove = () => {
    if (!window.confirm(say('Nobody can sign in by this issuer any more. Go on?'))) return;
    void act(async () => {
      await session.client.call('oidcRemove', {});
      setForm({ issuer: '', clientId: '', clientSecret: '' });
      again();
    });
  };
  if (!data && !unread) return <Loading />;
  return (
    <Card
      title={say('Sign in with your company account')}
      actions={<Badge tone={data?.issuer ? 'good' : 'plain'}>{data?.issuer ? say('on') : say('off')}</Badge>}
    >
      <Trouble error={unread} />
      <p className="mb-4 text-soft">
        {say('By any OpenID Connect issuer: Google Workspace, Microsoft Entra, Okta, Keycloak.')}
      </p>
      <div className="mb-5 space-y-3">
        <Copyable label={say('Redirect address to allow there')} value={`${location.origin}/sign-in`} />
        {data?.issuer && (
          <Copyable
            label={say('Link for your people')}
            value={`${location.origin}/sign-in?way=issuer&tenant=${me.tenantId}`}
          />
        )}
      </div>
      <form
        className="grid gap-4 sm:grid-cols-2"
        onSubmit={event => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField
          label={say('Issuer')}
          hint={say('Its address, such as https://login.example.com')}
          required
          max={500}
          value={form.issuer}
          onValue={set('issuer')}
        />
        <TextField
          label={say('Client id')}
          required
          max={300}
          value={form.clientId}
          onValue={set('clientId')}
        />
        <TextField
          label={say('Client secret')}
          hint={say('Kept sealed; to change anything, give it again.')}
          required
          secret
          max={500}
          value={form.clientSecret}
          onValue={set('clientSecret')}
        />
        <SelectField
          label={say('Who comes the first time is')}
          value={role}
          options={ROLES.map(each => [each, say(each)] as const)}
          onValue={setRole}
        />
        <div className="sm:col-span-2">
          <Trouble error={error} />
          <div className="flex flex-wrap items-center gap-3">
            <Button submit kind="main" disabled={busy}>
              {busy ? say('Asking the issuer…') : say('Save')}
            </Button>
            {data?.issuer && (
              <Button kind="danger" disabled={busy} onClick={remove}>
                {say('Remove the issuer')}
              </Button>
            )}
            <span role="status" className="text-soft text-sm">
              {saved && say('Saved: the issuer answers.')}
            </span>
          </div>
        </div>
      </form>
    </Card>
  );
}
