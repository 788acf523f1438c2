/**
 * The router as whatever asks a model uses it: decides in process which tier answers, by what the tenant's router has
 * learnt and by the canary under way, and keeps the decision in the background, so that what comes of it can teach.
 *
 * Invariants:
 * 1. A decision is made without I/O; `kept` resolves once it is committed.
 * 2. What is kept of a node's API calls is bounded by `KEPT_PER_SECOND`; conversations and explicit decisions always are.
 */
import { type RateLimit, takeTokens } from '../../core/fairness/gcra.ts';
import type { Tier } from '../../core/routing/early-exit.ts';
import {
  decideWith,
  expectationsOf,
  failureRateOf,
  kindOf,
  policyFor,
  type RunningCanary,
} from '../../core/routing/learnt-router.ts';
import { languageOfText, type RouteRequest, routeFeatures } from '../../core/routing/request-features.ts';
import type { RouteDecision } from '../../core/routing/route-decision.ts';
import { type Clock, seededRandom, systemRandom } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { Database, Transaction } from '../database.ts';
import { DecisionLog } from './decision-log.ts';
import type { KnownRouter, LearntRouters } from './learnt-routers.ts';
import { type Learnt, type ToldOutcome, tellOutcomes } from './router-memory.ts';
import type { RouterMetrics } from './router-metrics.ts';

export interface RouteAsked extends Pick<RouteRequest, 'text' | 'schema' | 'turnDepth' | 'toolsWanted'> {
  readonly tenantId: string;
  /** BCP 47; told from the letters where it is missing. */
  readonly language?: string | undefined;
  readonly tiers: readonly Tier[];
  /** Wanted whatever the router thinks. */
  readonly tier?: Tier | undefined;
  /** A canary meets a conversation whole or not at all. */
  readonly conversationId: string | null;
  readonly agent: string | null;
}

export interface Routed {
  readonly decisionId: string;
  readonly decision: RouteDecision;
  readonly canary: { readonly canaryId: string; readonly arm: 'control' | 'candidate' } | null;
  /** Outcomes that the router had learnt from. */
  readonly version: number;
  /** Keeps it, as `DecisionLog.append`; resolves once it is committed. */
  readonly keep: (gather?: boolean) => Promise<void>;
}

export interface TierRouterPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly routers: LearntRouters;
  readonly metrics: RouterMetrics;
}

/** Decisions of API calls that a node keeps: a flood of calls is answered, and remembered in part. */
const KEPT_PER_SECOND: RateLimit = { ratePerSecond: 100, burst: 200 };

export class TierRouter {
  readonly routers: LearntRouters;
  readonly #ports: TierRouterPorts;
  readonly #decisions: DecisionLog;
  #kept: number | null = null;

  constructor(ports: TierRouterPorts) {
    this.#ports = ports;
    this.routers = ports.routers;
    this.#decisions = new DecisionLog(ports.database);
  }

  /** Decides by what is known now. */
  decide(asked: RouteAsked, known: KnownRouter = this.routers.peek(asked.tenantId)): Routed {
    const { clock, metrics } = this.#ports;
    const begun = clock.monotonic();
    const { tenantId, text, conversationId, agent } = asked;
    const { router, inForce, canary } = known;
    const seen = routeFeatures({
      text,
      schema: asked.schema,
      language: asked.language ?? languageOfText(text),
      turnDepth: asked.turnDepth,
      toolsWanted: asked.toolsWanted,
      historicalFailureRate: 0,
      novelty: this.routers.noveltyOf(tenantId, text),
    });
    const features = { ...seen, historicalFailureRate: failureRateOf(router, kindOf(seen)) };
    const decisionId = newId('decision');
    const { policy, arm } = policyFor(inForce, canary, conversationId ?? decisionId);
    const override = asked.tier
      ? { tier: asked.tier, by: 'request' as const }
      : policy.tier && {
          tier: policy.tier,
          by: arm === 'candidate' ? ('canary' as const) : ('policy' as const),
        };
    const basis = {
      features,
      allowed: asked.tiers,
      expectations: expectationsOf(router, features.tokenCount),
      ...(override ? { override } : {}),
      ...(policy.sufficesAt === undefined ? {} : { sufficesAt: policy.sufficesAt }),
    };
    const seed = Math.floor(systemRandom() * 2 ** 32);
    const decision = decideWith(router, basis, seededRandom(seed));
    metrics.decided(decision.tier, decision.reason, clock.monotonic() - begun);
    const row = {
      tenantId,
      decisionId,
      conversationId,
      agent,
      canaryId: canary?.id ?? null,
      arm,
      version: router.version,
      seed,
      basis,
      decision,
    };
    const keep = (gather?: boolean) => this.#decisions.append(row, gather);
    return { decisionId, decision, canary: inCanary(canary, arm), version: router.version, keep };
  }

  /** Keeps it without failing: false, and a line in the log, where it could not be kept. `gather`: as in DecisionLog. */
  kept(tenantId: string, { decisionId, keep }: Routed, gather = false): Promise<boolean> {
    return keep(gather).then(
      () => true,
      (error: unknown) => {
        this.#ports.log.warn('router.decision-lost', { tenantId, decisionId, ...describeError(error) });
        return false;
      },
    );
  }

  /** Whether one more decision of an API call is kept now. */
  mayKeep(): boolean {
    const taken = takeTokens(KEPT_PER_SECOND, this.#kept, this.#ports.clock.monotonic());
    if (taken.allowed) this.#kept = taken.arrivalMs;
    return taken.allowed;
  }

  /** Tells what came of a decision. Rejects with `not-found`. */
  async tell(tenantId: string, told: ToldOutcome): Promise<Learnt> {
    const { database } = this.#ports;
    const [learnt] = await database.withTenant(tenantId, tx => tellOutcomes(tx, tenantId, [told]));
    if (!learnt) throw new TroupeError('not-found', 'There is no decision of that id');
    return this.#heard(tenantId, learnt);
  }

  /** The same for many, inside a transaction; where there is no such decision (any more) nothing is learnt. */
  async tellKnown(tx: Transaction, tenantId: string, outcomes: readonly ToldOutcome[]): Promise<void> {
    for (const learnt of await tellOutcomes(tx, tenantId, outcomes))
      if (learnt) this.#heard(tenantId, learnt);
  }

  #heard(tenantId: string, learnt: Learnt): Learnt {
    if (learnt.learnt) this.#ports.metrics.told(learnt.misrouted, learnt.costRatio, learnt.latencyRatio);
    if (learnt.canary !== null && learnt.canary !== 'running') {
      this.#ports.log.info('router.canary-ended', { tenantId, status: learnt.canary });
      this.routers.expire(tenantId);
    }
    return learnt;
  }

  /** Tells it without anybody waiting: an outcome that cannot be written is said in the log. `kept`: once that is true. */
  tellLater(tenantId: string, kept: Promise<boolean>, told: ToldOutcome): void {
    const tell = async () => {
      if (await kept) await this.tell(tenantId, told);
    };
    tell().catch((error: unknown) =>
      this.#ports.log.warn('router.outcome-lost', {
        tenantId,
        decisionId: told.decisionId,
        ...describeError(error),
      }),
    );
  }

  async close(): Promise<void> {
    await this.#decisions.close();
  }
}

function inCanary(canary: RunningCanary | null, arm: 'control' | 'candidate' | null): Routed['canary'] {
  return canary && arm ? { canaryId: canary.id, arm } : null;
}
