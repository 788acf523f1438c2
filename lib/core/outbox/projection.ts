/**
 * What a consumer makes of events: rows of change that can be added up. A change made of any run of events, written
 * after the changes of those before it, gives the same rows as one made of all of them: so a projection can be
 * rebuilt from the journal and come out as it was.
 */
export interface Occurred {
  readonly tenantId: string;
  readonly actor: string;
  readonly seq: number;
  readonly index: number;
  /** When the row was committed, milliseconds since the epoch. */
  readonly committedAt: number;
  readonly event: Readonly<Record<string, unknown>>;
}

export interface Projection<Change> {
  readonly name: string;
  /** Adds what an event changes. Throws `validation-failed` on an event that is not as its type promises. */
  fold(changes: Map<string, Change>, occurred: Occurred): void;
}

/** Milliseconds of the event; of its commit where an unforeseen failure left the event without a time. */
export function timeOf({ event, committedAt }: Occurred): number {
  return Number.isSafeInteger(event.at) && (event.at as number) > 0 ? (event.at as number) : committedAt;
}
