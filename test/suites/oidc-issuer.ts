/** A stand-in for an OpenID Connect issuer: discovery, keys, authorization code with PKCE, ID tokens, over its own wire protocol. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

interface Person {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
}

export async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, { person: Person; query: URLSearchParams }>();
  /** Changes of the ID tokens' claims: attacks. */
  let twist: Record<string, unknown> = {};
  let issuer = '';
  /** Who sits before the browser that comes to the issuer's page. */
  let visitor: Person | undefined;
  const approve = (url: string, person: Person): string => {
    const { searchParams: query } = new URL(url);
    const code = randomUUID();
    codes.set(code, { person, query });
    const back = new URL(query.get('redirect_uri')!);
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state')!);
    return back.toString();
  };
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { pathname, searchParams } = new URL(request.url!, issuer);
    if (pathname === '/.well-known/openid-configuration')
      return answer(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (pathname === '/authorize') {
      // The page on which a person signs in there: one link says yes, the other no.
      const asked = `${issuer}${request.url!}`;
      const no = new URL(searchParams.get('redirect_uri')!);
      no.searchParams.set('error', 'access_denied');
      no.searchParams.set('state', searchParams.get('state')!);
      const links = visitor ? [`<a href="${escaped(approve(asked, visitor))}">Yes</a>`] : [];
      return response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<h1>Issuer</h1>${[...links, `<a href="${escaped(no.toString())}">No</a>`].join(' ')}`);
    }
    if (pathname === '/keys') return answer(200, { keys: [jwk] });
    if (pathname !== '/token') return answer(404, {});
    let text = '';
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(text);
    const held = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      !held ||
      form.get('client_secret') !== 'the secret' ||
      challenge !== held.query.get('code_challenge') ||
      form.get('redirect_uri') !== held.query.get('redirect_uri')
    )
      return answer(400, { error: 'invalid_grant' });
    const idToken = await new SignJWT({ ...held.person, nonce: held.query.get('nonce'), ...twist })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer((twist.iss as string | undefined) ?? issuer)
      .setAudience((twist.aud as string | undefined) ?? held.query.get('client_id')!)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    return answer(200, { access_token: randomUUID(), token_type: 'Bearer', id_token: idToken });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    twist(change: Record<string, unknown>) {
      twist = change;
    },
    /** As if the person had signed in there: the address that the browser is sent back to. */
    approve,
    visitedBy(person: Person) {
      visitor = person;
    },
    close: () => server.close(),
  };
}

const escaped = (url: string) => url.replaceAll('&', '&amp;');
