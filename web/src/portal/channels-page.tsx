/** Where customers come from: the widget on one's pages, the connected accounts, and what could not be delivered. */
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Loading, Page, Trouble } from './ui.tsx';
import { WidgetSetup } from './widget-setup.tsx';

export default function ChannelsPage() {
  const say = useSay();
  return (
    <Page title={say('Channels')} about={say('Where your customers reach you.')}>
      <WidgetSetup />
      <Accounts />
      <Undelivered />
    </Page>
  );
}

function Accounts() {
  const say = useSay();
  const { session } = useSession();
  const { data, error, again } = useLoad('channelsList', {});
  const { busy, error: failed, act } = useAct();
  const channels = data?.channels ?? [];
  const disconnect = (accountId: string, name: string) => {
    if (!window.confirm(say('Disconnect {name}? Its messages are then refused.', { name }))) return;
    void act(async () => {
      await session.client.call('channelsDisconnect', { accountId });
      again();
    });
  };
  return (
    <Card title={say('Connected accounts')}>
      <Trouble error={error ?? failed} />
      {!data ? (
        <Loading />
      ) : channels.length === 0 ? (
        <Empty title={say('No account is connected')}>
          {say(
            'Messenger, WhatsApp, Telegram, Zalo, TikTok and e-mail are connected over the API: POST /api/v1/channels. The answer has the address to give to the platform.',
          )}
        </Empty>
      ) : (
        <Table
          label={say('Connected accounts')}
          head={[say('Channel'), say('Name'), say('Agent'), say('Webhook'), '']}
        >
          {channels.map(({ accountId, channel, name, agent, webhookPath }) => (
            <tr key={accountId}>
              <td>
                <Badge tone="good">{channel}</Badge>
              </td>
              <td className="font-medium">{name}</td>
              <td>{agent ?? say('the first')}</td>
              <td className="wrap-anywhere">
                <code>{location.origin + webhookPath}</code>
              </td>
              <td>
                <Button
                  kind="danger"
                  disabled={busy}
                  label={say('Disconnect {name}', { name })}
                  onClick={() => disconnect(accountId, name)}
                >
                  {say('Disconnect')}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

function Undelivered() {
  const say = useSay();
  const { session } = useSession();
  const { data, again } = useLoad('channelsUndelivered', {});
  const { busy, error, act } = useAct();
  const rows = data?.undelivered ?? [];
  if (rows.length === 0) return null;
  const settle = (kind: 'inbound' | 'outbound' | 'media', id: string, decision: 'retry' | 'accept') =>
    act(async () => {
      await session.client.call('channelsSettle', { kind, id, decision });
      again();
    });
  return (
    <Card title={say('Not delivered')}>
      <Trouble error={error} />
      <Table
        label={say('Not delivered')}
        head={[say('Direction'), say('State'), say('Why'), say('Tries'), say('When'), '']}
      >
        {rows.map(({ kind, id, state, code, attempts, at }) => (
          <tr key={`${kind} ${id}`}>
            <td>{kind === 'outbound' ? say('went out') : say('came in')}</td>
            <td>
              <Badge tone={state === 'unknown' ? 'notice' : 'danger'}>{state}</Badge>
            </td>
            <td>{code ?? '–'}</td>
            <td>{attempts}</td>
            <td className="whitespace-nowrap">{when(at)}</td>
            <td className="flex gap-2">
              <Button
                disabled={busy}
                label={`${say('Try again')} ${id}`}
                onClick={() => void settle(kind, id, 'retry')}
              >
                {say('Try again')}
              </Button>
              <Button
                disabled={busy}
                label={`${say('Leave it')} ${id}`}
                onClick={() => void settle(kind, id, 'accept')}
              >
                {say('Leave it')}
              </Button>
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
