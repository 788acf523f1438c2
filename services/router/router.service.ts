/**
 * Owns routing: which tier of models a request goes to, what came of it, canaries of the policy, drift, and the
 * intents of agents. A decision that is told is committed; what was learnt is shared by all nodes within seconds.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/router.contracts.ts';
import { TIERS } from '../../lib/core/routing/early-exit.ts';
import type { Database } from '../../lib/io/database.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import { IntentModels } from '../../lib/io/routing/intent-models.ts';
import { replayDecision } from '../../lib/io/routing/router-memory.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { action } from '../../lib/moleculer/action.ts';
import type { Following } from '../../lib/moleculer/following.ts';
import { canaries } from './canaries.ts';
import { DriftWatch } from './drift-watch.ts';

interface RouterPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly models: Pick<Models, 'router'>;
  readonly following: Following;
}

export function routerService({ database, clock, log, models, following }: RouterPorts): ServiceSchema {
  const { router } = models;
  const { routers } = router;
  const intents = new IntentModels(database, clock);
  const trials = canaries(database, routers);
  const drift = new DriftWatch({ database, clock, log });

  return {
    name: 'router',
    async started() {
      await following.started();
      drift.start();
    },
    async stopped() {
      await following.stopped();
      await drift.stop();
    },
    actions: {
      decide: action(contracts.decideRoute, async ctx => {
        const { message, turnDepth = 0, toolsWanted = 0, tiers = TIERS, ...rest } = ctx.params;
        const { conversationId = null, agent = null } = rest;
        const tenantId = ctx.meta.tenantId!;
        const asked = { ...rest, tenantId, text: message, turnDepth, toolsWanted, tiers };
        const known = await routers.of(tenantId);
        const routed = router.decide({ ...asked, conversationId, agent }, known);
        await routed.keep();
        const { context: _, learner: __, ...told } = routed.decision;
        const { decisionId, canary, version } = routed;
        return { decisionId, ...told, canary, version } as never;
      }),

      outcome: action(contracts.routeOutcome, async ctx => {
        const { decisionId, source, quality, escalated = false, costMicroUsd, latencyMs } = ctx.params;
        const told = { decisionId, source, quality, escalated, costMicroUsd, latencyMs };
        const { learnt, version, misrouted, canary } = await router.tell(ctx.meta.tenantId!, told);
        return { learnt, version, misrouted, canary };
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
