/**
 * Workload W1, "durable conversation turn": conversations in random order among each other and in order within,
 * a closed loop of workers, each turn answered with its number, every reply checked, then two probes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { seededRandom } from '../../lib/kernel/clock.ts';

const whole = (name: string, fallback: number) =>
  process.env[name] ? Number.parseInt(process.env[name]!, 10) : fallback;

export const W1 = {
  conversations: whole('W1_CONVERSATIONS', 1_000),
  turns: whole('W1_TURNS', 10),
  concurrency: whole('W1_CONCURRENCY', 64),
  seed: whole('W1_SEED', 42),
  modelMs: whole('MODEL_MS', 0),
};

const TEXT_LENGTH = 200;
export const textOf = (conversation: string, turn: number) =>
  `message ${turn} of ${conversation} `.padEnd(TEXT_LENGTH, 'abcdefghij');
export const messageIdOf = (conversation: string, turn: number) => `${conversation}-m${turn}`;

/** The model stub: one turn of the event loop, or a wait. */
export async function modelStub(text: string, ms = W1.modelMs): Promise<string> {
  await new Promise<void>(resolve => {
    if (ms > 0) setTimeout(resolve, ms);
    else setImmediate(resolve);
  });
  return `reply to: ${text}`.slice(0, TEXT_LENGTH);
}

/** Runs one turn and gives the number of turns so far. */
export type RunTurn = (conversation: string, messageId: string, text: string) => Promise<number>;

export interface System {
  readonly peer: string;
  readonly durability: string;
  readonly turn: RunTurn;
  /** Turns of each conversation, read back from the store. */
  readonly counts: (conversations: readonly string[]) => Promise<number[]>;
  /** Processes whose trees' CPU time is reported, by name. */
  readonly processes: Readonly<Record<string, number>>;
  /** Runs the measured part, to profile it. */
  readonly around?: (work: () => Promise<void>) => Promise<void>;
}

export interface Drive {
  readonly prefix: string;
  readonly conversations: number;
  readonly turns: number;
  readonly turn: RunTurn;
  readonly latencies: number[];
  readonly errors: string[];
  readonly random: () => number;
  /** Conversations that are there already, and the turns that each of them has had. */
  readonly ids?: readonly string[];
  readonly held?: number;
}

export async function drive({
  prefix,
  conversations,
  turns,
  turn,
  latencies,
  errors,
  random,
  ids,
  held = 0,
}: Drive): Promise<void> {
  const ready = Array.from({ length: conversations }, (_, i) => ({
    id: ids?.[i] ?? `${prefix}-${i}`,
    done: held,
  }));
  const idle: (() => void)[] = [];
  let left = conversations * turns;
  async function work(): Promise<void> {
    while (left > 0) {
      if (ready.length === 0) {
        await new Promise<void>(resolve => idle.push(resolve));
        continue;
      }
      const pick = Math.floor(random() * ready.length);
      const conversation = ready[pick]!;
      ready[pick] = ready.at(-1)!;
      ready.pop();
      left--;
      const number = conversation.done + 1;
      const start = performance.now();
      try {
        const count = await turn(
          conversation.id,
          messageIdOf(conversation.id, number),
          textOf(conversation.id, number),
        );
        latencies.push(performance.now() - start);
        if (count !== number) errors.push(`${conversation.id}: turn ${number} answered ${count}`);
      } catch (error) {
        errors.push(String(error instanceof Error ? error.message : error).slice(0, 200));
      }
      conversation.done = number;
      if (number < held + turns) {
        ready.push(conversation);
        idle.pop()?.();
      }
    }
    for (const wake of idle.splice(0)) wake();
  }
  await Promise.all(Array.from({ length: W1.concurrency }, work));
}

/** Runs the workload with its checks; gives the line that the comparison prints. */
export async function runWorkload(system: System): Promise<Record<string, unknown>> {
  const random = seededRandom(W1.seed);
  const base = { turn: system.turn, random };
  await drive({
    ...base,
    prefix: 'warm',
    conversations: Math.min(100, W1.conversations),
    turns: 5,
    latencies: [],
    errors: [],
  });

  const latencies: number[] = [];
  const errors: string[] = [];
  const cpuBefore = cpuOf(system.processes);
  const start = performance.now();
  const measured = () =>
    drive({ ...base, prefix: 'c', conversations: W1.conversations, turns: W1.turns, latencies, errors });
  await (system.around ? system.around(measured) : measured());
  const seconds = (performance.now() - start) / 1_000;
  const cpuAfter = cpuOf(system.processes);

  const ids = Array.from({ length: W1.conversations }, (_, i) => `c-${i}`);
  const exact = (await system.counts(ids)).filter(count => count === W1.turns).length;
  const total = W1.conversations * W1.turns;
  latencies.sort((a, b) => a - b);
  const percentile = (p: number) =>
    round(latencies[Math.min(latencies.length - 1, Math.floor((latencies.length * p) / 100))] ?? 0);
  return {
    workload: 'W1',
    peer: system.peer,
    modelMs: W1.modelMs,
    conversations: W1.conversations,
    turns: total,
    concurrency: W1.concurrency,
    turnsPerSec: round(latencies.length / seconds),
    p50ms: percentile(50),
    p99ms: percentile(99),
    errors: errors.length,
    exact: `${exact}/${W1.conversations}`,
    dedupe: await probeDedupe(system, ids.slice(0, 50)),
    serial: await probeSerial(system),
    durability: system.durability,
    cpuUsPerTurn: Object.fromEntries(
      Object.keys(cpuBefore).map(name => [
        name,
        Math.round(((cpuAfter[name]! - cpuBefore[name]!) * 1_000) / total),
      ]),
    ),
    ...(errors.length > 0 ? { firstErrors: errors.slice(0, 3) } : {}),
  };
}

/** The last message of each conversation once more: it must be answered as before and count nothing. */
async function probeDedupe({ turn, counts }: System, ids: readonly string[]): Promise<string> {
  for (const id of ids) {
    const count = await turn(id, messageIdOf(id, W1.turns), textOf(id, W1.turns));
    if (count !== W1.turns) return `fail: answered ${count}`;
  }
  return (await counts(ids)).every(count => count === W1.turns) ? 'pass' : 'fail: counted twice';
}

/** Ten messages at once to each of twenty new conversations: none lost, each with its own number. */
async function probeSerial({ turn, counts }: System): Promise<string> {
  const ids = Array.from({ length: 20 }, (_, i) => `serial-${i}`);
  const answers = await Promise.all(
    ids.map(id =>
      Promise.all(Array.from({ length: 10 }, (_, n) => turn(id, messageIdOf(id, n), textOf(id, n)))),
    ),
  );
  const lost = (await counts(ids)).reduce((sum, count) => sum + 10 - count, 0);
  if (lost !== 0) return `fail: ${lost} of 200 turns lost`;
  return answers.every(numbers => numbers.toSorted((a, b) => a - b).every((number, i) => number === i + 1))
    ? 'pass'
    : 'fail: answers not 1..10';
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** CPU time of process trees in milliseconds, from /proc (user and system, children that have ended included). */
export function cpuOf(roots: Readonly<Record<string, number>>): Record<string, number> {
  const processes = new Map<number, { parent: number; ticks: number }>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      processes.set(Number(entry), {
        parent: Number(fields[1]),
        ticks: [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0),
      });
    } catch (error) {
      if (
        (error as NodeJS.ErrnoException).code !== 'ENOENT' &&
        (error as NodeJS.ErrnoException).code !== 'ESRCH'
      )
        throw error;
    }
  }
  const named = new Set(Object.values(roots));
  const treeTicks = (pid: number): number => {
    let ticks = processes.get(pid)?.ticks ?? 0;
    for (const [child, { parent }] of processes)
      if (parent === pid && !named.has(child)) ticks += treeTicks(child);
    return ticks;
  };
  return Object.fromEntries(Object.entries(roots).map(([name, pid]) => [name, treeTicks(pid) * 10]));
}
