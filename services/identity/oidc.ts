/**
 * Sign-in by OpenID Connect: authorization code with PKCE, state and nonce (RFC 9700). What a flow must remember stays
 * with the coordination port for ten minutes and is taken once. Every address of the issuer is called by the guarded
 * fetch: a tenant chooses it.
 */
import * as oauth from 'oauth4webapi';
import type { Role } from '../../lib/contracts/roles.ts';
import { planOf } from '../../lib/core/pricing/plans.ts';
import { upsertOidcUser } from '../../lib/io/sql/identity.ts';
import { findOidc, type OidcRow } from '../../lib/io/sql/members.ts';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { hashSecret, type IdentityPorts, newSecret, normalizeEmail } from './identity-ports.ts';

const FLOW_MS = 600_000;

interface Flow {
  readonly tenantId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** A platform that only its own machine reaches is reached by each of that machine's names, at the port that it was given (0: any). */
function isOwnPage(redirectUri: string, publicUrl: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const [page, own] = [new URL(redirectUri), new URL(publicUrl)];
  if (page.origin === own.origin) return true;
  return (
    page.protocol === own.protocol &&
    LOOPBACK.includes(own.hostname) &&
    LOOPBACK.includes(page.hostname) &&
    (own.port === '0' || own.port === page.port)
  );
}

export function createOidc(ports: IdentityPorts) {
  const { coordination, database, outbound, publicUrl } = ports;
  const fetching = {
    [oauth.customFetch]: (url: string, { method, headers, body }: RequestInit) =>
      outbound(url, {
        method: method!,
        headers: headers as Record<string, string>,
        ...(body ? { body: String(body) } : {}),
        maxRedirects: 0,
      }),
    // Whether plain HTTP may be called at all is the guarded fetch's to say: a private issuer must be allowed by name.
    [oauth.allowInsecureRequests]: true,
  };

  async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
    const url = new URL(issuer);
    try {
      return await oauth.processDiscoveryResponse(
        url,
        await oauth.discoveryRequest(url, { algorithm: 'oidc', ...fetching }),
      );
    } catch (cause) {
      if (cause instanceof TroupeError) throw cause;
      throw new TroupeError('unavailable', 'The issuer does not answer as OpenID Connect discovery says', {
        cause,
      });
    }
  }

  async function providerOf(tenantId: string): Promise<OidcRow> {
    const provider = await findOidc(database, tenantId);
    if (!provider) throw new TroupeError('not-found', 'This tenant has no OpenID Connect issuer');
    return provider;
  }

  async function begin(tenantId: string, redirectUri: string): Promise<{ url: string; flow: string }> {
    if (!isOwnPage(redirectUri, publicUrl))
      throw new TroupeError('validation-failed', 'redirectUri must be a page of this platform', {
        data: { fields: [{ field: 'redirectUri', rule: 'origin' }] },
      });
    const provider = await providerOf(tenantId);
    const server = await discover(provider.issuer);
    const flow: Flow = {
      tenantId,
      redirectUri,
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
    };
    const id = newSecret('fl_');
    await coordination.set(flowKey(id), JSON.stringify(flow), FLOW_MS);
    const url = new URL(server.authorization_endpoint!);
    for (const [name, value] of Object.entries({
      client_id: provider.client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email',
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    }))
      url.searchParams.set(name, value);
    return { url: url.toString(), flow: id };
  }

  async function finish(
    id: string,
    returnedTo: string,
  ): Promise<{ tenantId: string; userId: string; role: Role }> {
    const kept = await coordination.get(flowKey(id));
    // Whoever deletes it has it: a flow is finished once.
    if (!kept || !(await coordination.delete(flowKey(id)))) throw refused();
    const flow = JSON.parse(kept) as Flow;
    const provider = await providerOf(flow.tenantId);
    const server = await discover(provider.issuer);
    const client: oauth.Client = { client_id: provider.client_id };
    const place = secretPlace('oidc_provider', flow.tenantId);
    const secret = await ports.sealer.open(flow.tenantId, place, provider.sealed_secret);
    try {
      const parameters = oauth.validateAuthResponse(server, client, new URL(returnedTo), flow.state);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.ClientSecretPost(secret),
        parameters,
        flow.redirectUri,
        flow.verifier,
        fetching,
      );
      const result = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: flow.nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, answer, fetching);
      const claims = oauth.getValidatedIdTokenClaims(result)!;
      return await person(flow.tenantId, provider, claims);
    } catch (cause) {
      if (cause instanceof TroupeError) throw cause;
      throw refused(cause);
    }
  }

  async function person(tenantId: string, provider: OidcRow, claims: oauth.IDToken) {
    if (claims.email_verified !== true || typeof claims.email !== 'string')
      throw new TroupeError('unauthenticated', 'The issuer does not vouch for an e-mail address');
    const found = await upsertOidcUser(database, {
      tenantId,
      userId: newId('user'),
      email: normalizeEmail(claims.email),
      issuer: provider.issuer,
      subject: claims.sub,
      role: provider.default_role,
      most: planOf(provider.plan).members,
    });
    if (!found)
      throw new TroupeError('unauthenticated', 'This account may not sign in by the issuer; ask an owner');
    return { tenantId, ...found };
  }

  return { discover, begin, finish };
}

const flowKey = (id: string) => `oidc-flow:${hashSecret(id).toString('base64url')}`;

function refused(cause?: unknown): TroupeError {
  return new TroupeError('unauthenticated', 'The sign-in by the issuer did not succeed; begin again', {
    cause,
  });
}
