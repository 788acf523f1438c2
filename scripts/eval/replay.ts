/**
 * Recorded episodes through the real conversation actor: the recorded model and the recorded tools answer, and every
 * step must be the recorded one. `--kill` once more with the node killed at a random point of every episode.
 */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { putAgent } from '../../lib/contracts/agents.contracts.ts';
import { conversationHistory, sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { normalEpisode } from '../../lib/core/replay/episode.ts';
import { effectsOf, passHatK, recordedCalls, sameArguments } from '../../lib/core/replay/recorded-tools.ts';
import type { RecordedMessage } from '../../lib/core/replay/replay.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPglite } from '../../lib/io/pglite.ts';
import { updateSettings } from '../../lib/io/sql/tenants.ts';
import { seededRandom } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';
import type { EvalOptions } from '../eval.ts';
import { answersOf, type HistoryEvent, KEPT_CHARACTERS, normalised } from './replay/history.ts';
import { type MortalNode, mortalNode } from './replay/mortal-node.ts';

export const about = 'recorded episodes through the conversation actor, step by step (tau-bench files)';
export const options = {
  data: { type: 'string' as const, about: 'episodes as JSON lines, may be gzipped' },
  kill: { type: 'boolean' as const, about: 'kill the node at a random point of every episode' },
  seed: { type: 'string' as const, about: 'of the points of death; default 1' },
  limit: { type: 'string' as const, about: 'first so many episodes' },
};

interface Episode {
  readonly task_id: number | string;
  readonly trial: number;
  readonly reward: number;
  readonly messages: readonly RecordedMessage[];
}

interface Outcome {
  readonly calls: number;
  readonly matched: number;
  readonly divergences: number;
  /** Recorded calls that were answered more than once. */
  readonly repeated: number;
  /** The journal without times and made-up ids. */
  readonly journal: string;
}

/** Episodes driven at once while nothing is killed. */
const AT_ONCE = 8;

export async function run(given: EvalOptions): Promise<Record<string, unknown>> {
  if (typeof given.data !== 'string')
    throw new TroupeError('validation-failed', 'give --data <episodes.jsonl[.gz]>');
  const episodes = readEpisodes(given.data).slice(0, given.limit ? Number(given.limit) : undefined);
  const database = await openPglite();
  await migrate(database);
  try {
    const outcomes = await undisturbed(database, episodes);
    const figures = figuresOf(episodes, outcomes);
    if (!given.kill) return figures;
    const killed = await disturbed(database, episodes, Number(given.seed ?? 1));
    return {
      ...figures,
      killed: {
        ...killed.figures,
        ...figuresOf(episodes, killed.outcomes),
        identicalJournals: same(outcomes, killed.outcomes),
      },
    };
  } finally {
    await database.close();
  }
}

function readEpisodes(file: string): Episode[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map((line, at) => {
      const raw = JSON.parse(line) as Partial<Omit<Episode, 'messages'>> & { messages?: readonly unknown[] };
      const { task_id = at, trial = 0, reward = 0 } = raw;
      return { task_id, trial, reward: Number(reward), messages: normalEpisode(raw.messages ?? []) };
    });
}

async function undisturbed(database: Database, episodes: readonly Episode[]): Promise<Outcome[]> {
  const node = await mortalNode(database);
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < episodes.length; at = next++) {
      const tenantId = await prepare(node, database, episodes[at]!, `undisturbed ${at}`);
      await drive(() => node, tenantId, episodes[at]!);
      outcomes[at] = await examine(node, database, tenantId, episodes[at]!);
      if ((at + 1) % 25 === 0) console.error(`${at + 1} of ${episodes.length} episodes`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await node.stop();
  return outcomes;
}

/** One episode after the other, each on a node that dies in its middle and on the one that takes over. */
async function disturbed(database: Database, episodes: readonly Episode[], seed: number) {
  const random = seededRandom(seed);
  let node = await mortalNode(database);
  const outcomes: Outcome[] = [];
  let kills = 0;
  for (const [at, episode] of episodes.entries()) {
    const tenantId = await prepare(node, database, episode, `killed ${at}`);
    // Every recorded message takes at least one statement: the point of death lies within the episode.
    const statements = 1 + Math.floor(random() * episode.messages.length);
    let successor: Promise<MortalNode> | undefined;
    const victim = node;
    victim.dieAfter(statements, () => {
      kills++;
      successor = mortalNode(database);
      // What is left of it in this process holds timers and memory; it reaches nothing any more.
      void victim.stop().catch(() => {});
    });
    const current = async () => {
      if (successor) node = await successor;
      return node;
    };
    await drive(current, tenantId, episode);
    node = await current();
    node.dieAfter(undefined);
    outcomes.push(await examine(node, database, tenantId, episode));
    if ((at + 1) % 25 === 0) console.error(`${at + 1} of ${episodes.length} episodes, ${kills} nodes killed`);
  }
  await node.stop();
  return { outcomes, figures: { seed, kills } };
}

async function prepare(
  node: MortalNode,
  database: Database,
  { messages }: Episode,
  name: string,
): Promise<string> {
  const { tenantId } = await call(node.broker, createTenant, { name });
  await call(node.broker, putAgent, AGENT, { meta: { tenantId } });
  await updateSettings(database, tenantId, {
    model: { provider: 'replay', episode: messages, effects: effectsOf(messages) },
    recordedTools: { episode: messages },
  });
  return tenantId;
}

/** What was recorded is done again, also by an agent that went in circles or took very long. */
const AGENT = {
  name: 'recorded',
  instructions: 'As recorded.',
  limits: { maxSteps: 2_000, maxRepeats: 1_000, maxTurnMs: 86_400_000 },
};
const CONVERSATION = 'episode';
/** A message whose node has died is sent again with its id, as the gateway does; so many times at most. */
const ATTEMPTS = 50;

async function drive(
  node: () => MortalNode | Promise<MortalNode>,
  tenantId: string,
  { messages }: Episode,
): Promise<void> {
  for (const [at, { role, content }] of messages.entries()) {
    if (role !== 'user' || !messages.slice(at + 1).some(later => later.role === 'assistant')) continue;
    for (let attempt = 1; ; attempt++) {
      const current = await node();
      const sent = await Promise.race([
        call(
          current.broker,
          sendMessage,
          { conversationId: CONVERSATION, messageId: `m${at}`, text: content ?? '' },
          { meta: { tenantId } },
        ).then(
          () => 'answered' as const,
          (error: unknown) => {
            if (!current.dead) throw error;
            return 'dead' as const;
          },
        ),
        current.death.then(() => 'dead' as const),
      ]);
      if (sent === 'answered') break;
      if (attempt === ATTEMPTS) throw new Error(`message ${at} was not answered in ${ATTEMPTS} attempts`);
    }
  }
}

async function examine(
  node: MortalNode,
  database: Database,
  tenantId: string,
  { messages }: Episode,
): Promise<Outcome> {
  const events: HistoryEvent[] = [];
  for (let fromSeq = 1; ; ) {
    const { rows } = await call(
      node.broker,
      conversationHistory,
      { conversationId: CONVERSATION, fromSeq, limit: 200 },
      { meta: { tenantId } },
    );
    events.push(...rows.flatMap(row => row.events as HistoryEvent[]));
    if (rows.length < 200) break;
    fromSeq = rows.at(-1)!.seq + 1;
  }
  const expected = recordedCalls(messages);
  const made = events
    .filter(({ type }) => type === 'ModelAnswered')
    .flatMap(({ toolCalls }) => toolCalls as readonly { name: string; arguments: string }[]);
  const answers = answersOf(events);
  const matched = expected.filter(
    (recorded, at) =>
      made[at]?.name === recorded.name &&
      sameArguments(made[at].arguments, recorded.arguments) &&
      recorded.content.startsWith(answers[at] ?? '-') &&
      (answers[at] === recorded.content || answers[at]!.length >= KEPT_CHARACTERS),
  ).length;
  const texts = messages.filter(({ role, tool_calls: calls }) => role === 'assistant' && !calls?.length);
  const told = events
    .filter(({ type }) => type === 'TurnCompleted')
    .map(({ message }) => (message as { text: string }).text);
  const wrongTexts = texts.filter(({ content }, at) => told[at] !== (content ?? '')).length;
  const failures = events.filter(({ type }) => type === 'TurnFailed' || type === 'ToolParked').length;
  const executed = await database.withTenant(tenantId, tx =>
    tx.query<{ n: number; different: number }>(
      'select count(*)::int as n, count(distinct tool)::int as different from tool_effect',
    ),
  );
  const { n, different } = executed[0]!;
  return {
    calls: expected.length,
    matched,
    divergences:
      expected.length - matched + Math.max(0, made.length - expected.length) + wrongTexts + failures,
    repeated: n - different,
    journal: JSON.stringify(events.map(normalised)),
  };
}

function figuresOf(episodes: readonly Episode[], outcomes: readonly Outcome[]): Record<string, number> {
  const byTask = new Map<string, boolean[]>();
  for (const [at, { task_id, reward }] of episodes.entries()) {
    const trials = byTask.get(String(task_id)) ?? [];
    trials.push(reward > 1 - 1e-6 && outcomes[at]!.divergences === 0);
    byTask.set(String(task_id), trials);
  }
  const sum = (name: 'calls' | 'matched' | 'divergences' | 'repeated') =>
    outcomes.reduce((total, outcome) => total + outcome[name], 0);
  const pass = (k: number) => Math.round(passHatK([...byTask.values()], k) * 1e4) / 1e4;
  return {
    episodes: episodes.length,
    tool_calls: sum('calls'),
    matched: sum('matched'),
    divergences: sum('divergences'),
    called_twice: sum('repeated'),
    pass1: pass(1),
    pass2: pass(2),
    pass3: pass(3),
    pass4: pass(4),
  };
}

function same(a: readonly Outcome[], b: readonly Outcome[]): number {
  return a.filter(({ journal }, at) => journal === b[at]!.journal).length;
}
