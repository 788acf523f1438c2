/** The history of something: every version, who made it and when. */
import { useSay, when } from './text.ts';
import { Badge, Json, Loading } from './ui.tsx';
import { useWho } from './who.ts';

interface Version {
  readonly version: number;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly value: unknown;
  readonly removed: boolean;
}

export function Versions({
  name,
  versions,
}: {
  readonly name: string;
  readonly versions: readonly Version[] | null;
}) {
  const say = useSay();
  const who = useWho();
  if (!versions) return <Loading />;
  return (
    <ol aria-label={say('History of {name}', { name })} className="space-y-3 border-line border-l-2 pl-4">
      {versions.map(({ version, changedAt, changedBy, value, removed }) => (
        <li key={version} data-testid="version">
          <p className="text-sm">
            <Badge tone={removed ? 'danger' : 'plain'}>
              {removed ? say('removed') : say('version {n}', { n: version })}
            </Badge>{' '}
            <span className="wrap-anywhere">{who(changedBy)}</span>{' '}
            <span className="text-soft">{when(changedAt)}</span>
          </p>
          {!removed && value !== undefined && (
            <div className="mt-1">
              <Json value={value} label={say('version {n}', { n: version })} />
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
