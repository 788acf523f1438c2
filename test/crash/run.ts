/** One crash test: servers, nodes and customers up; faults; healing; judgement by the records. */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../lib/kernel/clock.ts';
import { check, type Findings } from './checker.ts';
import { startCrashCluster } from './cluster.ts';
import { type Fault, NODE_FAULTS, OTHER_FAULTS, roll, startKiller } from './faults.ts';
import { startLoad } from './load.ts';
import { type Mutation, mutate } from './mutations.ts';
import { type Records, readRecords } from './records.ts';
import { percentile, type Recovery, recoveryTimes } from './recovery-times.ts';

export interface CrashOptions {
  readonly minutes: number;
  readonly conversations: number;
  readonly nodes: number;
  readonly seed: number;
  /** Restarts in good order, one node after another, instead of faults. */
  readonly rolling?: boolean;
  readonly mutation?: Mutation;
  /** Kinds of faults to draw from; default: all. */
  readonly faults?: readonly string[];
  /** Mean pause of a customer between messages, milliseconds. */
  readonly thinkMs?: number;
  readonly say?: (text: string) => void;
  /** Where the records go; kept when given or when something was found. */
  readonly folder?: string;
}

export interface CrashResult {
  readonly ok: boolean;
  readonly seed: number;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly compared: Readonly<Record<string, number>>;
  /** Violations by kind; empty when all is well. */
  readonly violations: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
  /** Each SIGKILL that left work behind. */
  readonly kills: readonly Recovery[];
  readonly recovery: Readonly<Record<string, number | null>>;
  readonly clientErrors: Readonly<Record<string, number>>;
  readonly waitMs: Readonly<Record<string, number | null>>;
  readonly folder: string;
}

/** Until every message is answered and every node is up again after the last fault. */
const HEAL_LIMIT_MS = 60_000;
/** A lost lease is looked at once more by the next sweep. */
const SETTLE_MS = 3_000;

export async function runCrash(options: CrashOptions): Promise<CrashResult> {
  const { seed, conversations, nodes, thinkMs = 12_000, say = () => {} } = options;
  const folder = options.folder ?? join(tmpdir(), `troupe-crash-${process.pid}-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const began = performance.now();
  const stamped = (text: string) => say(`${((performance.now() - began) / 1000).toFixed(1)} s  ${text}`);
  const cluster = await startCrashCluster({ nodes, folder });
  try {
    if (options.mutation) await mutate(cluster.databaseUrl, options.mutation);
    const file = join(folder, 'acks.jsonl');
    const load = await startLoad({ environment: cluster.environment, file, conversations, thinkMs, seed });
    const progress = setInterval(
      () => stamped(`${load.sent} sent, ${load.answered} answered, ${load.errors} errors at clients`),
      10_000,
    );
    progress.unref();
    stamped(`${nodes} nodes are up; ${conversations} conversations begin; records in ${folder}`);
    let faults: readonly Fault[];
    if (options.rolling) {
      await sleep(3_000);
      faults = await roll(cluster, stamped);
    } else {
      const killer = startKiller(cluster, seed, options.faults ?? [...NODE_FAULTS, ...OTHER_FAULTS], stamped);
      await sleep(options.minutes * 60_000);
      await killer.stop();
      faults = killer.faults;
    }
    const without = await load.finish(HEAL_LIMIT_MS);
    stamped(`healed: ${load.sent} sent, ${load.answered} answered, ${without.length} without an answer`);
    await sleep(SETTLE_MS);
    clearInterval(progress);
    const records = await readRecords(cluster.databaseUrl, folder);
    const { findings, compared } = check(records);
    for (const message of without) findings.add('customer-still-waits', message);
    for (const end of cluster.unexpectedEnds) findings.add('node-ended', end);
    await load.close();
    const result = summary(options, folder, findings, compared, records, faults, performance.now() - began);
    if (result.ok && options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    return result;
  } finally {
    await cluster.stop();
  }
}

function summary(
  options: CrashOptions,
  folder: string,
  findings: Findings,
  compared: Readonly<Record<string, number>>,
  records: Records,
  faults: readonly Fault[],
  ms: number,
): CrashResult {
  const errors = records.acks.filter(ack => ack.kind === 'error');
  const clientErrors = countBy(errors, error => error.code);
  if (options.rolling)
    for (const { code, message } of errors) findings.add('client-error', `${message}: ${code}`);
  const waits = records.acks.flatMap(ack => (ack.kind === 'answered' ? [ack.waitedMs] : []));
  const recoveries = recoveryTimes(records, faults);
  const clean = recoveries.filter(recovery => recovery.clean);
  const times = (name: string, of: typeof recoveries) => ({
    [`${name}Kills`]: of.length,
    [`${name}Actors`]: of.reduce((sum, { actors }) => sum + actors, 0),
    [`${name}FirstP50Ms`]: percentile(
      of.map(r => r.firstMs),
      0.5,
    ),
    [`${name}FirstP99Ms`]: percentile(
      of.map(r => r.firstMs),
      0.99,
    ),
    [`${name}AllP50Ms`]: percentile(
      of.map(r => r.allMs),
      0.5,
    ),
    [`${name}AllP99Ms`]: percentile(
      of.map(r => r.allMs),
      0.99,
    ),
  });
  return {
    ok: findings.total === 0,
    seed: options.seed,
    seconds: Math.round(ms / 1000),
    faults: countBy(faults, fault => fault.kind),
    compared,
    violations: Object.fromEntries(findings.counts),
    examples: findings.examples,
    kills: recoveries,
    recovery: { ...times('all', recoveries), ...times('clean', clean) },
    clientErrors,
    waitMs: {
      p50: percentile(waits, 0.5),
      p99: percentile(waits, 0.99),
      longest: percentile(waits, 1),
    },
    folder,
  };
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}
