/** Owns sign-in by a tenant's OpenID Connect issuer. */
import type { ServiceSchema } from 'moleculer';
import { beginOidc, finishOidc } from '../../lib/contracts/identity.contracts.ts';
import { readOidc, removeOidc, setOidc } from '../../lib/contracts/members.contracts.ts';
import { deleteOidc, findOidc, upsertOidc } from '../../lib/io/sql/members.ts';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import type { IdentityPorts } from './identity-ports.ts';
import { createOidc } from './oidc.ts';
import { createSessions } from './sessions.ts';
import { createSigningKeys } from './signing-keys.ts';

export function oidcService(ports: IdentityPorts): ServiceSchema {
  const oidc = createOidc(ports);
  const sessions = createSessions(ports, createSigningKeys(ports));
  return {
    name: 'oidc',
    actions: {
      configure: action(setOidc, async ({ params, meta }) => {
        // One that cannot be reached now would only lock people out later.
        await oidc.discover(params.issuer);
        const tenantId = meta.tenantId!;
        await upsertOidc(ports.database, {
          tenantId,
          issuer: params.issuer,
          clientId: params.clientId,
          sealedSecret: await ports.sealer.seal(
            tenantId,
            secretPlace('oidc_provider', tenantId),
            params.clientSecret,
          ),
          defaultRole: params.defaultRole,
        });
        return { configured: true };
      }),
      configured: action(readOidc, async ({ meta }) => {
        const row = await findOidc(ports.database, meta.tenantId!);
        if (!row) return { issuer: null };
        const { issuer, client_id: clientId, default_role: defaultRole } = row;
        return { issuer: { issuer, clientId, defaultRole: defaultRole as 'agent' } };
      }),
      remove: action(removeOidc, async ({ meta }) => {
        if (!(await deleteOidc(ports.database, meta.tenantId!)))
          throw new TroupeError('not-found', 'No issuer is set up');
        return { removed: true };
      }),
      begin: action(beginOidc, ({ params }) => oidc.begin(params.tenantId, params.redirectUri)),
      finish: action(finishOidc, async ({ params }) =>
        sessions.begin(await oidc.finish(params.flow, params.returnedTo), 'oidc'),
      ),
    },
  };
}
