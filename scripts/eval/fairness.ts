/**
 * Fairness across tenants on real clients of a model service (ServeGen): the scheduler of lib/core/fairness on
 * a simulated clock, beside first-in-first-out and round robin. Two runs: overload, where tenants are
 * backlogged, and a noisy neighbour that sends 100 times its rate to a server the others use by half.
 */

import { seededRandom } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';
import { BackloggedGap, byTenant, jainIndex, maxMinShares, quantile } from './fairness/measures.ts';
import type { Call, QueueKind } from './fairness/queues.ts';
import { type Outcome, type Server, simulate } from './fairness/simulate.ts';
import {
  type ClientWindow,
  drawArrivals,
  drawLength,
  FALLBACK_LENGTHS,
  readLengths,
  readWindows,
  type TokenLengths,
} from './readers/servegen.ts';

export const about = 'fair queuing across real clients: service gap, Jain, noisy neighbour';
export const options = {
  data: { type: 'string', about: 'servegen csv, plain or gzipped' },
  tokens: { type: 'string', about: 'servegen token lengths, jsonl; else a fixed distribution' },
  window: { type: 'string', about: 'window_start_s to replay; default the one with most clients' },
  windows: { type: 'string', about: 'windows spread over the trace to check the bound in, default 12' },
  seconds: { type: 'string', about: 'simulated seconds, default 120' },
  slots: { type: 'string', about: 'calls the server runs at once, default 256; traffic is scaled to it' },
  noise: { type: 'string', about: 'how many times its rate the noisy neighbour sends, default 100' },
  seed: { type: 'string', about: 'default 1' },
} as const satisfies EvalSuite['options'];

const WEIGHTS = { inputWeight: 1, outputWeight: 2 };
/** Calls per second of the draw by which rates are fitted to the server. */
const TRIAL_RATE = 60;
const KINDS: readonly QueueKind[] = ['vtc', 'fifo', 'round_robin'];
const SPEED = { inputTokensPerS: 8_000, outputTokensPerS: 60, chunkTokens: 8 };

interface Setting {
  readonly windows: readonly ClientWindow[];
  readonly lengths: ReadonlyMap<string, TokenLengths>;
  readonly seconds: number;
  /** Multiplies every client's rate. */
  readonly scale: number;
  readonly slots: number;
  readonly seed: number;
}

export async function run(given: EvalOptions): Promise<Record<string, unknown>> {
  if (typeof given.data !== 'string') throw new TroupeError('validation-failed', 'needs --data');
  const all = readWindows(given.data);
  const start = given.window === undefined ? busiest(all) : Number(given.window);
  const windows = all.filter(window => window.startS === start && window.ratePerS > 0);
  const total = windows.reduce((sum, window) => sum + window.ratePerS, 0);
  const setting: Setting = {
    windows,
    lengths: typeof given.tokens === 'string' ? readLengths(given.tokens, start) : new Map(),
    seconds: Number(given.seconds ?? 120),
    scale: TRIAL_RATE / total,
    slots: Number(given.slots ?? 256),
    seed: Number(given.seed ?? 1),
  };
  const overload = Object.fromEntries(KINDS.map(kind => [kind, overloaded(kind, setting)]));
  const week = acrossWindows(all, setting, Number(given.windows ?? 12));
  const noisy = noisyNeighbour(setting, Number(given.noise ?? 100));
  const vtc = overload.vtc!;
  return {
    service_gap: vtc.service_gap,
    service_bound: vtc.service_bound,
    gap_within_bound: vtc.service_gap <= vtc.service_bound,
    jain: vtc.jain,
    work_conserving: vtc.idle_while_waiting === 0,
    noisy_p99_ratio: noisy.vtc!.p99_ratio,
    noisy_worst_tenant_ratio: noisy.vtc!.worst_tenant_ratio,
    ...week,
    window_start_s: start,
    clients: windows.length,
    overload,
    noisy,
  };
}

/** Offered load 1.6 times what the server can serve: whoever wants more than the fair share is backlogged. */
function overloaded(kind: QueueKind, setting: Setting) {
  const trial = drawCalls(setting);
  const calls = drawCalls(scaledTo(1.6, trial, setting));
  const server = { ...SPEED, slots: setting.slots };
  const gap = new BackloggedGap();
  const outcome = simulate(kind, calls, server, WEIGHTS, setting.seconds, gap);
  const demand = new Map<string, number>();
  for (const call of calls) demand.set(call.tenant, (demand.get(call.tenant) ?? 0) + unitsOf(call));
  const served = [...outcome.serviceByTenant.values()].reduce((a, b) => a + b, 0);
  const entitled = maxMinShares(demand, served);
  const satisfaction = [...entitled].map(
    ([tenant, share]) => (outcome.serviceByTenant.get(tenant) ?? 0) / share,
  );
  const { inputWeight, outputWeight } = WEIGHTS;
  return {
    service_gap: Math.round(gap.largest),
    service_bound: 2 * Math.max(inputWeight * outcome.longestInput, outputWeight * outcome.mostOutstanding),
    jain: round(jainIndex(satisfaction)),
    least_satisfied: round(Math.min(...satisfaction)),
    idle_while_waiting: outcome.idleWhileWaiting,
    slots: server.slots,
    calls: calls.length,
  };
}

/** The overload run again at windows spread over the trace, by the fair scheduler alone. */
function acrossWindows(all: readonly ClientWindow[], setting: Setting, count: number) {
  const starts = [...new Set(all.map(window => window.startS))].sort((a, b) => a - b);
  const picked = Array.from(
    { length: Math.min(count, starts.length) },
    (_, i) => starts[Math.floor(((i + 0.5) * starts.length) / Math.min(count, starts.length))],
  );
  const results = picked.map(startS => {
    const windows = all.filter(window => window.startS === startS && window.ratePerS > 0);
    const total = windows.reduce((sum, window) => sum + window.ratePerS, 0);
    return overloaded('vtc', { ...setting, windows, scale: TRIAL_RATE / total });
  });
  return {
    windows: results.length,
    windows_within_bound: results.filter(each => each.service_gap <= each.service_bound).length,
    worst_gap_share_of_bound: round(
      Math.max(0, ...results.map(each => each.service_gap / each.service_bound)),
    ),
    least_jain: round(Math.min(1, ...results.map(each => each.jain))),
  };
}

/** The others' p99 with the noisy client at `times` its rate, over their p99 with that client away. */
function noisyNeighbour(setting: Setting, times: number) {
  const trial = drawCalls(setting);
  const loud = loudest(trial, times);
  const quiet = trial.filter(call => call.tenant !== loud);
  const fitted = scaledTo(0.5, quiet, setting);
  const others = drawCalls(fitted).filter(call => call.tenant !== loud);
  const server = { ...SPEED, slots: setting.slots };
  const burst = drawCalls(fitted, { client: loud, times });
  return Object.fromEntries(
    KINDS.map(kind => {
      const alone = othersTail(simulate(kind, others, server, WEIGHTS, setting.seconds), loud);
      const beside = othersTail(simulate(kind, burst, server, WEIGHTS, setting.seconds), loud);
      return [
        kind,
        {
          p99_ratio: round(beside.p99 / alone.p99),
          worst_tenant_ratio: worstRatio(beside.tenants, alone.tenants),
          alone_p99_s: round(alone.p99),
          beside_p99_s: round(beside.p99),
          wait_p99_s: round(beside.waitP99),
          others_served: round(beside.count / alone.count),
          noisy_calls: burst.length - others.length,
          load: round(loadOf(burst, server, setting.seconds)),
        },
      ];
    }),
  );
}

/** The smallest client whose noise fills the server three times over; else the largest. */
function loudest(calls: readonly Call[], times: number): string {
  const busy = new Map<string, number>();
  for (const call of calls) busy.set(call.tenant, (busy.get(call.tenant) ?? 0) + busyS(call));
  const total = calls.reduce((sum, call) => sum + busyS(call), 0);
  const ascending = [...busy].sort((a, b) => a[1] - b[1]);
  return (ascending.find(([, own]) => own * times >= 3 * 2 * (total - own)) ?? ascending.at(-1)!)[0];
}

function othersTail(outcome: Outcome, loud: string) {
  const others = outcome.served.filter(call => call.tenant !== loud);
  const p99 = (of: readonly number[]) => quantile(of, 0.99);
  return {
    count: others.length,
    p99: p99(others.map(call => call.totalS)),
    waitP99: p99(others.map(call => call.waitS)),
    tenants: new Map(
      [...byTenant(others, call => call.totalS)]
        .filter(([, list]) => list.length >= 100)
        .map(([t, l]) => [t, p99(l)]),
    ),
  };
}

function worstRatio(beside: ReadonlyMap<string, number>, alone: ReadonlyMap<string, number>): number | null {
  const ratios = [...alone].flatMap(([tenant, p99]) =>
    beside.has(tenant) ? [beside.get(tenant)! / p99] : [],
  );
  return ratios.length ? round(Math.max(...ratios)) : null;
}

/** All clients' calls in order of arrival; each client draws from a stream of its own, so others stay as they are. */
function drawCalls(setting: Setting, loud?: { client: string; times: number }): Call[] {
  const calls: Call[] = [];
  for (const window of setting.windows) {
    const random = seededRandom(setting.seed * 10_007 + Number(window.client));
    const lengths = setting.lengths.get(window.client) ?? FALLBACK_LENGTHS;
    const rate = window.ratePerS * setting.scale * (window.client === loud?.client ? loud.times : 1);
    drawArrivals(window, rate, setting.seconds, random).forEach((atS, i) => {
      calls.push({
        id: `${window.client}/${i}`,
        tenant: window.client,
        inputTokens: drawLength(lengths.input, random),
        enqueuedAtMs: atS * 1000,
        deadlineMs: Number.POSITIVE_INFINITY,
        payload: { outputTokens: drawLength(lengths.output, random) },
      });
    });
  }
  return calls.sort((a, b) => a.enqueuedAtMs - b.enqueuedAtMs);
}

function busyS(call: Call): number {
  return call.inputTokens / SPEED.inputTokensPerS + call.payload.outputTokens / SPEED.outputTokensPerS;
}

/** The setting with rates multiplied so that calls like these load the server by `load`. */
function scaledTo(load: number, trial: readonly Call[], setting: Setting): Setting {
  const busy = trial.reduce((sum, call) => sum + busyS(call), 0) / setting.seconds;
  return { ...setting, scale: (setting.scale * load * setting.slots) / Math.max(busy, 1e-9) };
}

function loadOf(calls: readonly Call[], server: Server, seconds: number): number {
  return calls.reduce((sum, call) => sum + busyS(call), 0) / seconds / server.slots;
}

function unitsOf(call: Call): number {
  return WEIGHTS.inputWeight * call.inputTokens + WEIGHTS.outputWeight * call.payload.outputTokens;
}

function busiest(windows: readonly ClientWindow[]): number {
  const clients = new Map<number, number>();
  for (const window of windows) clients.set(window.startS, (clients.get(window.startS) ?? 0) + 1);
  return [...clients].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]![0];
}

function round(x: number): number {
  return Math.round(x * 1e4) / 1e4;
}
