/** What the router learns from outcomes, written: one at a time for a tenant, each in one transaction with what follows. */
import { observeCanary } from '../../core/routing/canary.ts';
import { auditOutcome, decideWith, type LearntRouter, learn } from '../../core/routing/learnt-router.ts';
import type { RouteAudit, RouteDecision } from '../../core/routing/route-decision.ts';
import { seededRandom } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Database, Transaction } from '../database.ts';
import {
  insertOutcome,
  insertSnapshot,
  lockCanary,
  lockRouter,
  outcomeTold,
  readDecision,
  readLearnt,
  readSnapshot,
  writeCanary,
  writeRouter,
} from '../sql/routing.ts';
import { UNTAUGHT } from './learnt-routers.ts';

export interface ToldOutcome {
  readonly decisionId: string;
  readonly source: string;
  readonly quality: number;
  readonly escalated: boolean;
  /** Undefined: as expected. */
  readonly costMicroUsd: number | undefined;
  readonly latencyMs: number | undefined;
}

export interface Learnt {
  /** False when that source had been heard. */
  readonly learnt: boolean;
  readonly version: number;
  readonly misrouted: RouteAudit['misrouted'];
  readonly canary: 'running' | 'rolled-back' | 'promoted' | null;
  readonly decision: RouteDecision;
  readonly costRatio: number | null;
  readonly latencyRatio: number | null;
}

/** Versions between two snapshots: what a replay folds at most. */
const SNAPSHOT_EVERY = 500;

/** Rejects with `not-found`. */
export async function tellOutcome(database: Database, tenantId: string, told: ToldOutcome): Promise<Learnt> {
  return await database.withTenant(tenantId, async tx => {
    const row = await readDecision(tx, told.decisionId);
    if (!row) throw new TroupeError('not-found', 'There is no decision of that id');
    const before = await lockRouter(tx, tenantId, UNTAUGHT);
    const { decision } = row;
    const known = await outcomeTold(tx, told.decisionId, told.source);
    if (known)
      return {
        learnt: false,
        version: known.version,
        misrouted: known.misrouted as RouteAudit['misrouted'],
        canary: null,
        decision,
        costRatio: null,
        latencyRatio: null,
      };
    if (before.version % SNAPSHOT_EVERY === 0) await insertSnapshot(tx, tenantId, before);
    const outcome = {
      quality: told.quality,
      escalated: told.escalated,
      costMicroUsd: told.costMicroUsd ?? decision.expected.costMicroUsd,
      latencyMs: told.latencyMs ?? decision.expected.latencyMs,
    };
    const audit = auditOutcome(decision, outcome);
    const after = learn(before, decision, outcome);
    await writeRouter(tx, after);
    await insertOutcome(tx, tenantId, {
      version: after.version,
      decisionId: told.decisionId,
      source: told.source,
      ...outcome,
      misrouted: audit.misrouted,
      costRatio: told.costMicroUsd === undefined ? null : audit.costRatio,
      latencyRatio: told.latencyMs === undefined ? null : audit.latencyRatio,
    });
    const quality = told.escalated ? 0 : told.quality;
    const canary = row.canaryId && row.arm ? await judge(tx, row.canaryId, row.arm, quality) : null;
    return { learnt: true, version: after.version, canary, decision, ...audit };
  });
}

async function judge(tx: Transaction, canaryId: string, arm: 'control' | 'candidate', quality: number) {
  const canary = await lockCanary(tx, canaryId);
  if (!canary) return null;
  if (canary.status !== 'running') return canary.status;
  const state = observeCanary(canary.state, arm, quality);
  await writeCanary(tx, canaryId, state);
  return state.status;
}

export interface Replayed {
  readonly version: number;
  readonly recorded: RouteDecision;
  readonly replayed: RouteDecision;
}

/** Makes a decision again from what was known then. Rejects with `not-found`. */
export async function replayDecision(
  database: Database,
  tenantId: string,
  decisionId: string,
): Promise<Replayed> {
  return await database.withTenant(tenantId, async tx => {
    const row = await readDecision(tx, decisionId);
    if (!row) throw new TroupeError('not-found', 'There is no decision of that id');
    const { version, decision, basis, seed } = row;
    let router: LearntRouter = (await readSnapshot(tx, version)) ?? UNTAUGHT;
    for (const { decision: of, ...outcome } of await readLearnt(tx, router.version, version))
      router = learn(router, of, outcome);
    return { version, recorded: decision, replayed: decideWith(router, basis, seededRandom(seed)) };
  });
}
