/** What came in and could not be handled, and what went out and did not certainly arrive: a person decides. */
import { useAct, useLoad, useSession } from './load.ts';
import { pathOf } from './route.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Link, Loading, Trouble } from './ui.tsx';

const LOOK_MS = 10_000;

const STATES: Readonly<Record<string, string>> = {
  dead: 'given up',
  unknown: 'may have arrived',
  refused: 'refused by the platform',
  parked: 'waits for the customer to write',
};

export function Undelivered() {
  const say = useSay();
  const { session } = useSession();
  const { data, error: unread, again } = useLoad('channelsUndelivered', {}, LOOK_MS);
  const { busy, error, act } = useAct();
  const settle = (kind: 'inbound' | 'outbound' | 'media', id: string, decision: 'retry' | 'accept') =>
    act(async () => {
      await session.client.call('channelsSettle', { kind, id, decision });
      again();
    });
  return (
    <Card title={say('Not delivered')}>
      <Trouble error={unread ?? error} />
      {!data ? (
        <Loading />
      ) : data.undelivered.length === 0 ? (
        <Empty title={say('Everything has arrived')}>
          {say('What a platform does not take, and what may not have arrived, waits here for you.')}
        </Empty>
      ) : (
        <Table
          label={say('Not delivered')}
          head={[
            say('Direction'),
            say('State'),
            say('Why'),
            say('Tries'),
            say('When'),
            say('Conversation'),
            '',
          ]}
        >
          {data.undelivered.map(({ kind, id, state, code, attempts, at, conversationId }) => (
            <tr key={`${kind} ${id}`}>
              <td>
                {kind === 'outbound' ? say('went out') : kind === 'media' ? say('a file') : say('came in')}
              </td>
              <td>
                <Badge tone={state === 'unknown' || state === 'parked' ? 'notice' : 'danger'}>
                  {say(STATES[state] ?? state)}
                </Badge>
              </td>
              <td>{code ?? '–'}</td>
              <td>{attempts}</td>
              <td className="whitespace-nowrap">{when(at)}</td>
              <td>
                {conversationId ? (
                  <Link to={pathOf('inbox', { c: conversationId })}>{say('Open')}</Link>
                ) : (
                  '–'
                )}
              </td>
              <td>
                <span className="flex gap-2">
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
                </span>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}
