/**
 * What conversations say of the routing decisions that served them: a customer's thumb, a judge's mark, a hand-over to
 * a person, and that a customer went on without one. Told by what stands in the event alone, so that the same journal
 * always tells the same.
 */
import type { ServedRoute } from '../../contracts/chat.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Projection } from './projection.ts';

export interface RouteOutcomeTold {
  readonly decisionId: string;
  readonly source: 'thumbs' | 'judge' | 'escalation';
  /** 0 to 1. */
  readonly quality: number;
  readonly escalated: boolean;
  readonly costMicroUsd: number;
  readonly latencyMs: number;
}

/** That somebody asks on, and nobody had to be called, speaks for an answer, less than praise does. */
const WENT_ON = 0.8;

export const routeOutcomesProjection: Projection<RouteOutcomeTold> = {
  name: 'router',
  fold(changes, { event }) {
    const told = outcomeIn(event);
    if (!told) return;
    const { route, ...outcome } = told;
    const { decisionId, costMicroUsd, latencyMs } = servedRoute(route);
    const key = `${decisionId} ${outcome.source}`;
    // A source is heard once, the first time.
    if (!changes.has(key)) changes.set(key, { decisionId, costMicroUsd, latencyMs, ...outcome });
  },
};

type Told = Pick<RouteOutcomeTold, 'source' | 'quality' | 'escalated'> & { readonly route: unknown };

function outcomeIn(event: Readonly<Record<string, unknown>>): Told | undefined {
  const { route } = event;
  if (route === undefined) return undefined;
  switch (event.type) {
    case 'TurnRated':
      return { route, source: 'thumbs', quality: event.rating === 'up' ? 1 : 0, escalated: false };
    case 'TurnJudged':
      return { route, source: 'judge', quality: event.quality as number, escalated: false };
    case 'PersonWanted':
    case 'TakenOver':
      return { route, source: 'escalation', quality: 0, escalated: true };
    case 'TurnStarted':
      return { route, source: 'escalation', quality: WENT_ON, escalated: false };
    default:
      return undefined;
  }
}

function servedRoute(route: unknown): ServedRoute {
  const { decisionId, costMicroUsd, latencyMs } = (route ?? {}) as Partial<ServedRoute>;
  if (
    typeof decisionId !== 'string' ||
    !Number.isSafeInteger(costMicroUsd) ||
    !Number.isSafeInteger(latencyMs)
  )
    throw new TroupeError('validation-failed', 'The route of an event is not complete');
  return { decisionId, costMicroUsd: costMicroUsd!, latencyMs: latencyMs! };
}
