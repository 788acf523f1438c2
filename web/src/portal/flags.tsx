/** Feature flags: switched at once, changed as JSON, each version kept with who made it. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { DraftButtons, DraftForm, readJson } from './draft-form.tsx';
import { TextField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Loading, Trouble } from './ui.tsx';
import { Versions } from './versions.tsx';
import { useWho } from './who.ts';

type Definition = Omit<Operations['flagsPut']['params'], 'key' | 'ifVersion'>;

const FRESH: Definition = { enabled: true, variants: { on: true, off: false }, defaultVariant: 'off' };

interface Draft {
  readonly key: string;
  /** 0 for one that there is not yet. */
  readonly version: number;
  readonly json: string;
}

export function Flags() {
  const say = useSay();
  const who = useWho();
  const { session } = useSession();
  const { data, error: unread, again } = useLoad('flagsList', {});
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [history, setHistory] = useState<string | null>(null);
  const put = (key: string, definition: Definition, version: number) =>
    act(async () => {
      // What stands there is what this person has seen: another's change in between is refused.
      await session.client.call('flagsPut', { ...definition, key, ifVersion: version });
      again();
    });
  const save = ({ key, json, version }: Draft) =>
    act(async () => {
      await session.client.call('flagsPut', { ...readJson<Definition>(json), key, ifVersion: version });
      again();
    }).then(done => done && setDraft(null));
  const remove = (key: string) => {
    if (!window.confirm(say('Remove {name}? Callers then get their own default.', { name: key }))) return;
    void act(async () => {
      await session.client.call('flagsRemove', { key });
      again();
    });
  };
  return (
    <Card
      title={say('Feature flags')}
      actions={
        !draft && (
          <Button onClick={() => setDraft({ key: '', version: 0, json: JSON.stringify(FRESH, null, 2) })}>
            {say('Add a flag')}
          </Button>
        )
      }
    >
      <p className="mb-4 text-soft">
        {say('Every node obeys within a second. Programs ask by OpenFeature (OFREP).')}
      </p>
      {draft && (
        <DraftForm busy={busy} onSave={() => save(draft)} onCancel={() => setDraft(null)}>
          {draft.version === 0 && (
            <TextField
              label={say('Key')}
              required
              max={200}
              value={draft.key}
              onValue={key => setDraft({ ...draft, key })}
            />
          )}
          <TextField
            label={draft.version === 0 ? say('Definition') : say('Definition of {name}', { name: draft.key })}
            hint={say('Variants, the default one, and rules or a rollout in percent, as JSON.')}
            rows={10}
            max={60_000}
            value={draft.json}
            onValue={json => setDraft({ ...draft, json })}
          />
        </DraftForm>
      )}
      <Trouble error={unread ?? error} />
      {!data ? (
        <Loading />
      ) : data.flags.length === 0 && !draft ? (
        <Empty title={say('No flag yet')}>
          {say('A flag turns something on for everybody, for some, or for a share of them.')}
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {data.flags.map(({ key, version, definition, changedAt, changedBy }) => {
            const now = definition as Definition;
            return (
              <li key={key} className="py-3" data-testid="flag">
                <div className="flex flex-wrap items-center gap-3">
                  <div className="min-w-0 flex-1 basis-60">
                    <p className="font-medium wrap-anywhere">
                      {key}{' '}
                      <Badge tone={now.enabled ? 'good' : 'plain'}>
                        {now.enabled ? say('on') : say('off')}
                      </Badge>
                    </p>
                    <p className="text-soft text-sm wrap-anywhere">{ruleText(now)}</p>
                    <p className="text-faint text-sm wrap-anywhere">
                      {who(changedBy)} · {when(changedAt)}
                    </p>
                  </div>
                  <Button
                    disabled={busy}
                    label={`${now.enabled ? say('Switch off') : say('Switch on')} ${key}`}
                    onClick={() => void put(key, { ...now, enabled: !now.enabled }, version)}
                  >
                    {now.enabled ? say('Switch off') : say('Switch on')}
                  </Button>
                  <DraftButtons
                    name={key}
                    busy={busy}
                    history={history === key}
                    onChange={() => setDraft({ key, version, json: JSON.stringify(now, null, 2) })}
                    onHistory={() => setHistory(history === key ? null : key)}
                    onRemove={() => remove(key)}
                  />
                </div>
                {history === key && (
                  <div className="mt-3">
                    <FlagHistory key={version} name={key} />
                  </div>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}

function FlagHistory({ name }: { readonly name: string }) {
  const { data } = useLoad('flagsHistory', { key: name });
  const versions = data?.versions.map(({ definition, ...rest }) => ({
    ...rest,
    value: definition,
    removed: definition === null,
  }));
  return <Versions name={name} versions={versions ?? null} />;
}

/** "off, on 20 %, 2 rules": what whoever asks gets. */
function ruleText({ defaultVariant, rollout = [], rules = [], variant }: Definition): string {
  const shares = rollout.map(({ variant: to, percent }) => `${to} ${percent} %`);
  return [variant ?? defaultVariant, ...shares, ...(rules.length > 0 ? [`+ ${rules.length}`] : [])].join(
    ', ',
  );
}
