/** What an account may send when its platform's window has closed: a template that the platform has approved. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { DraftForm } from './draft-form.tsx';
import { TextField } from './fields.tsx';
import { useAct, useSession } from './load.ts';
import { useSay } from './text.ts';
import { Badge, Button, Trouble } from './ui.tsx';

type Account = Operations['channelsList']['result']['channels'][number];
type Template = NonNullable<Account['template']>;

/** The platforms that close a window and take templates after it. */
const WITH_TEMPLATES: ReadonlySet<string> = new Set(['whatsapp', 'facebook', 'zalo']);

const lines = (text: string) => text.split('\n').filter(line => line.trim() !== '');

export function ChannelTemplate({ account, onChanged }: { account: Account; onChanged: () => void }) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<Record<'name' | 'language' | 'places' | 'rows', string> | null>(null);
  const { accountId, channel, template } = account;
  if (!WITH_TEMPLATES.has(channel)) return null;
  const put = (now: Template | null) =>
    act(async () => {
      await session.client.call('channelsPutTemplate', { accountId, template: now });
      onChanged();
    }).then(done => done && setDraft(null));
  const set = (field: keyof NonNullable<typeof draft>) => (value: string) =>
    setDraft(before => before && { ...before, [field]: value });
  const change = () =>
    setDraft({
      name: template?.name ?? '',
      language: template?.language ?? document.documentElement.lang,
      places: template?.parameters.join('\n') ?? '',
      rows: template?.names?.join('\n') ?? '',
    });
  return (
    <section className="mt-3 border-line border-t pt-3" data-testid="template">
      <p className="mb-2 flex flex-wrap items-center gap-2 text-sm">
        <span className="font-medium">{say('After the platform’s window has closed')}</span>
        {template ? (
          <Badge tone="good">
            {template.name} · {template.language}
          </Badge>
        ) : (
          <span className="text-soft">{say('answers wait until the customer writes')}</span>
        )}
        {!draft && (
          <Button
            label={
              template
                ? say('Change the template of {name}', { name: account.name })
                : say('Use a template for {name}', { name: account.name })
            }
            onClick={change}
          >
            {template ? say('Change') : say('Use a template')}
          </Button>
        )}
        {template && !draft && (
          <Button kind="danger" disabled={busy} onClick={() => void put(null)}>
            {say('Use none')}
          </Button>
        )}
      </p>
      <Trouble error={error} />
      {draft && (
        <DraftForm
          busy={busy}
          columns={2}
          onSave={() =>
            put({
              name: draft.name,
              language: draft.language,
              parameters: lines(draft.places),
              ...(draft.rows.trim() === '' ? {} : { names: lines(draft.rows) }),
            })
          }
          onCancel={() => setDraft(null)}
        >
          <TextField
            label={say('Name')}
            hint={say('As the platform approved it.')}
            required
            max={512}
            value={draft.name}
            onValue={set('name')}
          />
          <TextField
            label={say('Language')}
            required
            max={20}
            pattern="[\w\-]+"
            value={draft.language}
            onValue={set('language')}
          />
          <TextField
            label={say('What stands in its places')}
            hint={say(
              'A line for each place. {answer} is the answer; without it the template invites the customer to write, and the answer waits.',
            )}
            rows={3}
            max={20_000}
            value={draft.places}
            onValue={set('places')}
          />
          {channel === 'zalo' && (
            <TextField
              label={say('What its rows are called')}
              rows={3}
              max={18_000}
              value={draft.rows}
              onValue={set('rows')}
            />
          )}
        </DraftForm>
      )}
    </section>
  );
}
