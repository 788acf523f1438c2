/** What looks more sensitive than it was said to be, and the rules by which documents get their sensitivity. */
import { useEffect, useState } from 'react';
import { SaveRow } from '../portal/draft-form.tsx';
import { INPUT } from '../portal/fields.tsx';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { useSay, when } from '../portal/text.ts';
import { Badge, Button, Card, Empty, Loading, Trouble } from '../portal/ui.tsx';
import { SENSITIVITIES, type Sensitivity, toneOf } from './sensitivity.ts';

export function Reviews() {
  return (
    <>
      <Queue />
      <Rules />
    </>
  );
}

function Queue() {
  const say = useSay();
  const { session } = useSession();
  const { data, error, again } = useLoad('knowledgeReviews', {});
  const { busy, error: failed, act } = useAct();
  const decide = (documentId: string, sensitivity: Sensitivity) =>
    act(async () => {
      await session.client.call('knowledgeDecideReview', { documentId, sensitivity });
      again();
    });
  return (
    <Card title={say('To be decided')}>
      <Trouble error={error ?? failed} />
      {!data ? (
        !error && <Loading />
      ) : data.reviews.length === 0 ? (
        <Empty title={say('Nothing to decide')}>
          {say(
            'A document that looks more sensitive than it was said to be is kept back and waits here for you.',
          )}
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {data.reviews.map(({ documentId, title, given, proposed, reasons, createdAt }) => (
            <li key={documentId} data-testid="review" className="py-4">
              <p className="font-medium wrap-anywhere">{title}</p>
              <p className="mt-1 flex flex-wrap items-center gap-2 text-sm text-soft">
                {say('was said to be')} <Badge tone={toneOf(given)}>{say(given)}</Badge>
                {say('is kept as')} <Badge tone={toneOf(proposed)}>{say(proposed)}</Badge>
                <span className="text-faint">{when(createdAt)}</span>
              </p>
              <p className="mt-1 text-sm text-soft">
                {say('It holds: {what}', {
                  what: reasons
                    .map(({ kind, count }) => `${kind.toLowerCase().replaceAll('_', ' ')} × ${count}`)
                    .join(', '),
                })}
              </p>
              <div className="mt-2 flex flex-wrap gap-2">
                {[...new Set([proposed, given])].map((each, index) => (
                  <Button
                    key={each}
                    kind={index === 0 ? 'main' : 'quiet'}
                    disabled={busy}
                    label={`${say('It is {level}', { level: say(each) })}: ${title}`}
                    onClick={() => void decide(documentId, each)}
                  >
                    {say('It is {level}', { level: say(each) })}
                  </Button>
                ))}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const FIELDS = ['title', 'source', 'text'] as const;
interface Rule {
  readonly field: (typeof FIELDS)[number];
  readonly contains: string;
  readonly sensitivity: Sensitivity;
}

function Rules() {
  const say = useSay();
  const { session } = useSession();
  const { data, error, again } = useLoad('knowledgeRules', {});
  const { busy, error: failed, act } = useAct();
  const [rules, setRules] = useState<readonly Rule[]>([]);
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    if (data) setRules(data.rules);
  }, [data]);
  const change = (at: number, to: Partial<Rule>) => {
    setSaved(false);
    setRules(rules.map((rule, index) => (index === at ? { ...rule, ...to } : rule)));
  };
  const save = () =>
    act(async () => {
      await session.client.call('knowledgeSetRules', { rules });
      again();
    }).then(setSaved);
  return (
    <Card
      title={say('Rules')}
      actions={
        <Button
          onClick={() => setRules([...rules, { field: 'title', contains: '', sensitivity: 'internal' }])}
        >
          {say('Add a rule')}
        </Button>
      }
    >
      <p className="mb-3 text-soft">
        {say(
          'The first that fits decides about what is added from now on; what no rule says is looked at for personal data and secrets.',
        )}
      </p>
      <Trouble error={error ?? failed} />
      <form
        className="space-y-3"
        onSubmit={event => {
          event.preventDefault();
          void save();
        }}
      >
        {rules.map((rule, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place
          <div key={at} className="grid gap-2 sm:grid-cols-[auto_1fr_auto_auto]">
            <select
              aria-label={say('Where, rule {n}', { n: at + 1 })}
              value={rule.field}
              onChange={event => change(at, { field: event.target.value as Rule['field'] })}
              className={`${INPUT} mt-0`}
            >
              {FIELDS.map(each => (
                <option key={each} value={each}>
                  {say(`the ${each} contains`)}
                </option>
              ))}
            </select>
            <input
              aria-label={say('What it contains, rule {n}', { n: at + 1 })}
              required
              maxLength={200}
              value={rule.contains}
              onChange={event => change(at, { contains: event.target.value })}
              className={`${INPUT} mt-0`}
            />
            <select
              aria-label={say('Sensitivity, rule {n}', { n: at + 1 })}
              value={rule.sensitivity}
              onChange={event => change(at, { sensitivity: event.target.value as Sensitivity })}
              className={`${INPUT} mt-0`}
            >
              {SENSITIVITIES.map(each => (
                <option key={each} value={each}>
                  {say(each)}
                </option>
              ))}
            </select>
            <Button
              kind="danger"
              label={say('Remove rule {n}', { n: at + 1 })}
              onClick={() => setRules(rules.filter((_, index) => index !== at))}
            >
              {say('Remove')}
            </Button>
          </div>
        ))}
        <SaveRow busy={busy} saved={saved} />
      </form>
    </Card>
  );
}
