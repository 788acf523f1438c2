/** The way in: by e-mail and password, by the tenant's own issuer, or with an API key. */
import { TroupeClient, TroupeProblem } from '@troupe/client';
import { useEffect, useRef, useState } from 'react';
import { FernMark } from '../components/icons.tsx';
import { Field, INPUT } from './fields.tsx';
import { Told, useAct, whyOf } from './load.ts';
import { go, pathOf, usePlace } from './route.ts';
import { type SignedIn, signedInBy } from './session.ts';
import { type Say, useSay } from './text.ts';
import { Button, Link, Trouble } from './ui.tsx';

type Way = 'password' | 'issuer' | 'key';

interface Props {
  readonly onSigned: (signed: SignedIn) => void;
}

const open = new TroupeClient({ key: () => '', retries: 0 });
/** What begins a sign-in by an issuer and is needed when the person comes back; in this tab alone. */
const FLOW = 'troupe.oidc';
/** Whose issuer was asked last in this browser: nobody has to find that id twice. */
const LAST_TENANT = 'troupe.tenant';

export function SignIn({ onSigned }: Props) {
  const say = useSay();
  const { query } = usePlace();
  const asked = query.get('way');
  const way: Way = asked === 'issuer' || asked === 'key' ? asked : 'password';
  const tenant = query.get('tenant') ?? '';
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center px-5 py-8">
      <FernMark className="size-14" />
      <h1 className="mt-4 font-semibold text-2xl text-ink">{say('Sign in')}</h1>
      <p className="mt-1 mb-6 text-soft">
        {say('Answer customers, look after what your agent knows and does.')}
      </p>
      {query.has('code') || query.has('error') ? (
        <Returned onSigned={onSigned} />
      ) : way === 'password' ? (
        <ByPassword tenant={tenant} onSigned={onSigned} />
      ) : way === 'issuer' ? (
        <ByIssuer tenant={tenant} />
      ) : (
        <ByKey onSigned={onSigned} />
      )}
      <ul className="mt-6 space-y-2 border-line border-t pt-4">
        {(
          [
            ['password', 'Sign in with e-mail and password'],
            ['issuer', 'Sign in with your company account'],
            ['key', 'Use an API key'],
          ] as const
        )
          .filter(([id]) => id !== way)
          .map(([id, name]) => (
            <li key={id}>
              <Link to={pathOf('sign-in', { way: id, tenant })}>{say(name)}</Link>
            </li>
          ))}
      </ul>
    </main>
  );
}

function ByPassword({ tenant, onSigned }: Props & { readonly tenant: string }) {
  const say = useSay();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [sent, setSent] = useState(false);
  const { busy, error, act } = useAct();
  const of = tenant === '' ? {} : { tenantId: tenant };
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault();
        void act(async () =>
          onSigned(signedInBy(email, await open.call('identitySignIn', { email, password, ...of }))),
        );
      }}
    >
      <Field label={say('E-mail')}>
        {ids => (
          <input
            {...ids}
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={event => setEmail(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      <Field label={say('Password')}>
        {ids => (
          <input
            {...ids}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={event => setPassword(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      <Trouble error={error} />
      <div className="flex flex-wrap items-center gap-4">
        <Button submit kind="main" disabled={busy}>
          {busy ? say('Signing in…') : say('Sign in')}
        </Button>
        <button
          type="button"
          disabled={busy || email === ''}
          onClick={() => void act(() => open.call('identityForgotPassword', { email, ...of })).then(setSent)}
          className="min-h-10 cursor-pointer font-medium text-accent text-sm underline underline-offset-3 disabled:cursor-default disabled:text-faint disabled:no-underline"
        >
          {say('Forgot the password?')}
        </button>
      </div>
      <p role="status" className="text-soft text-sm">
        {sent && say('If that address is known, a letter with a link is on its way.')}
      </p>
    </form>
  );
}

function ByIssuer({ tenant }: { readonly tenant: string }) {
  const say = useSay();
  const [tenantId, setTenantId] = useState(tenant || (localStorage.getItem(LAST_TENANT) ?? ''));
  const { busy, error, act } = useAct();
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault();
        void act(async () => {
          const redirectUri = `${location.origin}/sign-in`;
          localStorage.setItem(LAST_TENANT, tenantId);
          const { url, flow } = await open.call('oidcBegin', { tenantId, redirectUri });
          sessionStorage.setItem(FLOW, flow);
          location.assign(url);
        });
      }}
    >
      <Field
        label={say('Your organisation')}
        hint={say('Its id begins with ten_. Whoever invited you can give you a link that has it.')}
      >
        {ids => (
          <input
            {...ids}
            required
            value={tenantId}
            onChange={event => setTenantId(event.target.value.trim())}
            placeholder="ten_…"
            className={INPUT}
          />
        )}
      </Field>
      <Trouble error={error} />
      <Button submit kind="main" disabled={busy}>
        {say('Go on to sign in')}
      </Button>
    </form>
  );
}

/** The issuer has sent the person back. */
function Returned({ onSigned }: Props) {
  const say = useSay();
  const [error, setError] = useState<string | null>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const flow = sessionStorage.getItem(FLOW) ?? '';
    sessionStorage.removeItem(FLOW);
    const answer = new URLSearchParams(location.search);
    const finish = async () => {
      const refused = answer.get('error');
      if (refused !== null) throw new Told(refusalText(say, refused, answer.get('error_description')));
      if (flow === '') throw new Told('This sign-in was begun in another tab or is over. Begin it again.');
      const tokens = await open.call('oidcFinish', { flow, returnedTo: location.href });
      // Colleagues know each other by their addresses.
      const { email } = await new TroupeClient({ key: () => tokens.accessToken }).call('identityWhoAmI', {});
      history.replaceState(null, '', '/sign-in');
      onSigned(signedInBy(email ?? say('your company account'), tokens));
    };
    finish().catch((problem: unknown) => setError(whyOf(problem)));
  }, [onSigned, say]);
  if (error === null)
    return (
      <p role="status" className="text-soft">
        {say('Signing in…')}
      </p>
    );
  return (
    <div className="space-y-4">
      <Trouble error={error} />
      <Button kind="main" onClick={() => go(pathOf('sign-in', { way: 'issuer' }), { replace: true })}>
        {say('Try again')}
      </Button>
    </div>
  );
}

/** What the issuer said, in words for a person (OpenID Connect Core, section 3.1.2.6). */
function refusalText(say: Say, code: string, description: string | null): string {
  if (code === 'access_denied')
    return say('Your company account did not let you in: you said no there, or may not use this.');
  return say('Your company account did not let you in: {why}', { why: description ?? code });
}

function ByKey({ onSigned }: Props) {
  const say = useSay();
  const [key, setKey] = useState('');
  const [name, setName] = useState('');
  const { busy, error, act } = useAct();
  const signIn = async () => {
    const client = new TroupeClient({ key: () => key.trim(), retries: 0 });
    try {
      await client.call('identityWhoAmI', {});
    } catch (problem) {
      if (!(problem instanceof TroupeProblem)) throw problem;
      const { status } = problem.problem;
      if (status === 401) throw new Told(say('That key is not known.'));
      if (status === 403)
        throw new Told(say('This key may only chat. The portal needs one with the scope “view”.'));
      throw problem;
    }
    onSigned({ kind: 'key', key: key.trim(), name: name.trim() });
  };
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault();
        void act(signIn);
      }}
    >
      <Field
        label={say('API key')}
        hint={say('It stays in this tab and is forgotten when the tab is closed.')}
      >
        {ids => (
          <input
            {...ids}
            type="password"
            autoComplete="off"
            required
            value={key}
            onChange={event => setKey(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      <Field label={say('Your name')} hint={say('Colleagues see it on what you take over.')}>
        {ids => (
          <input
            {...ids}
            autoComplete="name"
            required
            maxLength={100}
            value={name}
            onChange={event => setName(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      <Trouble error={error} />
      <Button submit kind="main" disabled={busy || key.trim() === '' || name.trim() === ''}>
        {busy ? say('Signing in…') : say('Sign in')}
      </Button>
    </form>
  );
}
