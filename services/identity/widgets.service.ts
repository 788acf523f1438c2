/**
 * Owns widgets: what they say, and the tokens of customers who have no account. Invariants:
 * 1. The public key opens nothing by itself: the gateway has asked whether the page's origin is allowed.
 * 2. A customer without an account is a random id that only his token names. Who shows an old token stays who he was;
 *    a token that the tenant's own server signed is never prolonged here.
 */
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import type { ServiceSchema } from 'moleculer';
import type { ParamsOf } from '../../lib/contracts/contract.ts';
import * as contracts from '../../lib/contracts/widget.contracts.ts';
import { findWidgetKey, insertWidgetKey } from '../../lib/io/sql/members.ts';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { findWidgetRow, upsertWidget, widgetOf } from '../../lib/io/sql/widgets.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action } from '../../lib/moleculer/action.ts';
import { type IdentityPorts, newSecret } from './identity-ports.ts';
import { WIDGET_AUDIENCE, WIDGET_TYPE } from './sessions.ts';

type Settings = ParamsOf<typeof contracts.putWidget>;

/** The prefix and 132 random bits. */
const PUBLIC_KEY_LETTERS = 26;
const TOKEN_SECONDS = 3_600;
/** For so long after it was made an old token says who its customer is. */
const KNOWN_SECONDS = 30 * 86_400;
/** Customers without an account: no token of the tenant's own server may name one. */
const UNKNOWN_CUSTOMER = /^anon_[\w-]{20,60}$/;

interface Signing {
  readonly keyId: string;
  readonly secret: Uint8Array;
}

export function widgetsService({ database, sealer, clock }: IdentityPorts): ServiceSchema {
  async function signingOf(tenantId: string): Promise<Signing> {
    const row = await findWidgetKey(database, { tenantId });
    if (!row) throw new TroupeError('unauthenticated', 'This widget has no key; set it up anew');
    const { key_id: keyId } = row;
    const secret = await sealer.open(tenantId, secretPlace('widget_key', keyId), row.sealed_secret);
    return { keyId, secret: Buffer.from(secret) };
  }

  /** Whom an earlier token names, and for how long it is still good; undefined when it says nothing any more. */
  async function namedBy(token: string, { keyId, secret }: Signing) {
    try {
      if (decodeProtectedHeader(token).kid !== keyId) return undefined;
      const { payload } = await jwtVerify(token, secret, {
        algorithms: ['HS256'],
        typ: WIDGET_TYPE,
        audience: WIDGET_AUDIENCE,
        requiredClaims: ['exp', 'iat', 'sub'],
        maxTokenAge: KNOWN_SECONDS,
        clockTolerance: KNOWN_SECONDS,
      });
      return { customerId: payload.sub!, expires: payload.exp! };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  }

  async function sign(customerId: string, { keyId, secret }: Signing): Promise<string> {
    return await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: keyId, typ: WIDGET_TYPE })
      .setSubject(customerId)
      .setAudience(WIDGET_AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_SECONDS}s`)
      .sign(secret);
  }

  async function ofKey(publicKey: string) {
    const row = await findWidgetRow<Settings>(database, publicKey);
    if (!row) throw new TroupeError('unauthenticated', 'No widget has that public key');
    return row;
  }

  return {
    name: 'widgets',
    actions: {
      put: action(contracts.putWidget, async ({ params, meta }) => {
        const tenantId = meta.tenantId!;
        const keyId = newId('widgetKey');
        const place = secretPlace('widget_key', keyId);
        const sealedSecret = await sealer.seal(tenantId, place, newSecret('ws_'));
        const publicKey = await database.withTenant(tenantId, async tx => {
          await insertWidgetKey(tx, { tenantId, keyId, sealedSecret });
          return await upsertWidget(tx, {
            tenantId,
            publicKey: newSecret('wpk_').slice(0, PUBLIC_KEY_LETTERS),
            settings: params,
          });
        });
        return { publicKey, ...params };
      }),

      get: action(contracts.getWidget, async ({ meta }) => {
        const row = await database.withTenant(meta.tenantId!, tx => widgetOf<Settings>(tx));
        if (!row) throw new TroupeError('not-found', 'No widget is set up; PUT makes it');
        return { publicKey: row.public_key, ...row.settings };
      }),

      find: action(contracts.findWidget, async ({ params }) => ({
        tenantId: (await ofKey(params.publicKey)).tenant_id,
      })),

      open: action(contracts.openWidget, async ({ params }) => {
        const { tenant_id: tenantId, settings } = await ofKey(params.publicKey);
        const signing = await signingOf(tenantId);
        const known = params.token === undefined ? undefined : await namedBy(params.token, signing);
        if (known && !UNKNOWN_CUSTOMER.test(known.customerId)) {
          const expiresInSeconds = known.expires - nowSeconds();
          if (expiresInSeconds <= 0)
            throw new TroupeError('unauthenticated', 'This token has run out; your own server gives another');
          return { token: params.token!, expiresInSeconds, ...settings };
        }
        const customerId = known?.customerId ?? newSecret('anon_');
        return { token: await sign(customerId, signing), expiresInSeconds: TOKEN_SECONDS, ...settings };
      }),
    },
  };

  function nowSeconds(): number {
    return Math.floor(clock.now() / 1_000);
  }
}
