import { useId, useState } from 'react';
import { Refusal } from '../chat/api.ts';
import { FernMark } from '../components/icons.tsx';
import { InboxApi } from './api.ts';
import type { Signed } from './types.ts';
import { type InboxWord, useInboxWords } from './words.ts';

const FIELD = 'mt-1 min-h-11 w-full rounded-xl border border-line-strong bg-raised px-3.5 text-base text-ink';

/** Lets in whoever has a key that may operate; the name is what colleagues see. */
export function SignIn({ onSigned }: { readonly onSigned: (signed: Signed) => void }) {
  const words = useInboxWords();
  const [key, setKey] = useState('');
  const [by, setBy] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<InboxWord | null>(null);
  const [keyId, nameId, hintId] = [useId(), useId(), useId()];

  const signIn = async () => {
    const signed = { key: key.trim(), by: by.trim() };
    setBusy(true);
    setWrong(null);
    try {
      await new InboxApi(signed).list({ limit: '1' });
      onSigned(signed);
    } catch (error) {
      const status = error instanceof Refusal ? error.problem.status : 0;
      setWrong(status === 401 ? 'badKey' : status === 403 ? 'weakKey' : 'unreachable');
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center px-5 py-8">
      <FernMark className="size-14" />
      <h1 className="mt-4 font-semibold text-2xl text-ink">{words.title}</h1>
      <p className="mt-1 text-soft">{words.signInIntro}</p>
      <form
        className="mt-6 space-y-4"
        onSubmit={event => {
          event.preventDefault();
          void signIn();
        }}
      >
        <div>
          <label htmlFor={keyId} className="font-medium text-ink">
            {words.key}
          </label>
          <input
            id={keyId}
            type="password"
            autoComplete="off"
            required
            value={key}
            onChange={event => setKey(event.target.value)}
            className={FIELD}
          />
        </div>
        <div>
          <label htmlFor={nameId} className="font-medium text-ink">
            {words.name}
          </label>
          <input
            id={nameId}
            autoComplete="name"
            required
            maxLength={100}
            value={by}
            onChange={event => setBy(event.target.value)}
            aria-describedby={hintId}
            className={FIELD}
          />
          <p id={hintId} className="mt-1 text-faint text-sm">
            {words.nameHint}
          </p>
        </div>
        <div role="alert">{wrong && <p className="font-medium text-danger">{words[wrong]}</p>}</div>
        <button
          type="submit"
          disabled={busy || key.trim() === '' || by.trim() === ''}
          className="min-h-11 w-full cursor-pointer rounded-full bg-accent px-5 font-semibold text-on-accent hover:bg-accent-strong disabled:cursor-default disabled:bg-sunken disabled:text-faint"
        >
          {busy ? words.signingIn : words.signIn}
        </button>
      </form>
    </main>
  );
}
