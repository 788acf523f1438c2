/** Events that could not be processed, to be given again, and the lists that can be made anew from the journal. */
import { useState } from 'react';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { number, useSay, when } from './text.ts';
import { Button, Card, Empty, Loading, Trouble } from './ui.tsx';

const CONSUMERS = [
  ['metering', 'Usage'],
  ['conversations', 'List of conversations'],
  ['conversation-terms', 'Search in conversations'],
  ['workflow-runs', 'List of runs'],
] as const;

export function EventCare() {
  return (
    <>
      <DeadLetters />
      <Rebuild />
    </>
  );
}

function DeadLetters() {
  const say = useSay();
  const { session } = useSession();
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
  const cursor = pages.at(-1) ?? null;
  const { data, error: unread, again } = useLoad('eventsDeadLetters', cursor ? { cursor } : {});
  const { busy, error, act } = useAct();
  const [told, setTold] = useState('');
  const replay = (id: string) =>
    act(async () => {
      setTold('');
      const { replayed, code } = await session.client.call('eventsReplay', { id });
      setTold(replayed ? say('It has been processed.') : say('It failed again: {why}', { why: code ?? '' }));
      again();
    });
  return (
    <Card title={say('Events that could not be processed')}>
      <Trouble error={unread ?? error} />
      <p role="status" className="mb-2 text-soft text-sm">
        {told}
      </p>
      {!data ? (
        <Loading />
      ) : data.deadLetters.length === 0 ? (
        <Empty title={say('Every event was processed')}>
          {say('One that fails several times is kept here, so that nothing is lost.')}
        </Empty>
      ) : (
        <>
          <Table
            label={say('Events that could not be processed')}
            head={[say('Event'), say('For'), say('Why'), say('Tries'), say('When'), '']}
          >
            {data.deadLetters.map(({ id, consumer, type, eventId, code, attempts, at }) => (
              <tr key={id}>
                <td className="wrap-anywhere" title={eventId}>
                  {type || eventId}
                </td>
                <td>{consumer}</td>
                <td>{code}</td>
                <td>{attempts}</td>
                <td className="whitespace-nowrap">{when(at)}</td>
                <td>
                  <Button
                    disabled={busy}
                    label={`${say('Try again')} ${eventId}`}
                    onClick={() => void replay(id)}
                  >
                    {say('Try again')}
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
          <div className="mt-3 flex gap-2">
            {pages.length > 1 && <Button onClick={() => setPages(pages.slice(0, -1))}>{say('Newer')}</Button>}
            {data.next !== null && (
              <Button onClick={() => setPages([...pages, data.next])}>{say('Older')}</Button>
            )}
          </div>
        </>
      )}
    </Card>
  );
}

function Rebuild() {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [done, setDone] = useState('');
  const rebuild = (consumer: (typeof CONSUMERS)[number][0], name: string) =>
    act(async () => {
      setDone('');
      const { rows } = await session.client.call('eventsRebuild', { consumer });
      setDone(say('{name}: made anew from {n} rows.', { name: say(name), n: number(rows) }));
    });
  return (
    <Card title={say('Make a list anew')}>
      <p className="mb-3 text-soft">
        {say('From the journal, where everything stands. The old rows answer until the new ones are there.')}
      </p>
      <Trouble error={error} />
      <div className="flex flex-wrap gap-2">
        {CONSUMERS.map(([consumer, name]) => (
          <Button key={consumer} disabled={busy} onClick={() => void rebuild(consumer, name)}>
            {say(name)}
          </Button>
        ))}
      </div>
      <p role="status" className="mt-2 text-soft text-sm">
        {busy ? say('Reading…') : done}
      </p>
    </Card>
  );
}
