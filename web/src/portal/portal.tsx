/** The portal: who is here, then the part that the address names. Each part is a file of its own, fetched when it is opened. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { type Me, SessionContext, useSession, whyOf } from './load.ts';
import { rememberPlace, takePlace } from './return-to.ts';
import { go, usePlace } from './route.ts';
import { recallSignedIn, rememberSignedIn, Session, type SignedIn } from './session.ts';
import { PARTS, Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { useSay } from './text.ts';
import { Button, Empty, Loading, Page, Trouble } from './ui.tsx';

const PAGES: Readonly<Record<string, React.LazyExoticComponent<React.ComponentType>>> = {
  inbox: lazy(() => import('../inbox/inbox-page.tsx')),
  knowledge: lazy(() => import('../knowledge/knowledge-page.tsx')),
  workflows: lazy(() => import('../workflows/workflows-page.tsx')),
  agents: lazy(() => import('./agents-page.tsx')),
  channels: lazy(() => import('./channels-page.tsx')),
  usage: lazy(() => import('./usage-page.tsx')),
  team: lazy(() => import('./team-page.tsx')),
  audit: lazy(() => import('./audit-page.tsx')),
  settings: lazy(() => import('./settings-page.tsx')),
};

export function Portal() {
  const [signed, setSigned] = useState<SignedIn | null>(recallSignedIn);
  const { part } = usePlace();
  const signIn = useCallback((who: SignedIn) => {
    rememberSignedIn(who);
    setSigned(who);
  }, []);
  const ended = useCallback(() => setSigned(null), []);
  const atSignIn = part === 'sign-in';
  // Whoever is signed in has no business at the door; whoever came for a part gets there after it.
  useEffect(() => {
    if (signed && atSignIn) go(takePlace(), { replace: true });
    if (!signed && !atSignIn) rememberPlace();
  }, [signed, atSignIn]);
  const say = useSay();
  const name = PARTS.find(({ id }) => id === part)?.name;
  useEffect(() => {
    document.title = signed && name ? `${say(name)} · Troupe` : `${say('Sign in')} · Troupe`;
  }, [signed, name, say]);
  if (!signed) return <SignIn onSigned={signIn} />;
  return <Known signed={signed} onEnded={ended} />;
}

function Known({ signed, onEnded }: { readonly signed: SignedIn; readonly onEnded: () => void }) {
  const say = useSay();
  const session = useMemo(() => new Session(signed, onEnded), [signed, onEnded]);
  const [me, setMe] = useState<Me | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` is the wish to try again
  useEffect(() => {
    setError(null);
    session.client.call('identityWhoAmI', {}).then(setMe, (problem: unknown) => setError(whyOf(problem)));
  }, [session, turn]);
  const signedIn = useMemo(() => (me ? { session, me } : null), [session, me]);
  if (!signedIn)
    return (
      <main className="mx-auto max-w-md px-5 py-16">
        <h1 className="sr-only">Troupe</h1>
        {error === null ? (
          <Loading />
        ) : (
          <>
            <Trouble error={error} />
            <Button onClick={() => setTurn(turn + 1)}>{say('Try again')}</Button>
          </>
        )}
      </main>
    );
  return (
    <SessionContext value={signedIn}>
      <Parts />
    </SessionContext>
  );
}

function Parts() {
  const say = useSay();
  const { me } = useSession();
  const { part } = usePlace();
  const Shown = PAGES[part];
  const wanted = PARTS.find(({ id }) => id === part);
  const allowed = wanted !== undefined && me.scopes.includes(wanted.scope);
  return (
    <Shell part={part}>
      {part === 'inbox' && allowed ? (
        <Suspense fallback={<Loading />}>{Shown && <Shown />}</Suspense>
      ) : (
        <main className="min-h-0 flex-1 overflow-y-auto">
          {Shown && allowed ? (
            <Suspense fallback={<Loading />}>
              <Shown />
            </Suspense>
          ) : (
            <Page title={wanted ? say(wanted.name) : say('Nothing here')}>
              <Empty title={say('You may not see this part')}>
                {say('Ask an owner of {name} for the role that lets you.', { name: me.name })}
              </Empty>
            </Page>
          )}
        </main>
      )}
    </Shell>
  );
}
