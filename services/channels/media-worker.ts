/** Fetches the files that customers sent from their platforms, with the account's own token, within limits of size and time. */
import { createHash } from 'node:crypto';
import {
  isDigest,
  type MediaRequest,
  type MediaSource,
  MOST_MEDIA_BYTES,
  planMedia,
  typeOfMedia,
} from '../../lib/core/channels/media.ts';
import { kindOf } from '../../lib/core/messages/attachment.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import {
  keepMedia,
  type MediaRow,
  settleMedia,
  takeMedia,
  waitingMedia,
} from '../../lib/io/sql/channel-media.ts';
import { type AccountRow, accountById } from '../../lib/io/sql/channels.ts';
import { fullJitter, sleep } from '../../lib/kernel/clock.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { describeError } from '../../lib/kernel/log.ts';
import { openToken } from './account-secrets.ts';
import type { OutboundPorts } from './outbound-worker.ts';
import { BASES } from './platform-call.ts';

export type MediaPorts = Pick<OutboundPorts, 'database' | 'sealer' | 'fetch' | 'log' | 'bases'>;

const AT_ONCE = 4;
const LEASE_MS = 120_000;
const FIRST_MS = 8_000;
/** The worker lets files alone for so long that are being fetched with their message. */
export const FETCHED_FIRST_MS = 15_000;
const FETCH_MS = 60_000;
const ATTEMPTS = 6;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 300_000;
const MOST_ANSWER_BYTES = 65_536;

class Failure extends Error {
  readonly code: string;
  readonly final: boolean;
  constructor(code: string, final: boolean) {
    super(code);
    this.code = code;
    this.final = final;
  }
}

/** Does what is due; answers whether there may be more. */
export async function workMedia(ports: MediaPorts): Promise<boolean> {
  const rows = await takeMedia(ports.database, AT_ONCE, LEASE_MS);
  await Promise.all(rows.map(row => keep(ports, row)));
  return rows.length > 0;
}

/**
 * Fetches the files of a message that has just come, so that they are there when it is answered; no longer than
 * `FIRST_MS`: what takes longer or fails is the worker's.
 */
export async function fetchFirst(
  ports: MediaPorts,
  tenantId: string,
  mediaIds: readonly string[],
): Promise<void> {
  if (mediaIds.length === 0) return;
  const rows = await ports.database.withTenant(tenantId, tx => waitingMedia(tx, mediaIds));
  const fetched = Promise.all(rows.map(row => keep(ports, { ...row, attempts: row.attempts + 1 })));
  await Promise.race([fetched, sleep(FIRST_MS)]);
}

async function keep(ports: MediaPorts, row: MediaRow): Promise<void> {
  const { database, log } = ports;
  try {
    const account = await accountById(database, row.accountId);
    if (!account) throw new Failure('disconnected', true);
    const { content, mimeType } = await load(ports, account, JSON.parse(row.source) as MediaSource);
    const type = typeOfMedia(kindOf(content), row.mimeType ?? mimeType);
    await database.withTenant(row.tenantId, tx => keepMedia(tx, row.mediaId, { content, mimeType: type }));
  } catch (error) {
    const { code, final } = asFailure(error);
    log.info('channels.media-failed', {
      accountId: row.accountId,
      attempts: row.attempts,
      ...describeError(error),
    });
    const state = final ? 'refused' : row.attempts >= ATTEMPTS ? 'dead' : 'waiting';
    const againMs = state === 'waiting' ? 500 + fullJitter(row.attempts, RETRY_BASE_MS, RETRY_CAP_MS) : 0;
    await database.withTenant(row.tenantId, tx => settleMedia(tx, row.mediaId, { state, code, againMs }));
  }
}

async function load(
  { sealer, fetch, bases }: MediaPorts,
  account: AccountRow,
  source: MediaSource,
): Promise<{ content: Buffer; mimeType: string | null }> {
  const base = bases[account.channel] ?? BASES[account.channel] ?? '';
  const token = await openToken(sealer, account);
  const plan = planMedia(account.channel, { base, token, accountId: account.externalId ?? '' }, source);
  if (!plan) throw new Failure('no-way-to-fetch', true);
  let { request } = plan;
  if (plan.how === 'ask') {
    const answer: unknown = JSON.parse((await ask(fetch, request, MOST_ANSWER_BYTES)).content.toString());
    const next = plan.fileIn(answer);
    if (!next) throw new Failure('not-named', true);
    request = next;
  }
  const file = await ask(fetch, request, MOST_MEDIA_BYTES);
  if (source.sha256 && !isDigest(source.sha256, createHash('sha256').update(file.content).digest()))
    throw new Failure('digest-differs', false);
  return file;
}

async function ask(
  fetch: SafeFetch,
  { url, method, headers, body }: MediaRequest,
  maxBytes: number,
): Promise<{ content: Buffer; mimeType: string | null }> {
  const response = await fetch(url, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeoutMs: FETCH_MS,
    maxBytes,
  });
  const content = Buffer.from(await response.arrayBuffer());
  const { status } = response;
  if (status === 429 || status === 408 || status >= 500) throw new Failure(`http-${status}`, false);
  if (status !== 200) throw new Failure(`http-${status}`, true);
  return { content, mimeType: response.headers.get('content-type')?.slice(0, 200) ?? null };
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (hasCode(error, 'response-too-large')) return new Failure('too-large', true);
  if (hasCode(error, 'outbound-refused')) return new Failure('outbound-refused', true);
  return new Failure('connection', false);
}
