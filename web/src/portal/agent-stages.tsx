/** Which version of an agent serves where: promoted, rolled back, compared, with who did it. */
import { useState } from 'react';
import { useAct, useLoad, useSession } from './load.ts';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Json, Loading, Trouble } from './ui.tsx';
import { useWho } from './who.ts';

const STAGES = ['staging', 'production'] as const;
type Stage = (typeof STAGES)[number];

export function AgentStages({ name, newest }: { readonly name: string; readonly newest: number }) {
  const say = useSay();
  const who = useWho();
  const { session } = useSession();
  const { data, error: unread, again } = useLoad('stagesList', { name });
  const { busy, error, act } = useAct();
  const [compared, setCompared] = useState<number | null>(null);
  const now = (stage: Stage) => data?.stages.find(each => each.stage === stage)?.version ?? null;
  const move = (work: () => Promise<unknown>) =>
    act(async () => {
      await work();
      again();
    });
  if (!data && !unread) return <Loading />;
  return (
    <Card title={say('Stages')}>
      <p className="mb-3 text-soft">
        {say(
          'A new version is a draft until a stage points to it. Once production points somewhere, new conversations get that version.',
        )}
      </p>
      <Trouble error={unread ?? error} />
      <ul className="divide-y divide-line">
        {STAGES.map(stage => {
          const version = now(stage);
          return (
            <li key={stage} className="flex flex-wrap items-center gap-2 py-3" data-testid={`stage-${stage}`}>
              <p className="min-w-0 flex-1 basis-60">
                <span className="font-medium">{say(stage)}</span>{' '}
                <Badge tone={version === null ? 'plain' : 'good'}>
                  {version === null ? say('points nowhere') : say('version {n}', { n: version })}
                </Badge>
              </p>
              {version !== newest && newest > 0 && (
                <Button
                  kind="main"
                  disabled={busy}
                  onClick={() =>
                    void move(() => session.client.call('stagesPromote', { name, stage, version: newest }))
                  }
                >
                  {say('Promote version {n} to {stage}', { n: newest, stage: say(stage) })}
                </Button>
              )}
              {version !== null && version !== newest && (
                <Button
                  pressed={compared === version}
                  onClick={() => setCompared(compared === version ? null : version)}
                >
                  {say('Compare with version {n}', { n: newest })}
                </Button>
              )}
              {version !== null && (
                <Button
                  disabled={busy}
                  label={`${say('Roll back')} ${say(stage)}`}
                  onClick={() => void move(() => session.client.call('stagesRollback', { name, stage }))}
                >
                  {say('Roll back')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {compared !== null && <Differences name={name} from={compared} to={newest} />}
      {data && data.stages.length > 0 && (
        <details className="mt-3 text-sm">
          <summary className="w-fit cursor-pointer text-soft">{say('History')}</summary>
          <ol className="mt-2 space-y-1">
            {data.stages.map(({ stage, version, change, changedAt, changedBy }) => (
              <li key={`${stage} ${change}`} className="wrap-anywhere">
                {say(stage)}: {say('version {n}', { n: version })} · {who(changedBy)} ·{' '}
                <span className="text-soft">{when(changedAt)}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </Card>
  );
}

function Differences({
  name,
  from,
  to,
}: {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}) {
  const say = useSay();
  const { data, error } = useLoad('stagesDiff', { name, from, to });
  return (
    <div className="mt-3 space-y-3">
      <Trouble error={error} />
      {data?.differences.map(({ path, before, after }) => (
        <div key={path}>
          <p className="font-medium text-sm">
            <code>{path || '/'}</code>
          </p>
          <div className="mt-1 grid gap-2 sm:grid-cols-2">
            <Json value={before ?? '–'} label={say('version {n}', { n: from })} />
            <Json value={after ?? '–'} label={say('version {n}', { n: to })} />
          </div>
        </div>
      ))}
    </div>
  );
}
