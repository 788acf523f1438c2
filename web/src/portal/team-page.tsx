/** Who works here and with what: people with their roles, and API keys. */
import { useState } from 'react';
import { ApiKeys } from './api-keys.tsx';
import { Field, INPUT } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Loading, Page, Trouble } from './ui.tsx';

const ROLES = ['owner', 'admin', 'agent', 'viewer'] as const;
type Role = (typeof ROLES)[number];

export default function TeamPage() {
  const say = useSay();
  const { me } = useSession();
  return (
    <Page title={say('Team and keys')} about={say('{name}, plan {plan}', { name: me.name, plan: me.plan })}>
      <People />
      {me.scopes.includes('keys') && <ApiKeys />}
    </Page>
  );
}

function People() {
  const say = useSay();
  const { session, me } = useSession();
  const { data, error, again } = useLoad('membersList', {});
  const { busy, error: failed, act } = useAct();
  const [invited, setInvited] = useState<string | null>(null);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('agent');
  const manages = me.scopes.includes('members');
  const change = (work: () => Promise<unknown>) =>
    act(async () => {
      await work();
      again();
    });
  const invite = () =>
    change(() => session.client.call('membersInvite', { email, role })).then(done => {
      if (!done) return;
      setInvited(email);
      setEmail('');
    });
  const link = `${location.origin}/sign-in?tenant=${me.tenantId}`;
  return (
    <Card title={say('People')}>
      <Trouble error={error ?? failed} />
      {!data ? (
        <Loading />
      ) : (
        <Table
          label={say('People')}
          head={[say('E-mail'), say('Role'), say('State'), say('Last signed in'), ...(manages ? [''] : [])]}
        >
          {data.members.map(member => (
            <tr key={member.userId}>
              <td className="font-medium wrap-anywhere">{member.email}</td>
              <td>
                {manages ? (
                  <select
                    aria-label={say('Role of {name}', { name: member.email })}
                    value={member.role}
                    disabled={busy}
                    onChange={event =>
                      void change(() =>
                        session.client.call('membersChangeRole', {
                          userId: member.userId,
                          role: event.target.value as Role,
                        }),
                      )
                    }
                    className="min-h-10 rounded-xl border border-line-strong bg-raised px-2"
                  >
                    {ROLES.map(each => (
                      <option key={each} value={each}>
                        {say(each)}
                      </option>
                    ))}
                  </select>
                ) : (
                  say(member.role)
                )}
              </td>
              <td>
                <Badge tone={member.state === 'active' ? 'good' : 'notice'}>{say(member.state)}</Badge>
              </td>
              <td className="whitespace-nowrap">{when(member.signedInAt)}</td>
              {manages && (
                <td>
                  <Button
                    kind="danger"
                    disabled={busy}
                    label={say('Remove {name}', { name: member.email })}
                    onClick={() => {
                      if (
                        window.confirm(
                          say('Remove {name}? Every sign-in of theirs ends.', { name: member.email }),
                        )
                      )
                        void change(() => session.client.call('membersRemove', { userId: member.userId }));
                    }}
                  >
                    {say('Remove')}
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      {data?.members.length === 0 && (
        <p className="text-soft">{say('Nobody yet: invite the first person below.')}</p>
      )}
      {manages && (
        <form
          className="mt-5 grid items-end gap-3 border-line border-t pt-4 sm:grid-cols-[1fr_auto_auto]"
          onSubmit={event => {
            event.preventDefault();
            void invite();
          }}
        >
          <Field label={say('Invite by e-mail')}>
            {ids => (
              <input
                {...ids}
                type="email"
                required
                value={email}
                onChange={event => setEmail(event.target.value)}
                className={INPUT}
              />
            )}
          </Field>
          <Field label={say('Role')}>
            {ids => (
              <select
                {...ids}
                value={role}
                onChange={event => setRole(event.target.value as Role)}
                className={INPUT}
              >
                {ROLES.map(each => (
                  <option key={each} value={each}>
                    {say(each)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Button submit kind="main" disabled={busy}>
            {say('Invite')}
          </Button>
        </form>
      )}
      <p role="status" className="mt-2 text-soft text-sm">
        {invited && say('A letter with a link is on its way to {name}.', { name: invited })}
      </p>
      <p className="mt-2 text-faint text-sm wrap-anywhere">
        {say('They sign in at')} {link}
      </p>
    </Card>
  );
}
