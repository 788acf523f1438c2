/**
 * A platform's request: whose account it is for, whether the platform signed these very bytes, and its events
 * written down, each once, before the platform is told that they were taken. Nothing is processed here.
 */

import type { receiveWebhook } from '../../lib/contracts/channels.contracts.ts';
import type { ParamsOf, ResultOf } from '../../lib/contracts/contract.ts';
import { type Json, parseExact } from '../../lib/core/channels/json.ts';
import { CHANNELS, type Channel, type InboundEvent } from '../../lib/core/channels/message.ts';
import { ADAPTERS } from '../../lib/core/channels/registry.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import { acceptEvents } from '../../lib/io/sql/channel-inbox.ts';
import { type AccountRow, accountById, accountsByExternal } from '../../lib/io/sql/channels.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { openSigning } from './account-secrets.ts';
import { noteUnverified } from './health-actions.ts';

export interface ReceivePorts {
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly clock: Clock;
}

type Params = ParamsOf<typeof receiveWebhook>;
type Result = ResultOf<typeof receiveWebhook>;

const TAKEN = { status: 200, contentType: 'text/plain', body: 'ok' } as const;
/** Events written by one statement. A body of 4 MiB may hold more; all of them are kept, in one transaction. */
const EVENTS_AT_ONCE = 2_000;
/** Accounts whose signing secrets are tried before one of them has signed: what a stranger can make us compute. */
const ACCOUNTS_AT_ONCE = 20;
/** Accounts that one body may be for. A platform batches by its app, and an app serves far fewer. */
const MOST_ACCOUNTS = 1_000;

export async function receive(ports: ReceivePorts, params: Params): Promise<Result> {
  const channel = CHANNELS.find(each => each === params.channel);
  if (!channel || channel === 'web') throw new TroupeError('not-found', 'There is no such channel');
  const named = params.accountId ? await accountById(ports.database, params.accountId) : undefined;
  if (params.accountId && (!named || !serves(named.channel, channel)))
    throw new TroupeError('not-found', 'There is no such account');
  if (params.method === 'GET') return await handshake(ports, named, params);
  const bytes = Buffer.from(params.bodyBase64, 'base64');
  let payload: Json;
  try {
    payload = parseExact(bytes);
  } catch (cause) {
    throw new TroupeError('malformed-body', 'The body is not JSON that a platform would send', { cause });
  }
  const events = ADAPTERS[channel].normalize(payload, named?.externalId ?? undefined);
  const signedAmong = (accounts: readonly AccountRow[]) =>
    signedBy(ports, channel, accounts, bytes, params.headers);
  const signed: AccountRow[] = [];
  if (named) signed.push(...(await signedAmong([named])));
  let tried = 0;
  for (const ids of named ? [] : accountBatches(events)) {
    const candidates = await accountsByExternal(ports.database, kin(channel), ids);
    signed.push(...(await signedAmong(candidates)));
    tried += candidates.length;
    if (signed.length === 0 && tried >= ACCOUNTS_AT_ONCE) break;
  }
  if (signed.length === 0) {
    if (named) await noteUnverified(ports.database, named);
    throw new TroupeError('unauthenticated', 'The signature of this request is not that of its account');
  }
  let accepted = 0;
  for (const account of signed) {
    // A platform's app may serve several accounts, of several tenants: each is given what is its own.
    const own = events.filter(
      event => account === named || event.accountId === null || event.accountId === account.externalId,
    );
    accepted += await ports.database.withTenant(account.tenantId, async tx => {
      let kept = 0;
      for (let start = 0; start < own.length; start += EVENTS_AT_ONCE)
        kept += await acceptEvents(tx, account, own.slice(start, start + EVENTS_AT_ONCE).map(rowOf));
      return kept;
    });
  }
  return { ...TAKEN, events: accepted };
}

function rowOf(event: InboundEvent): { dedupeKey: string; thread: string; event: string } {
  return {
    dedupeKey: event.dedupeKey,
    thread: event.threadId ?? event.customerId ?? '',
    event: JSON.stringify(event),
  };
}

/** Instagram's webhooks come to Messenger's address. */
function kin(channel: Channel): readonly Channel[] {
  return channel === 'facebook' ? ['facebook', 'instagram'] : [channel];
}
const serves = (own: Channel, asked: Channel) => kin(asked).includes(own);

function accountBatches(events: readonly InboundEvent[]): readonly (readonly string[])[] {
  const ids = [...new Set(events.flatMap(({ accountId }) => (accountId ? [accountId] : [])))];
  if (ids.length > MOST_ACCOUNTS)
    throw new TroupeError('body-too-large', `One body is for ${MOST_ACCOUNTS} accounts at most`);
  const batches = Math.ceil(ids.length / ACCOUNTS_AT_ONCE);
  return Array.from({ length: batches }, (_, i) =>
    ids.slice(i * ACCOUNTS_AT_ONCE, (i + 1) * ACCOUNTS_AT_ONCE),
  );
}

/** Those of the accounts whose secret signed the bytes. */
async function signedBy(
  { sealer, clock }: ReceivePorts,
  channel: Channel,
  accounts: readonly AccountRow[],
  bytes: Buffer,
  headers: Params['headers'],
): Promise<readonly AccountRow[]> {
  const signed: AccountRow[] = [];
  for (const account of accounts) {
    const secrets = await openSigning(sealer, account);
    if (ADAPTERS[channel].verify(bytes, headers, secrets, clock.now()).ok) signed.push(account);
  }
  return signed;
}

async function handshake(
  { sealer }: ReceivePorts,
  account: AccountRow | undefined,
  { query }: Params,
): Promise<Result> {
  if (!account) throw new TroupeError('not-found', 'Give the address with the account in it');
  const answer = ADAPTERS[account.channel].handshake(query, await openSigning(sealer, account));
  if (!answer.ok)
    throw new TroupeError('unauthenticated', `The handshake does not fit this account (${answer.reason})`);
  return { status: 200, contentType: answer.contentType, body: answer.body, events: 0 };
}
