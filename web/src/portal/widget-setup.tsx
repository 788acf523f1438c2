/** The widget of the tenant: what it says, on which pages it may stand, and the tag to put there. */
import { TroupeProblem } from '@troupe/client';
import { useEffect, useState } from 'react';
import { SaveRow } from './draft-form.tsx';
import { Field, INPUT } from './fields.tsx';
import { useAct, useSession, whyOf } from './load.ts';
import { useSay } from './text.ts';
import { Card, Copyable, Trouble } from './ui.tsx';

interface Words {
  readonly title: string;
  readonly greeting: string;
  readonly suggestions: string;
  readonly origins: string;
  readonly uploads: boolean;
}

const NOTHING: Words = { title: '', greeting: '', suggestions: '', origins: '', uploads: true };
const lines = (text: string) => text.split('\n').flatMap(line => line.trim() || []);

export function WidgetSetup() {
  const say = useSay();
  const { session } = useSession();
  const [publicKey, setPublicKey] = useState<string | null>(null);
  const [translations, setTranslations] = useState<object | undefined>();
  const [words, setWords] = useState<Words | null>(null);
  const [saved, setSaved] = useState(false);
  const [unread, setUnread] = useState<string | null>(null);
  const { busy, error, act } = useAct();
  useEffect(() => {
    const read = async () => {
      const { origins } = await session.client.call('originsGet', {});
      try {
        const widget = await session.client.call('widgetsGet', {});
        setPublicKey(widget.publicKey);
        setTranslations(widget.translations);
        setWords({
          title: widget.title,
          greeting: widget.greeting,
          suggestions: widget.suggestions.join('\n'),
          origins: origins.join('\n'),
          uploads: widget.uploads ?? true,
        });
      } catch (problem) {
        if (!(problem instanceof TroupeProblem) || problem.problem.status !== 404) throw problem;
        setWords({ ...NOTHING, origins: origins.join('\n') });
      }
    };
    read().catch((problem: unknown) => setUnread(whyOf(problem)));
  }, [session]);
  const save = (given: Words) =>
    act(async () => {
      const { title, greeting, suggestions, origins, uploads } = given;
      const put = await session.client.call('widgetsPut', {
        title,
        greeting,
        suggestions: lines(suggestions),
        uploads,
        ...(translations ? { translations: translations as never } : {}),
      });
      setPublicKey(put.publicKey);
      await session.client.call('originsPut', { origins: lines(origins) }, { ifMatch: '*' });
    }).then(setSaved);
  const set = (change: Partial<Words>) => {
    setSaved(false);
    setWords(before => before && { ...before, ...change });
  };
  return (
    <Card title={say('On your own pages')}>
      <Trouble error={unread} />
      {words && (
        <div className="grid gap-6 lg:grid-cols-2">
          <form
            className="space-y-4"
            onSubmit={event => {
              event.preventDefault();
              void save(words);
            }}
          >
            <Field label={say('Title')}>
              {ids => (
                <input
                  {...ids}
                  required
                  maxLength={200}
                  value={words.title}
                  onChange={event => set({ title: event.target.value })}
                  className={INPUT}
                />
              )}
            </Field>
            <Field label={say('Greeting')}>
              {ids => (
                <textarea
                  {...ids}
                  rows={2}
                  maxLength={2_000}
                  value={words.greeting}
                  onChange={event => set({ greeting: event.target.value })}
                  className={INPUT}
                />
              )}
            </Field>
            <Field label={say('Questions to click')} hint={say('One a line, eight at most.')}>
              {ids => (
                <textarea
                  {...ids}
                  rows={3}
                  value={words.suggestions}
                  onChange={event => set({ suggestions: event.target.value })}
                  className={INPUT}
                />
              )}
            </Field>
            <Field
              label={say('Pages that may show it')}
              hint={say('Their origins, one a line, such as https://shop.example. All others are refused.')}
            >
              {ids => (
                <textarea
                  {...ids}
                  rows={3}
                  value={words.origins}
                  onChange={event => set({ origins: event.target.value })}
                  className={INPUT}
                />
              )}
            </Field>
            <label className="flex min-h-11 items-center gap-3">
              <input
                type="checkbox"
                checked={words.uploads}
                onChange={event => set({ uploads: event.target.checked })}
                className="size-5 accent-accent"
              />
              {say('Customers may attach files')}
            </label>
            <Trouble error={error} />
            <SaveRow busy={busy} saved={saved} />
          </form>
          <div>
            <h3 className="font-medium">{say('Put this on your page')}</h3>
            {publicKey ? (
              <>
                <Copyable
                  label={say('HTML')}
                  value={`<script src="${location.origin}/widget.js" data-key="${publicKey}" defer></script>`}
                />
                <p className="mt-2 text-soft text-sm">
                  {say(
                    'The key is public: all it does is to ask for a customer’s token, from the pages above.',
                  )}
                </p>
              </>
            ) : (
              <p className="mt-2 text-soft">{say('Save first; then the tag stands here.')}</p>
            )}
          </div>
        </div>
      )}
    </Card>
  );
}
