/** What is said of turns that have ended, and which routing decision had served them. */
import type { ServedRoute } from '../../lib/contracts/chat.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { ConversationCommand, ConversationEvent, ConversationState, TurnOutcome } from './state.ts';

type Of<T extends ConversationCommand['type']> = Extract<ConversationCommand, { type: T }>;
type Events = ConversationEvent[];
type Routed = { route?: ServedRoute };

/** The same thumb again says nothing new. Throws `conflict` for a turn without an answer, or too long ago. */
export function rateTurn({ turn, rating, at }: Of<'RateTurn'>, state: ConversationState): Events {
  const answered = answeredTurn(turn, state);
  if (answered.rating === rating) return [];
  return [{ type: 'TurnRated', turn, rating, at, ...routeOf(answered) }];
}

export function judgeTurn({ turn, quality, by, at }: Of<'JudgeTurn'>, state: ConversationState): Events {
  return [{ type: 'TurnJudged', turn, quality, by, at, ...routeOf(answeredTurn(turn, state)) }];
}

function answeredTurn(turn: number, { outcomes }: ConversationState): TurnOutcome {
  const answered = outcomes.find(outcome => outcome.turn === turn && outcome.message !== null);
  if (!answered)
    throw new TroupeError('conflict', 'That turn has no answer, or it is too long ago to be rated');
  return answered;
}

export function routeOf(of: Routed | undefined): Routed {
  return of?.route ? { route: of.route } : {};
}

/** What served the answer that a person's take-over follows: none while the agent is still at work. */
export function lastRoute({ turn, outcomes }: ConversationState): Routed {
  return turn ? {} : routeOf(outcomes.at(-1));
}

/** What served the answer after which a customer goes on with the agent, nobody having been called. */
export function routeGoneOnFrom(state: ConversationState): Routed {
  return state.wantsPerson === null && state.status === 'open' ? lastRoute(state) : {};
}
