/** What the router learns from outcomes, written: one at a time for a tenant, each in one transaction with what follows. */
import type { ServedRoute } from '../../contracts/chat.ts';
import { observeCanary } from '../../core/routing/canary.ts';
import { auditOutcome, decideWith, type LearntRouter, learn } from '../../core/routing/learnt-router.ts';
import type { RouteAudit, RouteDecision } from '../../core/routing/route-decision.ts';
import { seededRandom } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Database, Transaction } from '../database.ts';
import {
  type CanaryRow,
  type DecisionRow,
  insertOutcomes,
  insertSnapshot,
  lockCanary,
  lockRouter,
  type OutcomeRow,
  outcomesTold,
  readDecision,
  readDecisions,
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

/** What is told of a decision whose answer did not have its promised shape. */
export function invalidAnswer({ decisionId, costMicroUsd, latencyMs }: ServedRoute): ToldOutcome {
  return { decisionId, source: 'validation', quality: 0, escalated: true, costMicroUsd, latencyMs };
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

/**
 * Learns outcomes in their order, all of one tenant. Gives one result for each: undefined where there is no such
 * decision (any more).
 */
export async function tellOutcomes(
  tx: Transaction,
  tenantId: string,
  outcomes: readonly ToldOutcome[],
): Promise<(Learnt | undefined)[]> {
  const ids = [...new Set(outcomes.map(({ decisionId }) => decisionId))];
  const decisions = await readDecisions(tx, ids);
  if (decisions.size === 0) return outcomes.map(() => undefined);
  const initial = await lockRouter(tx, tenantId, UNTAUGHT);
  const heard = await outcomesTold(tx, ids);
  const trials = new Map<string, CanaryRow | undefined>();
  const rows: OutcomeRow[] = [];
  const results: (Learnt | undefined)[] = [];
  let router = initial;
  for (const told of outcomes) {
    const row = decisions.get(told.decisionId);
    if (!row) {
      results.push(undefined);
      continue;
    }
    const { decision } = row;
    const key = `${told.decisionId} ${told.source}`;
    const known = heard.get(key);
    if (known) {
      results.push({ learnt: false, ...known, canary: null, decision, costRatio: null, latencyRatio: null });
      continue;
    }
    if (router.version % SNAPSHOT_EVERY === 0) await insertSnapshot(tx, tenantId, router);
    const outcome = {
      quality: told.quality,
      escalated: told.escalated,
      costMicroUsd: told.costMicroUsd ?? decision.expected.costMicroUsd,
      latencyMs: told.latencyMs ?? decision.expected.latencyMs,
    };
    const audit = auditOutcome(decision, outcome);
    router = learn(router, decision, outcome);
    const { version } = router;
    heard.set(key, { version, misrouted: audit.misrouted });
    rows.push({
      version,
      decisionId: told.decisionId,
      source: told.source,
      ...outcome,
      misrouted: audit.misrouted,
      costRatio: told.costMicroUsd === undefined ? null : audit.costRatio,
      latencyRatio: told.latencyMs === undefined ? null : audit.latencyRatio,
    });
    const canary = await judge(tx, trials, row, told.escalated ? 0 : told.quality);
    results.push({ learnt: true, version, canary, decision, ...audit });
  }
  if (rows.length > 0) {
    await writeRouter(tx, router);
    await insertOutcomes(tx, tenantId, rows);
  }
  for (const trial of trials.values()) if (trial) await writeCanary(tx, trial.canaryId, trial.state);
  return results;
}

/** Shows the canary of a decision what came of it. `trials`: those that this transaction has locked. */
async function judge(
  tx: Transaction,
  trials: Map<string, CanaryRow | undefined>,
  { canaryId, arm }: DecisionRow,
  quality: number,
): Promise<Learnt['canary']> {
  if (!canaryId || !arm) return null;
  if (!trials.has(canaryId)) {
    const locked = await lockCanary(tx, canaryId);
    if (locked && locked.status !== 'running') return locked.status;
    trials.set(canaryId, locked);
  }
  const trial = trials.get(canaryId);
  if (!trial) return null;
  const state = observeCanary(trial.state, arm, quality);
  trials.set(canaryId, { ...trial, state });
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
