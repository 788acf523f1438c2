/** Trying the search: what would be found for a question, by a customer or by staff, how good it is, and why. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { Field, INPUT } from '../portal/fields.tsx';
import { useAct, useSession } from '../portal/load.ts';
import { useSay } from '../portal/text.ts';
import { Badge, Button, Card, Empty, Trouble } from '../portal/ui.tsx';
import { toneOf } from './sensitivity.ts';

type Found = Operations['knowledgePlayground']['result'];
type Result = Found['results'][number];

export function SearchPlayground() {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [question, setQuestion] = useState('');
  const [audience, setAudience] = useState<'customer' | 'staff'>('customer');
  const [found, setFound] = useState<Found | null>(null);
  const search = () =>
    act(async () =>
      setFound(await session.client.call('knowledgePlayground', { query: question, audience, limit: 8 })),
    );
  return (
    <>
      <Card>
        <form
          className="grid items-end gap-3 sm:grid-cols-[1fr_auto_auto]"
          onSubmit={event => {
            event.preventDefault();
            void search();
          }}
        >
          <Field label={say('A question, as a customer would ask it')}>
            {ids => (
              <input
                {...ids}
                type="search"
                required
                maxLength={4_000}
                value={question}
                onChange={event => setQuestion(event.target.value)}
                className={INPUT}
              />
            )}
          </Field>
          <Field label={say('Asked by')}>
            {ids => (
              <select
                {...ids}
                value={audience}
                onChange={event => setAudience(event.target.value as typeof audience)}
                className={INPUT}
              >
                <option value="customer">{say('a customer')}</option>
                <option value="staff">{say('staff')}</option>
              </select>
            )}
          </Field>
          <Button submit kind="main" disabled={busy}>
            {busy ? say('Searching…') : say('Search')}
          </Button>
        </form>
        <Trouble error={error} />
      </Card>
      {found && <Results found={found} />}
    </>
  );
}

const SCANS: Readonly<Record<Found['scan'], string>> = {
  none: 'by words alone',
  exact: 'vectors compared one by one',
  hnsw: 'vectors by their index',
};

function Results({ found }: { readonly found: Found }) {
  const say = useSay();
  const { results, answer, corpus, scan, tookMs } = found;
  if (results.length === 0)
    return (
      <Empty title={say('Nothing was found')}>
        {say('Your agent would say that it does not know. Add a document that answers this.')}
      </Empty>
    );
  const best = Math.max(...results.map(({ score }) => score), 0);
  return (
    <>
      <Card title={say('What would be quoted')}>
        <p className="mb-2 flex flex-wrap items-center gap-2 text-sm text-soft">
          <Badge tone={answer.answerable ? 'good' : 'danger'}>
            {answer.answerable ? say('enough to answer') : say('not enough: a gap')}
          </Badge>
          <meter
            min={0}
            max={1}
            value={answer.answerability}
            aria-label={say('How far it answers the question')}
            className="w-24"
          />
          {Math.round(answer.answerability * 100)} %
        </p>
        <p className="whitespace-pre-line wrap-anywhere" data-testid="quoted">
          {answer.text || say('Nothing of it speaks of the question.')}
        </p>
      </Card>
      <p className="mb-3 text-soft text-sm">
        {say('{n} passages searched in {ms} ms', { n: corpus.chunks, ms: Math.round(tookMs * 10) / 10 })}
        {' · '}
        {say(SCANS[scan])}
      </p>
      <ol className="space-y-3" data-testid="results">
        {results.map((result, index) => (
          <ResultItem
            key={`${result.documentId} ${result.start}`}
            result={result}
            place={index + 1}
            best={best}
          />
        ))}
      </ol>
    </>
  );
}

function ResultItem({
  result,
  place,
  best,
}: {
  readonly result: Result;
  readonly place: number;
  readonly best: number;
}) {
  const say = useSay();
  const { title, text, score, sensitivity, lexical, vector } = result;
  return (
    <li className="rounded-2xl border border-line bg-panel p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-semibold wrap-anywhere">
          {place}. {title}
        </h3>
        <span className="flex items-center gap-2 text-soft text-sm">
          {sensitivity !== 'public' && <Badge tone={toneOf(sensitivity)}>{say(sensitivity)}</Badge>}
          <meter
            min={0}
            max={best || 1}
            value={score}
            aria-label={say('Score of {name}', { name: title })}
            className="w-24"
          />
          {score.toFixed(3)}
        </span>
      </div>
      <p className="mt-1.5 line-clamp-6 whitespace-pre-line text-soft wrap-anywhere">
        <Marked text={text} terms={lexical?.terms.map(({ term }) => term) ?? []} />
      </p>
      <details className="mt-2 text-sm">
        <summary className="w-fit cursor-pointer text-accent">{say('Why it was found')}</summary>
        <dl className="mt-2 grid gap-x-6 gap-y-2 sm:grid-cols-[10rem_1fr]">
          <dt className="text-soft">{say('By its words')}</dt>
          <dd>
            {lexical ? (
              <>
                {say('place {n}', { n: lexical.rank })}
                <span className="mt-1 flex flex-wrap gap-1.5">
                  {lexical.terms.map(({ term, rarity, inTitle, inBody }) => (
                    <Badge key={term} tone={rarity > 3 ? 'good' : 'plain'}>
                      {term} · {say('rarity {n}', { n: rarity.toFixed(1) })} · {inTitle} + {inBody}
                    </Badge>
                  ))}
                </span>
              </>
            ) : (
              say('none of the words stand in it')
            )}
          </dd>
          <dt className="text-soft">{say('By its vectors')}</dt>
          <dd>
            {vector
              ? say('place {n}, similarity {s}', { n: vector.rank, s: vector.similarity.toFixed(3) })
              : say('not among the nearest')}
          </dd>
        </dl>
      </details>
    </li>
  );
}

/** The words of the question where they stand in a passage, also with another ending. */
function Marked({ text, terms }: { readonly text: string; readonly terms: readonly string[] }) {
  const stems = terms.filter(term => term.length > 2).map(term => term.toLowerCase());
  const parts = text.split(/([\p{L}\p{N}]+)/u);
  return parts.map((part, index) =>
    stems.some(stem => part.toLowerCase().startsWith(stem)) ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
      <mark key={index} className="rounded bg-notice-soft px-0.5 text-notice">
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
