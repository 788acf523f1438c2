/** Identities of several channels that are one person, and the codes by which customers say so. */
import type { Transaction } from '../database.ts';

export interface ChannelIdentity {
  readonly accountId: string;
  readonly customerId: string;
}

export async function putLinkCode(
  tx: Transaction,
  tenantId: string,
  { accountId, customerId }: ChannelIdentity,
  codeHash: Buffer,
  minutes: number,
): Promise<Date> {
  await tx.query(
    'delete from channel_link_code where expires_at < now() or (account_id = $1 and customer_id = $2)',
    [accountId, customerId],
  );
  const [row] = await tx.query<{ expires_at: Date }>(
    `insert into channel_link_code (tenant_id, code_hash, account_id, customer_id, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(mins => $5)) returning expires_at`,
    [tenantId, codeHash, accountId, customerId, minutes],
  );
  return row!.expires_at;
}

/** Whom the code was given to; it holds once. */
export async function takeLinkCode(tx: Transaction, codeHash: Buffer): Promise<ChannelIdentity | undefined> {
  const [row] = await tx.query<ChannelIdentity>(
    `delete from channel_link_code where code_hash = $1 and expires_at >= now()
     returning account_id as "accountId", customer_id as "customerId"`,
    [codeHash],
  );
  return row;
}

/** Makes the two one person, with whoever each of them was already. */
export async function linkIdentities(
  tx: Transaction,
  tenantId: string,
  [one, other]: readonly [ChannelIdentity, ChannelIdentity],
  newPersonId: string,
  history: boolean,
): Promise<void> {
  const known = await tx.query<{ person_id: string }>(
    `select distinct person_id from channel_identity
     where (account_id = $1 and customer_id = $2) or (account_id = $3 and customer_id = $4) order by 1`,
    [one.accountId, one.customerId, other.accountId, other.customerId],
  );
  const personId = known[0]?.person_id ?? newPersonId;
  await tx.query('update channel_identity set person_id = $1 where person_id = any ($2::text[])', [
    personId,
    known.map(row => row.person_id),
  ]);
  for (const { accountId, customerId } of [one, other])
    await tx.query(
      `insert into channel_identity as i (tenant_id, account_id, customer_id, person_id, history)
       values ($1, $2, $3, $4, $5) on conflict (tenant_id, account_id, customer_id) do update set
         person_id = excluded.person_id, history = i.history or excluded.history`,
      [tenantId, accountId, customerId, personId, history],
    );
}

export async function unlinkIdentity(
  tx: Transaction,
  { accountId, customerId }: ChannelIdentity,
): Promise<boolean> {
  const rows = await tx.query<{ person_id: string }>(
    'delete from channel_identity where account_id = $1 and customer_id = $2 returning person_id',
    [accountId, customerId],
  );
  // Nobody is linked with oneself alone.
  for (const { person_id } of rows)
    await tx.query(
      `delete from channel_identity where person_id = $1
         and (select count(*) from channel_identity where person_id = $1) = 1`,
      [person_id],
    );
  return rows.length > 0;
}

export async function identityOfConversation(
  tx: Transaction,
  conversationId: string,
): Promise<ChannelIdentity | undefined> {
  const [row] = await tx.query<ChannelIdentity>(
    'select account_id as "accountId", customer_id as "customerId" from channel_thread where conversation_id = $1',
    [conversationId],
  );
  return row;
}

export interface LinkedIdentity extends ChannelIdentity {
  readonly personId: string;
  readonly channel: string;
  readonly history: boolean;
  readonly linkedAt: Date;
  readonly conversationIds: readonly string[];
}

/** All identities of the person; conversations only of those who let their history go along. */
export async function linkedWith(
  tx: Transaction,
  { accountId, customerId }: ChannelIdentity,
): Promise<readonly LinkedIdentity[]> {
  return await tx.query<LinkedIdentity>(
    `select i.person_id as "personId", i.account_id as "accountId", i.customer_id as "customerId", a.channel, i.history,
       i.linked_at as "linkedAt",
       case when i.history then array(
         select t.conversation_id from channel_thread t where t.account_id = i.account_id and t.customer_id = i.customer_id
         order by t.last_inbound_at desc limit 50) else array[]::text[] end as "conversationIds"
     from channel_identity i join channel_account a using (tenant_id, account_id)
     where i.person_id = (select person_id from channel_identity where account_id = $1 and customer_id = $2)
     order by i.linked_at, i.account_id limit 50`,
    [accountId, customerId],
  );
}

export interface Consent {
  /** The message that said so: the same is kept once. */
  readonly id: string;
  readonly what: 'code' | 'link' | 'history' | 'unlink';
  readonly byCustomer: boolean;
  readonly words: string | null;
}

export async function keepConsent(
  tx: Transaction,
  tenantId: string,
  { accountId, customerId }: ChannelIdentity,
  { id, what, byCustomer, words }: Consent,
): Promise<void> {
  await tx.query(
    `insert into channel_consent (tenant_id, consent_id, account_id, customer_id, person_id, what, by_customer, words)
     values ($1, $2, $3, $4, (select person_id from channel_identity where account_id = $3 and customer_id = $4), $5, $6, $7)
     on conflict do nothing`,
    [tenantId, `${id}.${what}`, accountId, customerId, what, byCustomer, words],
  );
}

/** What this customer, or whoever they are linked with, has consented to and taken back, newest first. */
export async function consentsOf(
  tx: Transaction,
  { accountId, customerId }: ChannelIdentity,
): Promise<readonly (Omit<Consent, 'id'> & ChannelIdentity & { readonly at: Date })[]> {
  return await tx.query(
    `select what, by_customer as "byCustomer", words, account_id as "accountId", customer_id as "customerId", at
     from channel_consent where (account_id = $1 and customer_id = $2) or person_id =
       (select person_id from channel_identity where account_id = $1 and customer_id = $2)
     order by at desc, consent_id limit 100`,
    [accountId, customerId],
  );
}

/** The newest conversation of a customer on their channel. */
export async function newestConversation(
  tx: Transaction,
  { accountId, customerId }: ChannelIdentity,
): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    `select conversation_id as id from channel_thread where account_id = $1 and customer_id = $2
     order by last_inbound_at desc nulls last limit 1`,
    [accountId, customerId],
  );
  return row?.id;
}
