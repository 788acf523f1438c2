/** The conversation: one customer's talk with a tenant's agent, in order, each message answered once. */
import type { ActorType } from '../runtime/actor-type.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { react } from './react.ts';
import {
  type ConversationCommand,
  type ConversationEffect,
  type ConversationEvent,
  type ConversationState,
  initialState,
} from './state.ts';

export const conversationActor: ActorType<
  ConversationState,
  ConversationCommand,
  ConversationEvent,
  ConversationEffect
> = {
  name: 'conversation',
  snapshotVersion: 1,
  snapshotEvery: 40,
  initialState: () => initialState,
  decide,
  evolve,
  react,
  effectFailed(effect, code) {
    // The time of an unforeseen failure is not known here; 0 says so in the journal.
    if (effect.type === 'AskModel') return { type: 'ReportModelFailure', key: effect.key, code, at: 0 };
    if (effect.type === 'CallTool')
      return effect.effect === 'once'
        ? { type: 'ParkTool', key: effect.key, at: 0 }
        : {
            type: 'ReportToolResult',
            key: effect.key,
            content: JSON.stringify({ error: code }),
            failed: true,
            at: 0,
          };
    if (effect.type === 'UndoTool')
      return { type: 'ReportUndo', key: effect.call.key, outcome: 'failed', at: 0 };
    return { type: 'CloseWindow', key: effect.key, at: 0 };
  },
};
