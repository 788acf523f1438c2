/** The verbs about the accounts that a tenant connects. */
import type { ActionSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/channels.contracts.ts';
import { checkAccount } from '../../lib/core/channels/account.ts';
import { faultOfTemplate, type Template } from '../../lib/core/channels/template.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import * as sql from '../../lib/io/sql/channels.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action } from '../../lib/moleculer/action.ts';
import { sealSigning, sealToken } from './account-secrets.ts';

const noAccount = () => new TroupeError('not-found', 'There is no such account');

const shown = ({ accountId, channel, externalId, name, agent, template }: sql.AccountRow) => ({
  accountId,
  channel: channel as 'telegram',
  externalId,
  name,
  agent,
  webhookPath: `/${channel === 'instagram' ? 'facebook' : channel}/webhook/${accountId}`,
  template: template && {
    name: template.name,
    language: template.language,
    parameters: [...template.parameters],
    ...(template.names ? { names: [...template.names] } : {}),
  },
});

export function accountActions(database: Database, sealer: FieldSealer): Record<string, ActionSchema> {
  return {
    connect: action(contracts.connectChannel, async ctx => {
      const { channel, externalId = null, name, agent = null, accessToken, ...given } = ctx.params;
      checkAccount(channel, externalId, accessToken);
      const tenantId = ctx.meta.tenantId!;
      const accountId = newId('channelAccount');
      const secrets = {
        signing: given.signingSecrets,
        ...(given.verifyToken ? { verifyToken: given.verifyToken } : {}),
        ...(given.appId ? { appId: given.appId } : {}),
      };
      const row: sql.AccountRow = {
        ...{ tenantId, accountId, channel, externalId, name, agent },
        signing: await sealSigning(sealer, tenantId, accountId, secrets),
        credentials: await sealToken(sealer, tenantId, accountId, accessToken),
        template: null,
      };
      await database.withTenant(tenantId, tx => sql.insertAccount(tx, row));
      return shown(row);
    }),
    list: action(contracts.listChannels, async ctx => ({
      channels: (await database.withTenant(ctx.meta.tenantId!, tx => sql.accountsOf(tx))).map(shown),
    })),
    disconnect: action(contracts.disconnectChannel, async ctx => {
      if (!(await database.withTenant(ctx.meta.tenantId!, tx => sql.deleteAccount(tx, ctx.params.accountId))))
        throw noAccount();
      return { disconnected: true };
    }),
    putTemplate: action(contracts.putTemplate, ctx =>
      database.withTenant(ctx.meta.tenantId!, async tx => {
        const { accountId, template } = ctx.params;
        const row = await sql.putTemplate(tx, accountId, template as Template | null);
        if (!row) throw noAccount();
        const fault = row.template && faultOfTemplate(row.channel, row.template);
        if (fault) throw new TroupeError('validation-failed', fault);
        return shown(row);
      }),
    ),
  };
}
