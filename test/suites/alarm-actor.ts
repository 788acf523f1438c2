/** An actor for tests of reminders: a list of alarms, each of which rings once. */
import type { ActorType, Effect } from '../../actors/runtime/actor-type.ts';

export interface AlarmState {
  readonly set: readonly number[];
  /** Alarms that rang, in order. */
  readonly rung: readonly number[];
}

export type AlarmCommand =
  | { type: 'Set'; at: number }
  | { type: 'Clear' }
  | { type: 'Note' }
  | { type: 'Ring'; at: number };
export type AlarmEvent =
  | { type: 'AlarmSet'; at: number }
  | { type: 'AlarmsCleared' }
  | { type: 'Noted' }
  | { type: 'AlarmRang'; at: number };

export const alarmActor: ActorType<AlarmState, AlarmCommand, AlarmEvent, Effect> = {
  name: 'alarm',
  snapshotVersion: 1,
  snapshotEvery: 3,
  initialState: () => ({ set: [], rung: [] }),
  decide(command, state) {
    switch (command.type) {
      case 'Set':
        return [{ type: 'AlarmSet', at: command.at }];
      case 'Clear':
        return [{ type: 'AlarmsCleared' }];
      case 'Note':
        return [{ type: 'Noted' }];
      case 'Ring':
        return state.set
          .filter(at => at <= command.at)
          .sort((a, b) => a - b)
          .map(at => ({ type: 'AlarmRang', at }));
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'AlarmSet':
        return { ...state, set: [...state.set, event.at] };
      case 'AlarmsCleared':
        return { ...state, set: [] };
      case 'AlarmRang':
        return { set: state.set.filter(at => at !== event.at), rung: [...state.rung, event.at] };
      default:
        return state;
    }
  },
  react: () => [],
  effectFailed: () => ({ type: 'Note' }),
  wakeAt: state => (state.set.length > 0 ? Math.min(...state.set) : undefined),
  wake: at => ({ type: 'Ring', at }),
};
