/**
 * One point of a cost curve in a process of its own, as a JSON line; bench/w1/curves.ts runs them all.
 *   sleeping <conversations>   load on some of many sleeping conversations
 *   history <events>           load on conversations of that length
 *   memory <conversations>     heap of idle activations beyond their states (needs --expose-gc)
 *   passivation <conversations> <limit>   a turn in each of many conversations under an activation limit
 */
import { conversationActor } from '../../actors/conversation/conversation.actor.ts';
import { foldRow } from '../../actors/runtime/restore.ts';
import { inspectConversation } from '../../lib/contracts/conversation.contracts.ts';
import { openJournal } from '../../lib/io/sql/journal.ts';
import { call } from '../../lib/moleculer/action.ts';
import { EVENTS_PER_TURN, sleeperId, writeSleepers } from './sleepers.ts';
import { type BenchedSystem, startSystem, TENANT } from './system.ts';
import { cpuOf, drive, messageIdOf, round, textOf, W1 } from './workload.ts';

const SLEEPER_TURNS = 2;
const LOADED = 1_000;
const TURNS_EACH = 4;
const LONG_CONVERSATIONS = 40;
const LONG_TURNS_EACH = 40;

const [curve, ...numbers] = process.argv.slice(2);
const [first = 0, second = 0] = numbers.map(Number);
const points: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  sleeping: () => sleeping(first),
  history: () => history(first),
  memory: () => memory(first),
  passivation: () => passivation(first, second),
};
console.log(JSON.stringify({ curve, ...(await points[curve ?? '']!()) }));

async function sleeping(conversations: number): Promise<Record<string, unknown>> {
  const system = await startSystem({ nodes: 0 });
  await writeSleepers(system.owner, conversations, SLEEPER_TURNS);
  const stride = Math.max(1, Math.floor(conversations / LOADED));
  const ids = Array.from({ length: Math.min(LOADED, conversations) }, (_, i) => sleeperId(i * stride));
  const figures = await load(system, ids, SLEEPER_TURNS, TURNS_EACH);
  await system.stop();
  return { conversations, ...figures };
}

async function history(events: number): Promise<Record<string, unknown>> {
  const system = await startSystem({ nodes: 0 });
  const turns = Math.round(events / EVENTS_PER_TURN);
  await writeSleepers(system.owner, LONG_CONVERSATIONS, turns);
  const ids = Array.from({ length: LONG_CONVERSATIONS }, (_, i) => sleeperId(i));
  const figures = await load(system, ids, turns, LONG_TURNS_EACH);
  await system.stop();
  return { events, ...figures };
}

/** The first turns activate; then turns per second and latency over the rest. */
async function load(system: BenchedSystem, ids: readonly string[], held: number, turnsEach: number) {
  const { turn, processes } = system;
  const random = () => 0.999_999;
  const errors: string[] = [];
  const warm = { prefix: 'warm', conversations: 200, turns: 10, turn, latencies: [], errors, random };
  await drive(warm);
  const continued = { turn, errors, random, prefix: '', conversations: ids.length, ids };
  const activating: number[] = [];
  const began = performance.now();
  await drive({ ...continued, turns: 1, held, latencies: activating });
  const activated = performance.now();
  const latencies: number[] = [];
  const before = cpuOf(processes);
  await drive({ ...continued, turns: turnsEach - 1, held: held + 1, latencies });
  const ended = performance.now();
  const after = cpuOf(processes);
  const cpuMs = Object.keys(before).reduce((sum, name) => sum + after[name]! - before[name]!, 0);
  return {
    turns: latencies.length,
    turnsPerSec: round((latencies.length / (ended - activated)) * 1_000),
    p50ms: percentile(latencies, 50),
    p99ms: percentile(latencies, 99),
    cpuUsPerTurn: Math.round((cpuMs * 1_000) / latencies.length),
    activationsPerSec: round((ids.length / (activated - began)) * 1_000),
    activationP50ms: percentile(activating, 50),
    activationP99ms: percentile(activating, 99),
    errors: errors.length,
  };
}

async function memory(conversations: number): Promise<Record<string, unknown>> {
  const settings = {
    TROUPE_ACTIVATION_LIMIT: String(conversations * 2),
    TROUPE_IDLE_PASSIVATION_MS: '3600000',
  };
  const system = await startSystem({ nodes: 0, settings });
  await writeSleepers(system.owner, conversations, SLEEPER_TURNS);
  await drive({
    prefix: 'warm',
    conversations: 200,
    turns: 10,
    turn: system.turn,
    latencies: [],
    errors: [],
    random: () => 0.999_999,
  });
  const ids = Array.from({ length: conversations }, (_, i) => sleeperId(i));
  const empty = heapAfterCollection();
  await each(ids, conversationId =>
    call(system.node.broker, inspectConversation, { conversationId }, { meta: { tenantId: TENANT } }),
  );
  const read = heapAfterCollection();
  await each(ids, id => turnAfter(system, id, SLEEPER_TURNS));
  const used = heapAfterCollection();
  const states = await statesOf(system, ids);
  const withStates = heapAfterCollection();
  const bytes = (to: number, from: number) => Math.round((to - from) / conversations);
  const state = bytes(withStates, used);
  await system.stop();
  return {
    conversations: states.length,
    stateBytes: state,
    activatedBytes: bytes(read, empty),
    afterTurnBytes: bytes(used, empty),
    beyondStateBytes: bytes(used, empty) - state,
  };
}

/** The same states, folded from the same rows, with nothing around them. */
async function statesOf(system: BenchedSystem, ids: readonly string[]): Promise<unknown[]> {
  const journal = openJournal(system.owner);
  const states: unknown[] = [];
  await each(ids, async key => {
    const rows = await journal.history({ tenantId: TENANT, actor: `conversation/${key}` }, 1, 100);
    const address = { tenantId: TENANT, type: 'conversation', key };
    const initial: unknown = conversationActor.initialState();
    states.push(rows.reduce((state, row) => foldRow(address, conversationActor, state, row), initial));
  });
  return states;
}

async function passivation(conversations: number, limit: number): Promise<Record<string, unknown>> {
  const system = await startSystem({ nodes: 0, settings: { TROUPE_ACTIVATION_LIMIT: String(limit) } });
  await writeSleepers(system.owner, conversations, SLEEPER_TURNS);
  const samples: { conversations: number; rssMb: number; heapMb: number; liveMb: number }[] = [];
  const megabytes = (bytes: number) => round(bytes / 1_048_576);
  let done = 0;
  const began = performance.now();
  await each(
    Array.from({ length: conversations }, (_, i) => sleeperId(i)),
    async id => {
      await turnAfter(system, id, SLEEPER_TURNS);
      if (++done % Math.ceil(conversations / 20) !== 0) return;
      const { rss, heapUsed } = process.memoryUsage();
      samples.push({
        conversations: done,
        rssMb: megabytes(rss),
        heapMb: megabytes(heapUsed),
        liveMb: megabytes(heapAfterCollection()),
      });
    },
  );
  const seconds = (performance.now() - began) / 1_000;
  await system.stop();
  return { conversations, limit, turnsPerSec: round(conversations / seconds), samples };
}

async function turnAfter(system: BenchedSystem, id: string, held: number): Promise<void> {
  const count = await system.turn(id, messageIdOf(id, held + 1), textOf(id, held + 1));
  if (count !== held + 1) throw new Error(`${id}: turn ${held + 1} answered ${count}`);
}

async function each(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<void> {
  const rest = ids.values();
  const worker = async () => {
    for (const id of rest) await work(id);
  };
  await Promise.all(Array.from({ length: W1.concurrency }, worker));
}

function heapAfterCollection(): number {
  for (let i = 0; i < 4; i++) globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

function percentile(latencies: number[], p: number): number {
  const sorted = latencies.toSorted((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? 0);
}
