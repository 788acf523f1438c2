/** The connected accounts: how each does, where its platform calls, and the way out. */
import { GUIDES } from './channel-guides.ts';
import { ChannelTemplate } from './channel-template.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Copyable, Empty, Loading, Trouble } from './ui.tsx';

const LOOK_MS = 10_000;

const HEALTH = {
  working: ['good', 'works'],
  silent: ['plain', 'nothing has come yet'],
  unverified: ['danger', 'its signature does not fit'],
  failing: ['danger', 'answers do not arrive'],
} as const;

const ADVICE = {
  working: '',
  silent: 'Write to it as a customer would. If nothing comes, look at the address that the platform has.',
  unverified:
    'Something came that was not signed by the secret that you gave. Copy it again from the platform and connect the account anew.',
  failing:
    'The platform did not take the last answer: look at the access token, and below at what was not delivered.',
} as const;

export function ChannelAccounts() {
  const say = useSay();
  const { session } = useSession();
  const { data, error, again } = useLoad('channelsList', {});
  const health = useLoad('channelsHealth', {}, LOOK_MS);
  const { busy, error: failed, act } = useAct();
  const disconnect = (accountId: string, name: string) => {
    if (!window.confirm(say('Disconnect {name}? Its messages are then refused.', { name }))) return;
    void act(async () => {
      await session.client.call('channelsDisconnect', { accountId });
      again();
    });
  };
  if (!data && !error) return <Loading />;
  return (
    <>
      <Trouble error={error ?? failed ?? health.error} />
      {data?.channels.length === 0 && (
        <Empty title={say('No account is connected')}>
          {say('Messenger, Instagram, WhatsApp, Telegram, Zalo, TikTok and e-mail can be connected.')}
        </Empty>
      )}
      {data?.channels.map(account => {
        const { accountId, channel, name, agent, externalId, webhookPath } = account;
        const now = health.data?.accounts.find(each => each.accountId === accountId);
        return (
          <Card
            key={accountId}
            title={name}
            actions={
              <Button
                kind="danger"
                disabled={busy}
                label={say('Disconnect {name}', { name })}
                onClick={() => disconnect(accountId, name)}
              >
                {say('Disconnect')}
              </Button>
            }
          >
            <p className="mb-3 flex flex-wrap items-center gap-2" data-testid="account">
              <Badge>{say(GUIDES.find(each => each.platform === channel)?.name ?? channel)}</Badge>
              {now && <Badge tone={HEALTH[now.health][0]}>{say(HEALTH[now.health][1])}</Badge>}
              <span className="text-soft text-sm">
                {[externalId, agent && say('answered by {name}', { name: agent })]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </p>
            {now && ADVICE[now.health] !== '' && <p className="mb-3 text-soft">{say(ADVICE[now.health])}</p>}
            <Copyable label={say('Webhook address')} value={location.origin + webhookPath} />
            {now && (
              <dl className="mt-3 grid gap-x-6 gap-y-1 text-sm sm:grid-cols-2 [&>div]:flex [&>div]:justify-between [&>div]:gap-4 [&_dt]:text-soft">
                <div>
                  <dt>{say('Heard last')}</dt>
                  <dd>{when(now.receivedAt)}</dd>
                </div>
                <div>
                  <dt>{say('Answered last')}</dt>
                  <dd>{when(now.sentAt)}</dd>
                </div>
                <div>
                  <dt>{say('Last failure')}</dt>
                  <dd>{now.failedAt ? `${now.failure ?? ''} ${when(now.failedAt)}` : '–'}</dd>
                </div>
                <div>
                  <dt>{say('Not signed by its secret')}</dt>
                  <dd>{when(now.refusedAt)}</dd>
                </div>
                <div>
                  <dt>{say('Waiting to be handled')}</dt>
                  <dd>{now.waiting}</dd>
                </div>
                <div>
                  <dt>{say('Not delivered')}</dt>
                  <dd>{now.undelivered}</dd>
                </div>
              </dl>
            )}
            <ChannelTemplate account={account} onChanged={again} />
          </Card>
        );
      })}
    </>
  );
}
