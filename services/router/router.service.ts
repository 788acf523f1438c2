/**
 * Owns routing: which tier of models a request goes to, what came of it, canaries of the policy, drift, and the
 * intents of agents. A decision that is told is committed; what was learnt is shared by all nodes within seconds.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ServiceSchema } from 'moleculer';
import type { Registry } from 'prom-client';
import * as contracts from '../../lib/contracts/router.contracts.ts';
import { TIERS } from '../../lib/core/routing/early-exit.ts';
import {
  decideWith,
  expectationsOf,
  failureRateOf,
  kindOf,
  policyFor,
} from '../../lib/core/routing/learnt-router.ts';
import { languageOfText, routeFeatures } from '../../lib/core/routing/request-features.ts';
import type { Database } from '../../lib/io/database.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import { DecisionLog } from '../../lib/io/routing/decision-log.ts';
import { IntentModels } from '../../lib/io/routing/intent-models.ts';
import { replayDecision, tellOutcome } from '../../lib/io/routing/router-memory.ts';
import { type Clock, seededRandom, systemRandom } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { action } from '../../lib/moleculer/action.ts';
import { canaries } from './canaries.ts';
import { DriftWatch } from './drift-watch.ts';
import { routerMetrics } from './router-metrics.ts';

interface RouterPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly log: Log;
  readonly models: Pick<Models, 'routers'>;
}

export function routerService({
  database,
  clock,
  metrics: registry,
  log,
  models,
}: RouterPorts): ServiceSchema {
  const { routers } = models;
  const decisions = new DecisionLog(database);
  const intents = new IntentModels(database, clock);
  const trials = canaries(database, routers);
  const drift = new DriftWatch({ database, clock, log });
  const metrics = routerMetrics(registry);

  return {
    name: 'router',
    started: async () => drift.start(),
    async stopped() {
      await drift.stop();
      await decisions.close();
    },
    actions: {
      decide: action(contracts.decideRoute, async ctx => {
        const { message, schema, language, turnDepth = 0, toolsWanted = 0, tiers = TIERS, tier } = ctx.params;
        const { conversationId = null, agent = null } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const { router, inForce, canary } = await routers.of(tenantId);
        const begun = clock.monotonic();
        const seen = routeFeatures({
          text: message,
          schema,
          language: language ?? languageOfText(message),
          turnDepth,
          toolsWanted,
          historicalFailureRate: 0,
          novelty: routers.noveltyOf(tenantId, message),
        });
        const features = { ...seen, historicalFailureRate: failureRateOf(router, kindOf(seen)) };
        const decisionId = newId('decision');
        const { policy, arm } = policyFor(inForce, canary, conversationId ?? decisionId);
        const override = tier
          ? { tier, by: 'request' as const }
          : policy.tier && {
              tier: policy.tier,
              by: arm === 'candidate' ? ('canary' as const) : ('policy' as const),
            };
        const basis = {
          features,
          allowed: tiers,
          expectations: expectationsOf(router, features.tokenCount),
          ...(override ? { override } : {}),
          ...(policy.sufficesAt === undefined ? {} : { sufficesAt: policy.sufficesAt }),
        };
        const seed = Math.floor(systemRandom() * 2 ** 32);
        const decision = decideWith(router, basis, seededRandom(seed));
        metrics.decided(decision.tier, decision.reason, clock.monotonic() - begun);
        await decisions.append({
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
        });
        const { context: _, learner: __, ...told } = decision;
        return {
          decisionId,
          ...told,
          canary: canary && arm ? { canaryId: canary.id, arm } : null,
          version: router.version,
        } as never;
      }),

      outcome: action(contracts.routeOutcome, async ctx => {
        const { decisionId, source, quality, escalated = false, costMicroUsd, latencyMs } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const told = { decisionId, source, quality, escalated, costMicroUsd, latencyMs };
        const learnt = await tellOutcome(database, tenantId, told);
        if (learnt.learnt) metrics.told(learnt.misrouted, learnt.costRatio, learnt.latencyRatio);
        if (learnt.canary !== null && learnt.canary !== 'running') {
          log.info('router.canary-ended', { tenantId, status: learnt.canary });
          routers.expire(tenantId);
        }
        const { version, misrouted, canary } = learnt;
        return { learnt: learnt.learnt, version, misrouted, canary };
      }),

      replay: action(contracts.replayRoute, async ctx => {
        const { version, recorded, replayed } = await replayDecision(
          database,
          ctx.meta.tenantId!,
          ctx.params.decisionId,
        );
        const plain = JSON.parse(JSON.stringify(replayed)) as typeof replayed;
        return { same: isDeepStrictEqual(recorded, plain), version, recorded, replayed: plain } as never;
      }),

      startCanary: action(contracts.startCanary, ctx =>
        trials.start(ctx.meta.tenantId!, ctx.params.candidate, ctx.params.share),
      ),
      canaries: action(contracts.listCanaries, async ctx => ({
        canaries: await trials.list(ctx.meta.tenantId!, ctx.params.limit ?? 20),
      })),
      stopCanary: action(contracts.stopCanary, async ctx => ({
        status: await trials.stop(ctx.meta.tenantId!, ctx.params.canaryId),
      })),

      drift: action(contracts.reportDrift, ctx => drift.report(ctx.meta.tenantId!)),

      teachIntents: action(contracts.teachIntents, async ctx => {
        const { agent, examples } = ctx.params;
        const named = new Set(examples.flatMap(({ intent }) => intent ?? []));
        if (named.size < 2)
          throw new TroupeError('validation-failed', 'Give examples of at least two intents');
        const labelled = examples.map(({ text, intent }) => ({ text, label: intent }));
        return await intents.teach(ctx.meta.tenantId!, agent, labelled);
      }),
      intent: action(contracts.detectIntent, async ctx => {
        const { agent, text } = ctx.params;
        const answer = await intents.detect(ctx.meta.tenantId!, agent, text);
        if (!answer) throw new TroupeError('not-found', 'This agent has been taught no intents');
        const { label, nearest, confidence, version } = answer;
        return { intent: label, nearest, confidence, version };
      }),
    },
  };
}
