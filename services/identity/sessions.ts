/** Sign-ins: what a person gets on signing in, and whose a token is that comes back. */
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { ROLE_SCOPES, type Role, WIDGET_SCOPES } from '../../lib/contracts/roles.ts';
import type { AuditLog } from '../../lib/io/audit-log.ts';
import { findWidgetKey } from '../../lib/io/sql/members.ts';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { findSignIn, insertSignIn, rotateRefreshToken } from '../../lib/io/sql/sign-ins.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { hashSecret, type IdentityPorts, newSecret, publishRevoked } from './identity-ports.ts';
import type { SigningKeys } from './signing-keys.ts';

const ACCESS_SECONDS = 600;
const SIGN_IN_DAYS = 30;
export const API_AUDIENCE = 'troupe-api';
export const WIDGET_AUDIENCE = 'troupe-widget';
/** The kinds of token say which key and algorithm check them, so that none passes for another (RFC 8725, 3.11). */
const ACCESS_TYPE = 'at+jwt';
export const WIDGET_TYPE = 'widget+jwt';
const LONGEST_WIDGET_SECONDS = 86_400;

interface Person {
  readonly tenantId: string;
  readonly userId: string;
  readonly role: Role;
}

export function createSessions(ports: IdentityPorts, keys: SigningKeys) {
  const { database, publicUrl } = ports;

  async function accessToken({ tenantId, userId }: Person, sessionId: string): Promise<string> {
    const { keyId, key } = await keys.signer();
    return await new SignJWT({ tenant: tenantId, sid: sessionId })
      .setProtectedHeader({ alg: 'EdDSA', kid: keyId, typ: ACCESS_TYPE })
      .setIssuer(publicUrl)
      .setAudience(API_AUDIENCE)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_SECONDS}s`)
      .sign(key);
  }

  async function tokensOf(person: Person, sessionId: string, refreshToken: string) {
    const token = await accessToken(person, sessionId);
    const { tenantId, userId, role } = person;
    return { tenantId, userId, role, accessToken: token, expiresInSeconds: ACCESS_SECONDS, refreshToken };
  }

  async function ofAccessToken(token: string, keyId: string) {
    const { payload } = await jwtVerify(token, await keys.verifier(keyId), {
      algorithms: ['EdDSA'],
      typ: ACCESS_TYPE,
      issuer: publicUrl,
      audience: API_AUDIENCE,
      requiredClaims: ['exp', 'sub', 'sid', 'tenant'],
    });
    const row = await findSignIn(database, String(payload.tenant), String(payload.sid));
    if (!row || row.user_id !== payload.sub) throw ended();
    return {
      tenantId: row.tenant_id,
      plan: row.plan,
      region: row.region,
      subject: { kind: 'user' as const, id: row.user_id },
      name: row.email,
      role: row.role,
      scopes: ROLE_SCOPES[row.role],
      expiresAt: payload.exp! * 1_000,
    };
  }

  /** The tenant comes from the key, never from the token. */
  async function ofWidgetToken(token: string, keyId: string) {
    const row = await findWidgetKey(database, { keyId });
    if (!row) throw ended();
    const place = secretPlace('widget_key', row.key_id);
    const secret = await ports.sealer.open(row.tenant_id, place, row.sealed_secret);
    const { payload } = await jwtVerify(token, Buffer.from(secret), {
      algorithms: ['HS256'],
      typ: WIDGET_TYPE,
      audience: WIDGET_AUDIENCE,
      requiredClaims: ['exp', 'iat', 'sub'],
      maxTokenAge: LONGEST_WIDGET_SECONDS,
    });
    if (payload.sub === '' || payload.sub!.length > 200) throw ended();
    return {
      tenantId: row.tenant_id,
      plan: row.plan,
      region: row.region,
      subject: { kind: 'widget' as const, id: payload.sub! },
      scopes: WIDGET_SCOPES,
      expiresAt: Math.min(payload.exp!, payload.iat! + LONGEST_WIDGET_SECONDS) * 1_000,
    };
  }

  return {
    /** The line in the audit log comes first: no sign-in goes unrecorded. */
    async begin(person: Person, by: 'password' | 'oidc') {
      const sessionId = newId('session');
      await noteSignIn(ports.audit, person.tenantId, person.userId, 'identity.signed-in', { by, sessionId });
      const refreshToken = newSecret('tr_');
      await insertSignIn(database, {
        tenantId: person.tenantId,
        userId: person.userId,
        sessionId,
        tokenHash: hashSecret(refreshToken),
        days: SIGN_IN_DAYS,
      });
      return await tokensOf(person, sessionId, refreshToken);
    },

    async refresh(spent: string) {
      const next = newSecret('tr_');
      const row = await rotateRefreshToken(database, hashSecret(spent), hashSecret(next));
      if (!row) throw ended();
      if ('reused' in row) {
        await noteSignIn(ports.audit, row.reused, row.userId, 'identity.refresh-token-reused', {
          sessionId: row.sessionId,
        });
        await publishRevoked(ports, { tenantId: row.reused, ended: { kind: 'user', id: row.userId } });
        throw ended();
      }
      return await tokensOf(
        { tenantId: row.tenant_id, userId: row.user_id, role: row.role },
        row.session_id,
        next,
      );
    },

    async authenticate(token: string) {
      try {
        const { kid, typ } = decodeProtectedHeader(token);
        if (typeof kid !== 'string') throw ended();
        return typ === WIDGET_TYPE ? await ofWidgetToken(token, kid) : await ofAccessToken(token, kid);
      } catch (error) {
        // Which check failed is nobody's business but the log's of whoever made the token.
        if (error instanceof errors.JOSEError || error instanceof TypeError) throw ended(error);
        throw error;
      }
    },
  };
}

/** Of a person's own doing: who, and what came of it; never an address or a token. */
export async function noteSignIn(
  audit: AuditLog,
  tenantId: string,
  userId: string,
  action: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await audit.record(tenantId, { actor: `user:${userId}`, action, target: `userId ${userId}`, detail });
}

export function ended(cause?: unknown): TroupeError {
  return new TroupeError('unauthenticated', 'This token is not valid, has run out or was revoked', { cause });
}
