/**
 * Who works here: a person who has signed in, or whoever pasted an API key. A person's sign-in is shared by the tabs of
 * the browser and renewed by one of them at a time, since a refresh token is good once; a key stays in its tab.
 */
import { TroupeClient, TroupeProblem } from '@troupe/client';
import { parseJson } from '../chat/wire.ts';
import { DRAFTS } from '../inbox/drafts.ts';

export interface PersonSignedIn {
  readonly kind: 'person';
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token runs out, milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface KeySignedIn {
  readonly kind: 'key';
  readonly key: string;
  /** How colleagues and the journal name this person. */
  readonly name: string;
}

export type SignedIn = PersonSignedIn | KeySignedIn;

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

const PERSON = 'troupe.person';
const KEY = 'troupe.key';
const LOCK = 'troupe.refresh';
/** A token that ends within this is renewed before it is used. Milliseconds. */
const SOON_MS = 30_000;

export function signedInBy(email: string, { accessToken, refreshToken, expiresInSeconds }: Tokens): SignedIn {
  return {
    kind: 'person',
    email,
    accessToken,
    refreshToken,
    expiresAt: Date.now() + expiresInSeconds * 1_000,
  };
}

export function recallSignedIn(): SignedIn | null {
  const key = parseJson(sessionStorage.getItem(KEY) ?? 'null') as Partial<KeySignedIn> | null;
  if (typeof key?.key === 'string' && typeof key.name === 'string')
    return { kind: 'key', key: key.key, name: key.name };
  return recallPerson();
}

function recallPerson(): PersonSignedIn | null {
  const person = parseJson(localStorage.getItem(PERSON) ?? 'null') as Partial<PersonSignedIn> | null;
  return typeof person?.refreshToken === 'string' && typeof person.accessToken === 'string'
    ? {
        kind: 'person',
        email: String(person.email ?? ''),
        accessToken: person.accessToken,
        refreshToken: person.refreshToken,
        expiresAt: Number(person.expiresAt) || 0,
      }
    : null;
}

export function rememberSignedIn(signed: SignedIn): void {
  if (signed.kind === 'key') sessionStorage.setItem(KEY, JSON.stringify(signed));
  else localStorage.setItem(PERSON, JSON.stringify(signed));
}

export function nameOf(signed: SignedIn): string {
  return signed.kind === 'key' ? signed.name : signed.email;
}

/** The platform as somebody who is signed in reaches it. */
export class Session {
  readonly client: TroupeClient;
  readonly by: string;
  #signed: SignedIn;
  readonly #ended: () => void;

  constructor(signed: SignedIn, ended: () => void) {
    this.#signed = signed;
    this.#ended = ended;
    this.by = nameOf(signed);
    this.client = new TroupeClient({
      key: () => this.token(),
      fetch: (input, init) => this.fetchWith(fetch, input, init),
    });
  }

  /** The same over another way of fetching, such as one that tells its progress. */
  clientOver(way: typeof fetch): TroupeClient {
    return new TroupeClient({
      key: () => this.token(),
      fetch: (input, init) => this.fetchWith(way, input, init),
      retries: 0,
    });
  }

  async token(): Promise<string> {
    if (this.#signed.kind === 'key') return this.#signed.key;
    if (this.#signed.expiresAt - Date.now() < SOON_MS) await this.#renew(this.#signed.accessToken);
    return this.#signed.accessToken;
  }

  async signOut(): Promise<void> {
    const { kind } = this.#signed;
    sessionStorage.removeItem(KEY);
    sessionStorage.removeItem(DRAFTS);
    if (kind === 'person') {
      const refreshToken = recallPerson()?.refreshToken ?? this.#signed.refreshToken;
      localStorage.removeItem(PERSON);
      const open = new TroupeClient({ key: () => '', retries: 0 });
      // Without a network the sign-in ends by itself in thirty days; here it is forgotten now.
      await open.call('identitySignOut', { refreshToken }).catch(() => undefined);
    }
    this.#ended();
  }

  /** A token that is refused is renewed once; a refusal after that ends the sign-in here. */
  async fetchWith(way: typeof fetch, input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const response = await way(input, init);
    if (response.status !== 401) return response;
    if (this.#signed.kind === 'key') {
      sessionStorage.removeItem(KEY);
      this.#ended();
      return response;
    }
    const used = String(new Headers(init?.headers).get('authorization')).replace(/^Bearer /, '');
    await this.#renew(used);
    const headers = { ...(init?.headers as object), authorization: `Bearer ${this.#signed.accessToken}` };
    return await way(input, { ...init, headers });
  }

  async #renew(used: string): Promise<void> {
    const renew = async () => {
      // Another tab may have renewed it meanwhile.
      const kept = recallPerson();
      if (kept && kept.accessToken !== used) {
        this.#signed = kept;
        return;
      }
      const open = new TroupeClient({ key: () => '' });
      try {
        const refreshToken = (this.#signed as PersonSignedIn).refreshToken;
        this.#signed = signedInBy(this.by, await open.call('identityRefresh', { refreshToken }));
        rememberSignedIn(this.#signed);
      } catch (error) {
        if (error instanceof TroupeProblem && error.problem.status === 401) {
          localStorage.removeItem(PERSON);
          this.#ended();
        }
        throw error;
      }
    };
    // Pages without TLS have no locks: then each tab is on its own.
    await (navigator.locks ? navigator.locks.request(LOCK, renew) : renew());
  }
}
