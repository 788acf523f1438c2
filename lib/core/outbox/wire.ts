/**
 * A row of the journal as bytes: one line of JSON that says which row it is, then the events as they stand in the
 * journal. In two parts so that the relay need neither read nor escape the events, and a row whose events are no
 * JSON still says whose it is.
 */
import type { JournalMessage } from '../../contracts/events.ts';
import { TroupeError } from '../../kernel/errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Leaves the events out when the message would be larger than `limitBytes`. */
export function encodeMessage(
  { xid, tenantId, actor, seq, at, events }: JournalMessage,
  limitBytes: number,
): Uint8Array {
  const head = JSON.stringify({ xid, tenantId, actor, seq, at });
  if (events !== null) {
    const whole = encoder.encode(`${head}\n${events}`);
    if (whole.length <= limitBytes) return whole;
  }
  return encoder.encode(head);
}

/** Throws `malformed-body` when the first line is not what `encodeMessage` writes. */
export function decodeMessage(bytes: Uint8Array): JournalMessage {
  const text = decoder.decode(bytes);
  const end = text.indexOf('\n');
  let head: Partial<JournalMessage> | null;
  try {
    head = JSON.parse(end < 0 ? text : text.slice(0, end)) as Partial<JournalMessage> | null;
  } catch (cause) {
    throw new TroupeError('malformed-body', 'A message of the stream cannot be read', { cause });
  }
  const { xid, tenantId, actor, seq, at } = head ?? {};
  if (
    typeof xid !== 'string' ||
    typeof tenantId !== 'string' ||
    typeof actor !== 'string' ||
    !Number.isSafeInteger(seq) ||
    typeof at !== 'number'
  )
    throw new TroupeError('malformed-body', 'A message of the stream does not say which row it is');
  return { xid, tenantId, actor, seq: seq as number, at, events: end < 0 ? null : text.slice(end + 1) };
}
