/** Reading from the platform for a page: what came, whether it is under way, and what went wrong. */
import { type OperationName, type Operations, TroupeProblem } from '@troupe/client';
import { createContext, use, useCallback, useEffect, useRef, useState } from 'react';
import type { Session } from './session.ts';

export interface Me {
  readonly tenantId: string;
  readonly name: string;
  readonly plan: string;
  readonly role: string | null;
  readonly scopes: readonly string[];
}

export const SessionContext = createContext<{ readonly session: Session; readonly me: Me } | null>(null);

export function useSession(): { readonly session: Session; readonly me: Me } {
  const signed = use(SessionContext);
  if (!signed) throw new Error('nobody is signed in here');
  return signed;
}

export interface Loaded<T> {
  readonly data: T | null;
  readonly error: string | null;
  readonly busy: boolean;
  readonly again: () => void;
}

/** What a page itself has to say of something that did not work. */
export class Told extends Error {
  override readonly name = 'Told';
}

/** What the platform said, in words for a person. */
export function whyOf(error: unknown): string {
  if (error instanceof TroupeProblem) {
    const { detail, title, fields } = error.problem;
    const about = fields?.map(({ field, rule }) => `${field} (${rule})`).join(', ');
    return about ? `${detail || title}: ${about}` : detail || title;
  }
  if (error instanceof Told) return error.message;
  return error instanceof Error && error.name === 'AbortError' ? '' : 'The platform cannot be reached.';
}

/** Asks when the page opens, when `params` change, and every `everyMs` while `everyMs` is given. Null asks nothing. */
export function useLoad<N extends OperationName>(
  name: N,
  params: Operations[N]['params'] | null,
  everyMs = 0,
): Loaded<Operations[N]['result']> {
  const { session } = useSession();
  const [state, setState] = useState<{
    of: string;
    data: Operations[N]['result'] | null;
    error: string | null;
    busy: boolean;
  }>({ of: '', data: null, error: null, busy: true });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify([name, params]);
  const asked = useRef(params);
  asked.current = params;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` is the wish to look again
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      const wanted = asked.current;
      if (wanted === null) return;
      setState(before => ({ ...before, busy: true }));
      try {
        const data = await session.client.call(name, wanted, { signal: stop.signal });
        if (!stop.signal.aborted) setState({ of: key, data, error: null, busy: false });
      } catch (error) {
        if (!stop.signal.aborted) setState(before => ({ ...before, error: whyOf(error), busy: false }));
      }
      if (everyMs > 0 && !stop.signal.aborted) timer = setTimeout(() => void look(), everyMs);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [session, key, turn, everyMs]);

  const again = useCallback(() => setTurn(before => before + 1), []);
  const current = state.of === key || params === null;
  return { data: current ? state.data : null, error: state.error, busy: state.busy, again };
}

export interface Acting {
  readonly busy: boolean;
  readonly error: string | null;
  /** Resolves with whether it was done. */
  readonly act: (work: () => Promise<unknown>) => Promise<boolean>;
  readonly clear: () => void;
}

/** One thing at a time that somebody does; what went wrong stays to be read until the next. */
export function useAct(): Acting {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const act = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (problem) {
      setError(whyOf(problem));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { busy, error, act, clear };
}
