/** What tests of identity ask of a running platform over HTTP, and the mailbox that it writes to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a test expects of it
  readonly body: any;
}

export async function ask(
  url: string,
  method: string,
  path: string,
  { key, body, headers = {} }: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}

/** Letters to that address, oldest first, as they were written to the mailbox folder. */
export function lettersTo(dataDir: string, address: string): string[] {
  const folder = join(dataDir, 'mailbox');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(file => file.endsWith('.eml'))
    .sort()
    .map(file => readFileSync(join(folder, file), 'utf8').replace(/=\n/g, '').replace(/=3D/g, '='))
    .filter(letter => letter.includes(`To: ${address}`) || letter.includes(`<${address}>`));
}

/** The secret after the `#` of the newest letter's link. */
export function linkIn(dataDir: string, address: string): string {
  const token = /#([\w-]+)/.exec(lettersTo(dataDir, address).at(-1) ?? '')?.[1];
  if (!token) throw new Error(`no letter with a link to ${address}`);
  return token;
}

export interface SignedUp {
  readonly tenantId: string;
  readonly userId: string;
  readonly apiKey: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export async function signUpAndIn(
  url: string,
  dataDir: string,
  email: string,
  password: string,
): Promise<SignedUp> {
  const asked = await ask(url, 'POST', '/api/v1/tenants', {
    body: { name: 'Made by itself', email, password },
  });
  if (asked.status !== 202) throw new Error(JSON.stringify(asked.body));
  const made = await ask(url, 'POST', '/api/v1/tenants/confirm', { body: { token: linkIn(dataDir, email) } });
  const signedIn = await ask(url, 'POST', '/api/v1/auth/login', { body: { email, password } });
  return { ...made.body, ...signedIn.body };
}
