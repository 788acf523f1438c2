/** How long conversations are kept, taking everything along, the keys that seal secrets, and having it all erased. */
import { useEffect, useState } from 'react';
import { SaveRow } from './draft-form.tsx';
import { NumberField, TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { number, useSay, when } from './text.ts';
import { Button, Card, Loading, Trouble } from './ui.tsx';

export function DataKept() {
  return (
    <>
      <Retention />
      <Export />
      <DataKey />
      <Erasure />
    </>
  );
}

function Retention() {
  const say = useSay();
  const { session } = useSession();
  const { data, error: unread, again } = useLoad('privacyRetention', {});
  const { busy, error, act } = useAct();
  const [forEver, setForEver] = useState(true);
  const [days, setDays] = useState('365');
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    if (!data) return;
    setForEver(data.conversationDays === null);
    if (data.conversationDays !== null) setDays(String(data.conversationDays));
  }, [data]);
  const save = () =>
    act(async () => {
      await session.client.call('privacyRetain', { conversationDays: forEver ? null : Number(days) });
      again();
    }).then(setSaved);
  if (!data && !unread) return <Loading />;
  return (
    <Card title={say('How long conversations are kept')}>
      <form
        className="space-y-3"
        onSubmit={event => {
          event.preventDefault();
          void save();
        }}
      >
        <label className="flex min-h-11 items-center gap-3">
          <input
            type="checkbox"
            checked={forEver}
            onChange={event => {
              setSaved(false);
              setForEver(event.target.checked);
            }}
            className="size-5 accent-accent"
          />
          {say('For ever')}
        </label>
        {!forEver && (
          <div className="max-w-xs">
            <NumberField
              label={say('Days after the last message')}
              min={1}
              max={36_500}
              value={days}
              onValue={value => {
                setSaved(false);
                setDays(value);
              }}
            />
          </div>
        )}
        <Trouble error={unread ?? error} />
        <SaveRow busy={busy} saved={saved} />
      </form>
    </Card>
  );
}

function Export() {
  const say = useSay();
  const { session, me } = useSession();
  const { busy, error, act } = useAct();
  const [rows, setRows] = useState(0);
  const take = () =>
    act(async () => {
      setRows(0);
      const parts: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await session.client.call('privacyExport', {
          limit: 1_000,
          ...(cursor ? { cursor } : {}),
        });
        parts.push(...page.rows.map(row => `${JSON.stringify(row)}\n`));
        setRows(before => before + page.rows.length);
        cursor = page.next;
      } while (cursor);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(parts, { type: 'application/x-ndjson' }));
      link.download = `${me.tenantId}.ndjson`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  return (
    <Card title={say('Take everything along')}>
      <p className="mb-3 text-soft">
        {say('All that is kept of {name}, one row a line. Hashes of keys are left out.', { name: me.name })}
      </p>
      <Trouble error={error} />
      <div className="flex items-center gap-3">
        <Button disabled={busy} onClick={() => void take()}>
          {busy ? say('Reading…') : say('Export')}
        </Button>
        <span role="status" className="text-soft text-sm">
          {rows > 0 && say('{n} rows', { n: number(rows) })}
        </span>
      </div>
    </Card>
  );
}

function DataKey() {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [sealed, setSealed] = useState<number | null>(null);
  const rotate = () =>
    act(async () => setSealed((await session.client.call('configsRotateKey', {})).resealed));
  return (
    <Card title={say('The key that seals your secrets')}>
      <p className="mb-3 text-soft">
        {say(
          'A new one seals your secrets anew. Nothing waits meanwhile, and nothing has to be given again.',
        )}
      </p>
      <Trouble error={error} />
      <div className="flex items-center gap-3">
        <Button disabled={busy} onClick={() => void rotate()}>
          {say('Make a new key')}
        </Button>
        <span role="status" className="text-soft text-sm">
          {sealed !== null && say('Done: {n} secrets are sealed anew.', { n: sealed })}
        </span>
      </div>
    </Card>
  );
}

function Erasure() {
  const say = useSay();
  const { session, me } = useSession();
  const { data, again } = useLoad('privacyRetention', {});
  const { busy, error, act } = useAct();
  const [confirm, setConfirm] = useState('');
  const ask = () =>
    act(async () => {
      await session.client.call('privacyErase', { confirm });
      setConfirm('');
      again();
    });
  const keep = () =>
    act(async () => {
      await session.client.call('privacyKeep', {});
      again();
    });
  return (
    <Card title={say('Have everything erased')}>
      <Trouble error={error} />
      {data?.eraseAt ? (
        <div className="space-y-3">
          <p className="font-medium text-danger">
            {say('Everything of {name} is erased on {when}.', { name: me.name, when: when(data.eraseAt) })}
          </p>
          <Button kind="main" disabled={busy} onClick={() => void keep()}>
            {say('Take it back')}
          </Button>
        </div>
      ) : (
        <form
          className="space-y-3"
          onSubmit={event => {
            event.preventDefault();
            void ask();
          }}
        >
          <p className="text-soft">
            {say('Completely and for ever, thirty days from now. Until then it can be taken back here.')}
          </p>
          <TextField
            label={say('Write {id} to go on', { id: me.tenantId })}
            required
            max={100}
            value={confirm}
            onValue={setConfirm}
          />
          <Button submit kind="danger" disabled={busy || confirm !== me.tenantId}>
            {say('Have it erased')}
          </Button>
        </form>
      )}
    </Card>
  );
}
