/** Pages that are fetched, by their addresses or by a site's map; and how far everything is that was accepted to be taken in. */
import { useState } from 'react';
import { Field, INPUT } from '../portal/fields.tsx';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { Table } from '../portal/table.tsx';
import { useSay, when } from '../portal/text.ts';
import { Badge, Button, Card, Trouble } from '../portal/ui.tsx';
import type { Sensitivity } from './sensitivity.ts';

const LOOK_MS = 1_500;

export function WebPages({
  sensitivity,
  onBegun,
}: {
  readonly sensitivity: Sensitivity;
  readonly onBegun: () => void;
}) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [kind, setKind] = useState<'urls' | 'sitemap'>('urls');
  const [addresses, setAddresses] = useState('');
  const [begun, setBegun] = useState<number | null>(null);
  const begin = () =>
    act(async () => {
      const lines = addresses.split(/\s+/).filter(Boolean);
      const given = kind === 'urls' ? { urls: lines } : { sitemap: lines[0] ?? '' };
      const { items } = await session.client.call('ingestionStart', { ...given, sensitivity });
      setBegun(items);
      setAddresses('');
      onBegun();
    });
  return (
    <Card title={say('Pages of the web')}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault();
          void begin();
        }}
      >
        <Field label={say('Given as')}>
          {ids => (
            <select
              {...ids}
              value={kind}
              onChange={event => setKind(event.target.value as typeof kind)}
              className={`${INPUT} max-w-xs`}
            >
              <option value="urls">{say('addresses')}</option>
              <option value="sitemap">{say('a site’s sitemap.xml')}</option>
            </select>
          )}
        </Field>
        <Field
          label={kind === 'urls' ? say('Addresses, one a line') : say('Address of the sitemap')}
          hint={say('Pages are fetched as robots.txt allows, from public addresses only.')}
        >
          {ids => (
            <textarea
              {...ids}
              required
              rows={kind === 'urls' ? 4 : 1}
              value={addresses}
              onChange={event => setAddresses(event.target.value)}
              placeholder={
                kind === 'urls' ? 'https://example.com/returns' : 'https://example.com/sitemap.xml'
              }
              className={INPUT}
            />
          )}
        </Field>
        <Trouble error={error} />
        <div className="flex items-center gap-3">
          <Button submit kind="main" disabled={busy}>
            {say('Fetch them')}
          </Button>
          <span role="status" className="text-soft text-sm">
            {begun !== null && say('{n} accepted; their progress is below.', { n: begun })}
          </span>
        </div>
      </form>
    </Card>
  );
}

const TONES = { working: 'notice', done: 'good', failed: 'danger', cancelled: 'plain' } as const;

export function Ingestions() {
  const say = useSay();
  const { session } = useSession();
  const { data, error, again } = useLoad('ingestionList', { limit: 20 }, LOOK_MS);
  const { busy, error: failed, act } = useAct();
  const rows = data?.ingestions ?? [];
  if (rows.length === 0) return <Trouble error={error} />;
  const change = (work: () => Promise<unknown>) =>
    act(async () => {
      await work();
      again();
    });
  return (
    <Card title={say('Progress')}>
      <Trouble error={error ?? failed} />
      <Table label={say('Progress')} head={[say('What'), say('State'), say('Done'), say('Began'), '']}>
        {rows.map(({ ingestionId, label, state, counts, createdAt }) => {
          const finished = counts.done + counts.unchanged + counts.gone + counts.failed;
          const total = finished + counts.waiting + counts.running;
          return (
            <tr key={ingestionId} data-testid="ingestion">
              <td className="min-w-48 wrap-anywhere">
                <details>
                  <summary className="cursor-pointer font-medium">{label}</summary>
                  <Items ingestionId={ingestionId} />
                </details>
              </td>
              <td>
                <Badge tone={TONES[state]}>{say(state)}</Badge>
              </td>
              <td className="whitespace-nowrap">
                <progress
                  max={total || 1}
                  value={finished}
                  aria-label={say('Progress of {name}', { name: label })}
                  className="mr-2 h-2 w-24 accent-accent"
                />
                {finished}/{total}
                {counts.failed > 0 && ` · ${say('{n} failed', { n: counts.failed })}`}
              </td>
              <td className="whitespace-nowrap">{when(createdAt)}</td>
              <td>
                {counts.failed > 0 && (
                  <Button
                    disabled={busy}
                    label={`${say('Try again')}: ${label}`}
                    onClick={() => void change(() => session.client.call('ingestionReplay', { ingestionId }))}
                  >
                    {say('Try again')}
                  </Button>
                )}
                {state === 'working' && (
                  <Button
                    kind="danger"
                    disabled={busy}
                    label={say('Cancel {name}', { name: label })}
                    onClick={() => void change(() => session.client.call('ingestionCancel', { ingestionId }))}
                  >
                    {say('Cancel')}
                  </Button>
                )}
              </td>
            </tr>
          );
        })}
      </Table>
    </Card>
  );
}

function Items({ ingestionId }: { readonly ingestionId: string }) {
  const say = useSay();
  const { data } = useLoad('ingestionRead', { ingestionId });
  return (
    <ul className="mt-2 space-y-1">
      {(data?.items ?? []).map(({ ordinal, name, state, chunks, code }) => (
        <li key={ordinal} className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 flex-1 wrap-anywhere">{name}</span>
          <Badge tone={state === 'dead' ? 'danger' : state === 'done' ? 'good' : 'plain'}>{say(state)}</Badge>
          <span className="text-faint">{code ?? say('{n} passages', { n: chunks })}</span>
        </li>
      ))}
    </ul>
  );
}
