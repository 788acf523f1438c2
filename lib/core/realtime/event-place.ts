/**
 * Where an event of a conversation stands: the journal row that it was committed in and its number in that row, as
 * its id says (`<seq>.<n>`). Streamed text (`<seq>.d<offset>`) stands behind everything of its row.
 */

export interface EventPlace {
  readonly seq: number;
  /** -1: before the first event of the row. */
  readonly index: number;
}

const FORM = /^(\d{1,15})(?:\.(?:(\d{1,6})|[a-z].{0,20}))?$/;
/** The index of a place behind everything of its row. */
export const WHOLE_ROW = Number.MAX_SAFE_INTEGER;

export const BEFORE_ALL: EventPlace = { seq: 0, index: WHOLE_ROW };

/** The place that an id names; a bare sequence number and an id of passing text mean the whole row. */
export function placeOf(id: string): EventPlace | undefined {
  const match = FORM.exec(id);
  if (!match) return undefined;
  return { seq: Number(match[1]), index: match[2] === undefined ? WHOLE_ROW : Number(match[2]) };
}

export function isAfter(a: EventPlace, b: EventPlace): boolean {
  return a.seq > b.seq || (a.seq === b.seq && a.index > b.index);
}

/** The sequence number after which rows must be read so that nothing behind the place is missed. */
export function readAfter({ seq, index }: EventPlace): number {
  return index === WHOLE_ROW ? seq : Math.max(0, seq - 1);
}
