/** What a commit of an actor would write and lead to: computed before it is known whether it stands. */
import type { JournalRow } from '../../lib/contracts/journal.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Address, AnyActorType, Effect, Tagged } from './actor-type.ts';

/** Largest command, in characters of the events that it leads to. */
export const COMMAND_LIMIT = 262_144;

export interface Draft {
  readonly row: JournalRow;
  readonly events: readonly Tagged[];
  readonly state: unknown;
  readonly effects: readonly Effect[];
}

/** The actor as its last row left it. */
export interface Drafter {
  readonly address: Address;
  readonly actor: string;
  readonly type: AnyActorType;
  readonly state: unknown;
  readonly seq: number;
}

/**
 * `limited` refuses what is too large, with `command-too-large`. Outcomes of effects are taken: their size is bounded
 * where they are made.
 */
export function draftRow(
  { address, actor, type, state, seq: last }: Drafter,
  commandId: string | null,
  events: readonly Tagged[],
  limited: boolean,
): Draft {
  const seq = last + 1;
  const text = JSON.stringify(events);
  if (limited && text.length > COMMAND_LIMIT)
    throw new TroupeError('command-too-large', `${text.length} characters of events, of ${COMMAND_LIMIT}`);
  let next = state;
  for (let index = 0; index < events.length; index++)
    next = type.evolve(next, events[index]!, { seq, index });
  const effects: readonly Effect[] = type.react(next);
  return {
    row: {
      tenantId: address.tenantId,
      actor,
      seq,
      unfinished: effects.length > 0,
      commandId,
      events: text,
      wakeAt: type.wakeAt && changedWake(type.wakeAt(state), type.wakeAt(next)),
    },
    events,
    state: next,
    effects,
  };
}

/** What the journal must be told of an actor's reminder; undefined when it stays as it is. */
function changedWake(before: number | undefined, after: number | undefined): number | undefined {
  if (before === after) return undefined;
  return after === undefined ? 0 : Math.max(1, Math.ceil(after));
}
