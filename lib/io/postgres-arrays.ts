/**
 * Arrays as PostgreSQL's binary wire format (`array_recv` in src/backend/utils/adt/arrayfuncs.c: dimensions,
 * null flag, element type, then length, lower bound, and each element as length and bytes). The text format
 * that `pg` sends must escape every quote and backslash, which for JSON texts costs more than the insert.
 */

const TEXT = 25;
const INT8 = 20;
const BOOL = 16;
const HEADER_BYTES = 20;

type Element = string | number | boolean | null;

/** Encodes text[], int8[] or bool[] by the type of the first element that is not null; empty is text[]. */
export function encodeArray(values: readonly Element[]): Buffer {
  const sample = values.find(value => value !== null);
  const type = typeof sample === 'number' ? INT8 : typeof sample === 'boolean' ? BOOL : TEXT;
  let size = HEADER_BYTES;
  let hasNull = 0;
  for (const value of values) {
    size += 4;
    if (value === null) hasNull = 1;
    else size += type === TEXT ? Buffer.byteLength(value as string) : type === INT8 ? 8 : 1;
  }
  const out = Buffer.allocUnsafe(values.length === 0 ? 12 : size);
  out.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  out.writeInt32BE(hasNull, 4);
  out.writeInt32BE(type, 8);
  if (values.length === 0) return out;
  out.writeInt32BE(values.length, 12);
  out.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = out.writeInt32BE(-1, at);
    } else if (type === TEXT) {
      const bytes = out.write(value as string, at + 4);
      out.writeInt32BE(bytes, at);
      at += 4 + bytes;
    } else if (type === INT8) {
      at = out.writeInt32BE(8, at);
      at = out.writeBigInt64BE(BigInt(value as number), at);
    } else {
      at = out.writeInt32BE(1, at);
      at = out.writeUInt8(value ? 1 : 0, at);
    }
  }
  return out;
}
