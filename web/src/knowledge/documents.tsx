/** The documents: who may read each, until when, and taking one away. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { TextField } from '../portal/fields.tsx';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { pathOf } from '../portal/route.ts';
import { Table } from '../portal/table.tsx';
import { number, useSay, when } from '../portal/text.ts';
import { Badge, Button, Card, Empty, Link, Loading, Trouble } from '../portal/ui.tsx';
import { SENSITIVITIES, type Sensitivity, toneOf } from './sensitivity.ts';

const PAGE = 50;

export function Documents() {
  const say = useSay();
  const { session } = useSession();
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const [sought, setSought] = useState('');
  const cursor = cursors.at(-1);
  const { data, error, again } = useLoad('knowledgeList', {
    limit: PAGE,
    expired: true,
    ...(cursor ? { cursor } : {}),
  });
  const { busy, error: failed, act } = useAct();
  const change = (work: () => Promise<unknown>) =>
    act(async () => {
      await work();
      again();
    });
  if (!data) return error ? <Trouble error={error} /> : <Loading />;
  if (data.documents.length === 0 && cursors.length === 1)
    return (
      <Empty
        title={say('No documents yet')}
        action={<Link to={pathOf('knowledge', { tab: 'add' })}>{say('Add documents')}</Link>}
      >
        {say('Your agent answers from what you add here, and says so when it does not know.')}
      </Empty>
    );
  const words = plain(sought);
  const shown = data.documents.filter(({ title }) => plain(title).includes(words));
  return (
    <Card>
      <Trouble error={error ?? failed} />
      <div className="mb-3 max-w-sm">
        <TextField label={say('Find in this list')} max={200} value={sought} onValue={setSought} />
      </div>
      <Table
        label={say('Documents')}
        head={[say('Title'), say('Who may read it'), say('Roles'), say('Passages'), say('Added'), '']}
      >
        {shown.map(document => (
          <tr key={document.id}>
            <td className="min-w-48">
              <p className="font-medium wrap-anywhere">{document.title}</p>
              <Marks document={document} />
            </td>
            <td>
              <select
                aria-label={say('Who may read {name}', { name: document.title })}
                value={document.sensitivity}
                disabled={busy}
                onChange={event =>
                  void change(() =>
                    session.client.call('knowledgeSetAccess', {
                      documentId: document.id,
                      sensitivity: event.target.value as Sensitivity,
                    }),
                  )
                }
                className="min-h-10 rounded-xl border border-line-strong bg-raised px-2"
              >
                {SENSITIVITIES.map(each => (
                  <option key={each} value={each}>
                    {say(each)}
                  </option>
                ))}
              </select>
            </td>
            <td>{document.roles.length > 0 ? document.roles.join(', ') : say('all')}</td>
            <td>{number(document.chunks)}</td>
            <td className="whitespace-nowrap">{when(document.createdAt)}</td>
            <td>
              <Button
                kind="danger"
                disabled={busy || document.legalHold}
                label={say('Remove {name}', { name: document.title })}
                onClick={() => {
                  if (
                    window.confirm(say('Remove {name}? Nobody finds it any more.', { name: document.title }))
                  )
                    void change(() => session.client.call('knowledgeDelete', { documentId: document.id }));
                }}
              >
                {say('Remove')}
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      <div className="mt-3 flex gap-2">
        {cursors.length > 1 && (
          <Button onClick={() => setCursors(cursors.slice(0, -1))}>{say('Newer')}</Button>
        )}
        {data.next && (
          <Button onClick={() => setCursors([...cursors, data.next ?? undefined])}>{say('Older')}</Button>
        )}
      </div>
    </Card>
  );
}

/** Without case and accents, so that "doi tra" finds "Đổi trả". */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().trim();
}

type Document = Operations['knowledgeList']['result']['documents'][number];

function Marks({ document }: { readonly document: Document }) {
  const say = useSay();
  const { sensitivity, expiresAt, legalHold, review, findings, quality, format, language, version } =
    document;
  const expired = expiresAt !== null && Date.parse(expiresAt) < Date.now();
  const suspicious = Object.entries(findings).map(([kind, count]) => `${kind} × ${count}`);
  return (
    <>
      <p className="mt-1 flex flex-wrap items-center gap-1">
        {review && <Badge tone="danger">{say('sensitivity to be decided')}</Badge>}
        {sensitivity !== 'public' && <Badge tone={toneOf(sensitivity)}>{say('staff only')}</Badge>}
        {expiresAt && (
          <Badge tone={expired ? 'danger' : 'notice'}>
            {expired ? say('expired') : say('until {when}', { when: when(expiresAt) })}
          </Badge>
        )}
        {legalHold && <Badge tone="notice">{say('legal hold')}</Badge>}
        {suspicious.length > 0 && (
          <Badge tone="danger">{say('taken out: {what}', { what: suspicious.join(', ') })}</Badge>
        )}
        {quality.map(each => (
          <Badge key={each} tone="notice">
            {each}
          </Badge>
        ))}
        <span className="text-faint text-xs">{[format, language].filter(Boolean).join(' · ')}</span>
      </p>
      {version > 1 && (
        <details className="mt-1 text-xs">
          <summary className="w-fit cursor-pointer text-accent">{say('version {n}', { n: version })}</summary>
          <Versions documentId={document.id} />
        </details>
      )}
    </>
  );
}

function Versions({ documentId }: { readonly documentId: string }) {
  const say = useSay();
  const { data } = useLoad('knowledgeVersions', { documentId });
  return (
    <ul className="mt-1 text-soft">
      {(data?.versions ?? []).map(({ version, characters, replacedAt }) => (
        <li key={version}>
          {say('version {n}', { n: version })}: {say('{n} characters', { n: number(characters) })},{' '}
          {say('until {when}', { when: when(replacedAt) })}
        </li>
      ))}
    </ul>
  );
}
