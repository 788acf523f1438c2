/** Who changed what, and whether the log is as it was written. */
import { useState } from 'react';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Json, Loading, Page, Trouble } from './ui.tsx';
import { useWho } from './who.ts';

const PAGE = 100;

export default function AuditPage() {
  const say = useSay();
  const who = useWho();
  const { session } = useSession();
  const [pages, setPages] = useState<readonly number[]>([0]);
  const before = pages.at(-1)!;
  const { data, error } = useLoad('auditList', { before, limit: PAGE });
  const { busy, error: failed, act } = useAct();
  const [verdict, setVerdict] = useState<{ intact: boolean; entries: number } | null>(null);
  const verify = () =>
    act(async () => {
      const { intact, entries } = await session.client.call('auditVerify', {});
      setVerdict({ intact, entries });
    });
  const entries = data?.entries ?? [];
  return (
    <Page
      title={say('Audit log')}
      about={say(
        'Every change of settings and access, newest first. Entries are chained, so that none can be altered unseen.',
      )}
      actions={
        <Button disabled={busy} onClick={() => void verify()}>
          {busy ? say('Checking…') : say('Check the chain')}
        </Button>
      }
    >
      <Trouble error={error ?? failed} />
      <p role="status" className="mb-3">
        {verdict && (
          <Badge tone={verdict.intact ? 'good' : 'danger'}>
            {verdict.intact
              ? say('All {n} entries are as they were written.', { n: verdict.entries })
              : say('The chain is broken after {n} entries.', { n: verdict.entries })}
          </Badge>
        )}
      </p>
      {!data ? (
        <Loading />
      ) : entries.length === 0 ? (
        <Empty title={say('Nothing was changed yet')}>
          {say('Changes of settings, keys and people are written here.')}
        </Empty>
      ) : (
        <Card>
          <Table
            label={say('Audit log')}
            head={['#', say('When'), say('Who'), say('What'), say('Of'), say('Details')]}
          >
            {entries.map(({ seq, at, actor, action, target, detail }) => (
              <tr key={seq}>
                <td>{seq}</td>
                <td className="whitespace-nowrap">{when(at)}</td>
                <td className="wrap-anywhere">{who(actor)}</td>
                <td className="whitespace-nowrap font-medium">{action}</td>
                <td className="wrap-anywhere">{target}</td>
                <td>
                  <details>
                    <summary className="cursor-pointer whitespace-nowrap text-accent">{say('Show')}</summary>
                    <Json value={JSON.parse(detail)} label={say('Details')} />
                  </details>
                </td>
              </tr>
            ))}
          </Table>
        </Card>
      )}
      <div className="flex gap-2">
        {pages.length > 1 && <Button onClick={() => setPages(pages.slice(0, -1))}>{say('Newer')}</Button>}
        {data?.next !== undefined && (
          <Button onClick={() => setPages([...pages, data.next!])}>{say('Older')}</Button>
        )}
      </div>
    </Page>
  );
}
