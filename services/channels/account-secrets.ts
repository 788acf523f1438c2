/** What an account's webhooks are signed with and its answers are sent with: sealed in the row, opened when needed. */
import type { ChannelSecrets } from '../../lib/core/channels/signature.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import type { AccountRow } from '../../lib/io/sql/channels.ts';

const place = (column: 'signing' | 'credentials', accountId: string) => ({
  table: 'channel_account',
  column,
  row: accountId,
});

export async function sealSigning(
  sealer: FieldSealer,
  tenantId: string,
  accountId: string,
  secrets: ChannelSecrets,
): Promise<string> {
  return await sealer.seal(tenantId, place('signing', accountId), JSON.stringify(secrets));
}

export async function sealToken(
  sealer: FieldSealer,
  tenantId: string,
  accountId: string,
  token: string,
): Promise<string> {
  return await sealer.seal(tenantId, place('credentials', accountId), token);
}

export async function openSigning(sealer: FieldSealer, account: AccountRow): Promise<ChannelSecrets> {
  const { tenantId, accountId, signing } = account;
  return JSON.parse(await sealer.open(tenantId, place('signing', accountId), signing)) as ChannelSecrets;
}

export async function openToken(
  sealer: FieldSealer,
  { tenantId, accountId, credentials }: AccountRow,
): Promise<string> {
  return await sealer.open(tenantId, place('credentials', accountId), credentials);
}
