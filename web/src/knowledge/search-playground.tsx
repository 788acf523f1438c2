/** Trying the search: what would be found for a question, by a customer or by staff, how good it is, and why. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { useAct, useSession } from '../portal/load.ts';
import { useSay } from '../portal/text.ts';
import { Badge, Button, Card, Empty, Field, INPUT, Trouble } from '../portal/ui.tsx';

type Found = Operations['knowledgeSearch']['result'];

export function SearchPlayground() {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [question, setQuestion] = useState('');
  const [audience, setAudience] = useState<'customer' | 'staff'>('customer');
  const [found, setFound] = useState<Found | null>(null);
  const search = () =>
    act(async () =>
      setFound(await session.client.call('knowledgeSearch', { query: question, audience, limit: 8 })),
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

function Results({ found }: { readonly found: Found }) {
  const say = useSay();
  const { results, corpus } = found;
  const best = Math.max(...results.map(({ score }) => score), 0);
  const terms = Object.entries(corpus.frequencies).sort(([, a], [, b]) => a - b);
  if (results.length === 0)
    return (
      <Empty title={say('Nothing was found')}>
        {say('Your agent would say that it does not know. Add a document that answers this.')}
      </Empty>
    );
  return (
    <>
      <Card title={say('How the words weighed')}>
        <p className="mb-2 text-soft text-sm">
          {say('The rarer a word among {n} passages, the more it counts.', { n: corpus.chunks })}
        </p>
        <p className="flex flex-wrap gap-1.5">
          {terms.map(([term, count]) => (
            <Badge key={term} tone={count === 0 ? 'danger' : 'plain'}>
              {term}: {count === 0 ? say('in none') : say('in {n}', { n: count })}
            </Badge>
          ))}
        </p>
      </Card>
      <ol className="space-y-3" data-testid="results">
        {results.map(({ documentId, title, text, score, start }, index) => (
          <li key={`${documentId} ${start}`} className="rounded-2xl border border-line bg-panel p-4">
            <div className="flex flex-wrap items-baseline justify-between gap-x-4">
              <h3 className="font-semibold wrap-anywhere">
                {index + 1}. {title}
              </h3>
              <span className="flex items-center gap-2 text-soft text-sm">
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
              <Marked text={text} terms={terms.map(([term]) => term)} />
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The words of the question where they stand in a passage, also with another ending. */
export function Marked({ text, terms }: { readonly text: string; readonly terms: readonly string[] }) {
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
