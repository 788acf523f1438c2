/** Folds what the journal holds of an actor into its state. */

import type { StoredActor, StoredRow } from '../../lib/contracts/journal.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { type Address, type AnyActorType, actorName, type Tagged } from './actor-type.ts';

export interface Restored {
  readonly state: unknown;
  readonly seq: number;
  readonly snapshotSeq: number;
  readonly commands: readonly (readonly [string, number])[];
  readonly last: StoredRow | undefined;
}

/** Throws `journal-corrupt`, naming the row, when a row cannot be read: this actor stays shut, others are not touched. */
export function restore(address: Address, type: AnyActorType, stored: StoredActor): Restored {
  let state: unknown = type.initialState();
  let seq = 0;
  let snapshotSeq = 0;
  const { snapshot } = stored;
  if (snapshot && snapshot.version === type.snapshotVersion) {
    state = parse(address, snapshot.seq, snapshot.state);
    seq = snapshot.seq;
    snapshotSeq = snapshot.seq;
  } else if (snapshot) {
    throw new TroupeError(
      'journal-corrupt',
      `The snapshot of ${actorName(address)} has version ${snapshot.version}, not ${type.snapshotVersion}`,
      {
        data: { actor: actorName(address), seq: snapshot.seq },
      },
    );
  }
  const commands: [string, number][] = [];
  for (const row of stored.rows) {
    if (row.commandId !== null) commands.push([row.commandId, row.seq]);
    if (row.seq <= seq) continue;
    if (row.seq !== seq + 1) throw corrupt(address, row.seq, `row ${seq + 1} is missing`);
    state = foldRow(address, type, state, row);
    seq = row.seq;
  }
  return { state, seq, snapshotSeq, commands, last: stored.rows.at(-1) };
}

/** Applies the events of one row. */
export function foldRow(
  address: Address,
  type: AnyActorType,
  before: unknown,
  row: Pick<StoredRow, 'seq' | 'events'>,
): unknown {
  const events = parse(address, row.seq, row.events);
  if (!Array.isArray(events)) throw corrupt(address, row.seq, 'it is not a list of events');
  let state = before;
  try {
    events.forEach((event: Tagged, index) => {
      state = type.evolve(state, type.upcast ? type.upcast(event) : event, { seq: row.seq, index });
    });
  } catch (error) {
    throw corrupt(address, row.seq, 'an event cannot be applied', error);
  }
  return state;
}

function parse(address: Address, seq: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt(address, seq, 'it is not JSON', error);
  }
}

function corrupt(address: Address, seq: number, why: string, cause?: unknown): TroupeError {
  return new TroupeError('journal-corrupt', `Row ${seq} of ${actorName(address)} cannot be read: ${why}`, {
    data: { actor: actorName(address), seq },
    cause,
  });
}
