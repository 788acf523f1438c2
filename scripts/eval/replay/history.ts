/** A conversation's history as the replay compares it. */

export interface HistoryEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Characters of an answer that a conversation keeps at least. */
export const KEPT_CHARACTERS = 50_000;

/** The answers in the order of the calls that they are to: calls of one message may be answered in any order. */
export function answersOf(events: readonly HistoryEvent[]): string[] {
  const ordered: string[] = [];
  let open: string[] = [];
  let base = 0;
  for (const { type, ...event } of events) {
    if (type === 'ModelAnswered') {
      base += open.length;
      open = (event.toolCalls as readonly { id: string }[]).map(({ id }) => id);
    } else if (type === 'ToolReturned')
      ordered[base + open.indexOf(event.callId as string)] = event.content as string;
  }
  return ordered;
}

/** Ids that were made up on the way and times differ from run to run; everything else must not. */
export function normalised(event: HistoryEvent): unknown {
  const hidden = new Set(['at', 'key', 'until', 'latest']);
  return JSON.parse(
    JSON.stringify(event, (name, value: unknown) =>
      hidden.has(name)
        ? undefined
        : name === 'id' && typeof value === 'string' && value.startsWith('msg_')
          ? 'msg'
          : value,
    ),
  );
}
