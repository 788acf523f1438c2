/**
 * Owns people's sign-up, sign-in, sign-ins and tokens. Invariants:
 * 1. Passwords and tokens are never stored, logged or told again; links are good once.
 * 2. Nothing told to somebody who is not signed in says whether an address has an account.
 * 3. What ends is published, so that gateways forget it at once; they believe nothing longer than a second anyway.
 */
import type { ServiceSchema } from 'moleculer';
import { SCOPES } from '../lib/contracts/contract.ts';
import * as contracts from '../lib/contracts/identity.contracts.ts';
import { checkPassword, hashPassword } from '../lib/io/password.ts';
import {
  completeSignUp,
  findUser,
  insertPasswordLink,
  insertSignUp,
  setPasswordByLink,
} from '../lib/io/sql/identity.ts';
import { emailOf, findTenantRow } from '../lib/io/sql/members.ts';
import { endSignIn } from '../lib/io/sql/sign-ins.ts';
import type { Clock } from '../lib/kernel/clock.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { newId } from '../lib/kernel/ids.ts';
import { action } from '../lib/moleculer/action.ts';
import {
  hashSecret,
  type IdentityPorts,
  keyPrefix,
  limitTries,
  newSecret,
  normalizeEmail,
  publishRevoked,
} from './identity/identity-ports.ts';
import { confirmMail, passwordMail } from './identity/letters.ts';
import { createSessions, ended, noteSignIn } from './identity/sessions.ts';
import { createSigningKeys } from './identity/signing-keys.ts';
import { createUpkeep } from './identity/upkeep.ts';

const LINK_HOURS = 24;
const badLink = () =>
  new TroupeError('unauthenticated', 'This link is not valid, was used, or has run out; ask for a new one');

/**
 * Refusals are told at whole steps after they were asked for: an account's line in the audit log is written before,
 * and how long that takes must not tell who has an account.
 */
const REFUSAL_STEP_MS = 250;

function untilTold(clock: Clock, began: number): Promise<void> {
  const left = REFUSAL_STEP_MS - ((clock.monotonic() - began) % REFUSAL_STEP_MS);
  return new Promise(resolve => clock.after(left, resolve));
}

export function identityService(ports: IdentityPorts): ServiceSchema {
  const { database, coordination, mail, publicUrl } = ports;
  const keys = createSigningKeys(ports);
  const sessions = createSessions(ports, keys);
  const upkeep = createUpkeep(ports, ports.log);
  const revoked = (tenantId: string, userId: string) =>
    publishRevoked(ports, { tenantId, ended: { kind: 'user', id: userId } });

  return {
    name: 'identity',
    actions: {
      signUp: action(contracts.signUp, async ({ params: { name, password, ...rest } }) => {
        const email = normalizeEmail(rest.email);
        await limitTries(coordination, 'sign-up', email, 5, 3_600);
        const token = newSecret('su_');
        await insertSignUp(database, {
          linkHash: hashSecret(token),
          email,
          name,
          passwordHash: await hashPassword(password),
          hours: LINK_HOURS,
        });
        await mail.send(confirmMail(email, name, publicUrl, token));
        return { status: 'mail-sent' as const };
      }),

      confirmSignUp: action(contracts.confirmSignUp, async ({ params }) => {
        const [tenantId, userId, keyId] = [newId('tenant'), newId('user'), newId('apiKey')];
        const apiKey = newSecret('tk_live_');
        const made = await completeSignUp(database, hashSecret(params.token), {
          tenantId,
          userId,
          keyId,
          keyHash: hashSecret(apiKey),
          prefix: keyPrefix(apiKey),
          scopes: SCOPES,
        });
        if (!made) throw badLink();
        return { tenantId, userId, apiKey };
      }),

      signIn: action(contracts.signIn, async ({ params }) => {
        const email = normalizeEmail(params.email);
        await limitTries(coordination, 'sign-in', email, 10, 900);
        const user = await findUser(database, email, params.tenantId);
        const began = ports.clock.monotonic();
        const right = await checkPassword(params.password, user?.password_hash ?? undefined);
        if (!user || !right || user.state !== 'active') {
          if (user) await noteSignIn(ports.audit, user.tenant_id, user.user_id, 'identity.sign-in-failed');
          await untilTold(ports.clock, began);
          throw new TroupeError('unauthenticated', 'The address or the password is wrong');
        }
        return await sessions.begin(
          { tenantId: user.tenant_id, userId: user.user_id, role: user.role },
          'password',
        );
      }),

      refresh: action(contracts.refresh, ({ params }) => sessions.refresh(params.refreshToken)),

      signOut: action(contracts.signOut, async ({ params }) => {
        const ended = await endSignIn(database, hashSecret(params.refreshToken));
        if (ended) await revoked(ended.tenantId, ended.userId);
        return { signedOut: true };
      }),

      forgotPassword: action(contracts.forgotPassword, async ({ params }) => {
        const email = normalizeEmail(params.email);
        await limitTries(coordination, 'forgot', email, 5, 3_600);
        const began = ports.clock.monotonic();
        const user = await findUser(database, email, params.tenantId);
        if (user?.state === 'active') {
          const token = newSecret('pw_');
          await insertPasswordLink(database, {
            tenantId: user.tenant_id,
            userId: user.user_id,
            linkHash: hashSecret(token),
            hours: 1,
          });
          await mail.send(passwordMail(email, publicUrl, token, 'forgot'));
        }
        await untilTold(ports.clock, began);
        return { status: 'mail-sent' as const };
      }),

      setPassword: action(contracts.setPassword, async ({ params }) => {
        const passwordHash = await hashPassword(params.password);
        const set = await setPasswordByLink(database, hashSecret(params.token), passwordHash);
        if (!set) throw badLink();
        await revoked(set.tenantId, set.userId);
        return set;
      }),

      authenticate: action(contracts.authenticateToken, ({ params }) => sessions.authenticate(params.token)),

      publicKeys: action(contracts.publicKeys, async () => ({ keys: (await keys.published()) as never })),

      rotateSigningKey: action(contracts.rotateSigningKey, async () => ({ keyId: await keys.rotate() })),

      whoAmI: action(contracts.whoAmI, async ({ meta }) => {
        const { tenant, email } = await database.withTenant(meta.tenantId!, async tx => ({
          tenant: await findTenantRow(tx),
          email: meta.userId ? await emailOf(tx, meta.userId) : null,
        }));
        if (!tenant) throw ended();
        return {
          tenantId: meta.tenantId!,
          ...tenant,
          role: meta.role ?? null,
          email,
          scopes: meta.scopes ?? [],
        };
      }),
    },
    started: () => upkeep.start(),
    stopped: async () => upkeep.stop(),
  };
}
