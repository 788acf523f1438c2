/**
 * `npm run eval -- webhooks --data <folder>`: the channels' readers and signature checks against files of webhooks.
 * The folder has `payloads*.jsonl` ({channel, id, payload}) and `signatures*.jsonl` ({id, scheme, secret, headers,
 * body, valid, ...}), also as one `.json`; `expect*` may say apart what payloads mean. A payload counts when it is read without throwing, nothing of it is lost, each event replays
 * from its own `raw`, keys tell events apart, and what a known event says is in its fields (`webhooks/checks.ts`).
 * What files say of the meaning is counted apart (`expected_ok`): its words are not ours.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { field, firstId, flag, list, number, object, text } from '../../lib/core/channels/fields.ts';
import { isObject, type Json, parseExact } from '../../lib/core/channels/json.ts';
import type { Channel } from '../../lib/core/channels/message.ts';
import { ADAPTERS } from '../../lib/core/channels/registry.ts';
import type { ChannelSecrets } from '../../lib/core/channels/signature.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';
import { checkPayload } from './webhooks/checks.ts';
import { expectationOf, expectationsApart, unexpected } from './webhooks/expected.ts';

export const about = 'channel webhooks: signatures over raw bytes, payloads read without loss';
export const options = {
  data: { type: 'string', about: 'folder with payloads*.jsonl and signatures*.jsonl' },
  verbose: { type: 'boolean', about: 'tell the reason of each failure on standard error' },
} as const satisfies EvalSuite['options'];

export async function run(given: EvalOptions): Promise<Record<string, unknown>> {
  const folder = typeof given.data === 'string' ? given.data : '../shared/data/webhooks';
  const tell = (id: string, reasons: readonly string[]) => {
    if (given.verbose) console.error(`${id}: ${reasons.join('; ')}`);
  };
  const failures: string[] = [];
  const unsupported: string[] = [];
  const kinds: Record<string, number> = {};

  const signatures = linesOf(folder, 'signature');
  let signaturesOk = 0;
  for (const [index, vector] of signatures.entries()) {
    const id = firstId(vector, 'id') ?? `signatures:${index + 1}`;
    const { accepted, reason } = judge(vector);
    if (accepted === expected(vector)) signaturesOk++;
    else {
      failures.push(id);
      tell(id, [reason]);
    }
  }

  const payloads = linesOf(folder, 'payload');
  const apart = expectationsApart(linesOf(folder, 'expect'));
  let payloadsOk = 0;
  let expectedOk = 0;
  let expectedTotal = 0;
  const unmet: string[] = [];
  for (const [index, line] of payloads.entries()) {
    const id = firstId(line, 'id') ?? `payloads:${index + 1}`;
    const channel = channelOf(text(field(line, 'channel')) ?? text(field(line, 'platform')) ?? id);
    const { problems, events } = checkPayload(channel, payloadOf(line));
    const expectation = expectationOf(line, apart);
    const differences = expectation === undefined ? [] : unexpected(events, expectation);
    if (expectation !== undefined) {
      expectedTotal++;
      if (differences.length === 0) expectedOk++;
      else {
        unmet.push(id);
        tell(id, differences);
      }
    }
    for (const each of events) kinds[each.kind] = (kinds[each.kind] ?? 0) + 1;
    if (events.some(each => each.kind === 'unsupported')) unsupported.push(id);
    if (problems.length === 0) payloadsOk++;
    else {
      failures.push(id);
      tell(id, problems);
    }
  }

  return {
    signatures_ok: signaturesOk,
    signatures_total: signatures.length,
    payloads_ok: payloadsOk,
    payloads_total: payloads.length,
    ...(expectedTotal > 0 ? { expected_ok: expectedOk, expected_total: expectedTotal, unmet } : {}),
    failures,
    unsupported,
    kinds,
  };
}

function linesOf(folder: string, name: string): readonly Json[] {
  return readdirSync(folder)
    .filter(file => file.startsWith(name) && /\.jsonl?$/.test(file))
    .sort()
    .flatMap(file => {
      const written = readFileSync(join(folder, file), 'utf8');
      if (file.endsWith('.json')) {
        const whole = parseExact(written);
        return Array.isArray(whole) ? (whole as readonly Json[]) : [whole];
      }
      return written
        .split('\n')
        .filter(line => line.trim() !== '')
        .map(line => parseExact(line));
    });
}

const ALIASES: readonly (readonly [RegExp, Channel])[] = [
  [/instagram/i, 'instagram'],
  [/whatsapp/i, 'whatsapp'],
  [/messenger|facebook|meta|hub-signature/i, 'facebook'],
  [/telegram/i, 'telegram'],
  [/zalo|zevent/i, 'zalo'],
  [/tiktok/i, 'tiktok'],
  [/mail/i, 'email'],
];

function channelOf(name: string): Channel {
  return ALIASES.find(([pattern]) => pattern.test(name))?.[1] ?? 'web';
}

/** The payload of a line: a value, or a body that is still text. */
function payloadOf(line: Json): Json {
  const written = field(line, 'body') ?? field(line, 'raw');
  return field(line, 'payload') ?? (typeof written === 'string' ? parseExact(written) : (written ?? null));
}

function expected(vector: Json): boolean {
  const said = ['valid', 'expected', 'expect', 'ok', 'accept', 'accepted', 'result']
    .map(name => field(vector, name))
    .find(each => each !== undefined);
  return (
    flag(said) || said === 1 || (typeof said === 'string' && /^(?:valid|accept(?:ed)?|ok|pass)$/i.test(said))
  );
}

function judge(vector: Json): { accepted: boolean; reason: string } {
  const scheme =
    ['scheme', 'channel', 'platform', 'id'].map(name => text(field(vector, name))).find(Boolean) ?? '';
  const adapter = ADAPTERS[channelOf(scheme)];
  const secrets = secretsOf(vector);
  const asked = field(vector, 'query');
  const query =
    typeof asked === 'string' ? Object.fromEntries(new URLSearchParams(asked.replace(/^.*\?/, ''))) : asked;
  if (isObject(query)) {
    const answer = adapter.handshake(query, secrets);
    const challenge = firstId(vector, 'challenge') ?? firstId(query, 'hub.challenge');
    return { accepted: answer.ok && answer.body === challenge, reason: answer.ok ? 'echoed' : answer.reason };
  }
  const headers = headersOf(field(vector, 'headers') ?? null);
  const result = adapter.verify(bodyOf(vector), headers, secrets, nowOf(vector, headers));
  return { accepted: result.ok, reason: result.ok ? 'accepted' : result.reason };
}

/** `secret`, `app_secret`, `oa_secret_key`, `client_secret`, `secret_token`, `token`, ... but not `verify_token`. */
const SECRET_NAME = /^(?!verify)(?:\w*secret\w*|token|key)$/i;

function secretsOf(vector: Json): ChannelSecrets {
  const several = list(field(vector, 'secrets')).flatMap(each => text(each) ?? []);
  const one = Object.entries(object(vector))
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => text(value))
    .find(each => each !== undefined);
  const maxAge = ['max_age', 'max_age_s', 'tolerance', 'tolerance_s', 'tolerance_seconds']
    .map(name => number(field(vector, name)))
    .find(each => each !== undefined);
  const verifyToken = text(field(vector, 'verify_token'));
  const appId = firstId(vector, 'app_id', 'appId');
  return {
    signing: one === undefined ? several : [one, ...several],
    ...(verifyToken === undefined ? {} : { verifyToken }),
    ...(appId === undefined ? {} : { appId }),
    ...(maxAge === undefined ? {} : { maxAgeMs: maxAge * 1000 }),
  };
}

function headersOf(headers: Json): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  // Also as `[[name, value]]` and `[{name, value}]`, in which a name may come twice.
  const listed = list(headers).map(each =>
    Array.isArray(each)
      ? ([String(each[0]), each[1] as Json] as const)
      : ([firstId(each, 'name') ?? '', field(each, 'value') ?? null] as const),
  );
  for (const [name, value] of [...Object.entries(object(headers)), ...listed]) {
    if (value === null || value === undefined) continue;
    const values = [found[name] ?? [], Array.isArray(value) ? value.map(String) : String(value)].flat();
    found[name] = values.length === 1 ? values[0]! : values;
  }
  return found;
}

function bodyOf(vector: Json): Uint8Array {
  const base64 = text(field(vector, 'body_base64')) ?? text(field(vector, 'body_b64'));
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  const hex = text(field(vector, 'body_hex'));
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  const body = field(vector, 'body') ?? field(vector, 'raw_body') ?? '';
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}

/** The time of the check; where a vector gives none, the time that the signature itself claims. */
function nowOf(vector: Json, headers: Record<string, string | string[]>): number {
  const inMs = number(field(vector, 'now_ms'));
  if (inMs !== undefined) return inMs;
  const at = field(vector, 'now') ?? field(vector, 'now_s') ?? field(vector, 'received_at');
  const now =
    number(at) ?? (typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? Date.parse(at) : undefined);
  if (now !== undefined) return now > 1e11 ? now : now * 1000;
  const claimed = /\bt=(\d+)/.exec(Object.values(headers).flat().join(' '))?.[1];
  return claimed === undefined ? 0 : Number(claimed) * 1000;
}
