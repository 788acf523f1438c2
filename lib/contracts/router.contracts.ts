/** Actions of the router: which tier answers, what came of it, canaries, drift, and the intents of agents. */
import { contract } from './contract.ts';
import {
  decimal,
  flag,
  id,
  integer,
  json,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  STORABLE,
  text,
} from './schema.ts';

const TIERS = ['SLM_A', 'SLM_B', 'LLM'] as const;
const tier = (doc: string) => oneOf(TIERS, { doc, example: 'SLM_A' });
const rfc3339 = text({ max: 30, doc: 'RFC 3339' });
const agentName = text({ min: 1, max: 200, pattern: STORABLE, doc: 'Name of the agent', example: 'support' });

export const decideRoute = contract({
  name: 'router.decide',
  doc: 'Decides which tier of models a request should go to, says why, and keeps the decision so that `router.outcome` can teach the router what came of it.',
  params: object({
    message: text({
      max: 200_000,
      doc: 'What is asked; read here and not kept',
      example: 'Where is my order?',
    }),
    schema: optional(json({ doc: 'JSON Schema that the answer must satisfy' })),
    language: optional(
      text({ min: 2, max: 20, doc: 'BCP 47; default: told from the letters', example: 'en' }),
    ),
    turnDepth: optional(integer({ max: 10_000, doc: 'Turns of the conversation before this one' })),
    toolsWanted: optional(integer({ max: 1_000, doc: 'Tools that are offered to the model' })),
    conversationId: optional(id({ doc: 'A canary meets a conversation whole or not at all' })),
    agent: optional(agentName),
    tiers: optional(list(oneOf(TIERS), { min: 1, max: 3, doc: 'Tiers that may be chosen; default: all' })),
    tier: optional(tier('Wanted whatever the router thinks')),
  }),
  result: object({
    decisionId: id(),
    tier: tier('Where to ask first'),
    reason: oneOf(['override', 'only-tier', 'early-exit', 'small-suffices', 'bandit']),
    overriddenBy: nullable(text({ max: 50 })),
    probabilitySuffices: decimal({ doc: 'Calibrated probability that the smallest tier suffices' }),
    propensities: record(decimal(), { doc: 'With what probability each tier would have been chosen' }),
    expectedReward: record(decimal(), { doc: 'Quality less priced cost and time, by tier' }),
    expected: object({ costMicroUsd: integer(), latencyMs: integer() }),
    escalation: list(oneOf(TIERS), { max: 3, doc: 'Where to go next when the answer does not hold up' }),
    features: json<Record<string, unknown>>({ doc: 'What the router saw in the request' }),
    canary: nullable(object({ canaryId: id(), arm: oneOf(['control', 'candidate']) })),
    version: integer({ doc: 'Outcomes that the router had learnt from' }),
  }),
  errors: ['overloaded', 'unavailable'],
  policy: { timeoutMs: 5_000, bulkhead: { concurrency: 500, queue: 2_000 } },
  http: { method: 'POST', path: '/router/decide', scope: 'operate' },
});

export const routeOutcome = contract({
  name: 'router.outcome',
  doc: 'Tells what came of a decision, at once or days later. Each source is heard once for a decision; a repetition changes nothing.',
  params: object({
    decisionId: id(),
    source: oneOf(['thumbs', 'judge', 'escalation', 'validation'], { doc: 'Who says so', example: 'thumbs' }),
    quality: decimal({ min: 0, max: 1, doc: '0 useless, 1 as good as can be', example: 1 }),
    escalated: optional(flag({ doc: 'A larger tier or a person had to answer' })),
    costMicroUsd: optional(integer({ max: 1_000_000_000, doc: 'What it cost; default: as expected' })),
    latencyMs: optional(integer({ max: 3_600_000, doc: 'What it took; default: as expected' })),
  }),
  result: object({
    learnt: flag({ doc: 'False when this source had been heard' }),
    version: integer(),
    misrouted: nullable(oneOf(['too-small', 'too-large'])),
    canary: nullable(oneOf(['running', 'rolled-back', 'promoted'])),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/router/outcomes', scope: 'operate' },
});

export const replayRoute = contract({
  name: 'router.replay',
  doc: 'Makes a decision again from what the router knew then, and says whether it comes out the same.',
  params: object({ decisionId: id() }),
  result: object({
    same: flag(),
    version: integer({ doc: 'Outcomes that the router had learnt from' }),
    recorded: json<Record<string, unknown>>(),
    replayed: json<Record<string, unknown>>(),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 30_000, bulkhead: { concurrency: 4, queue: 100 } },
  http: { method: 'POST', path: '/router/decisions/:decisionId/replay', scope: 'operate' },
});

const candidate = object(
  {
    tier: optional(tier('Every request goes to this tier')),
    sufficesAt: optional(
      decimal({ min: 0.5, max: 1, doc: 'From this probability on the smallest tier is taken' }),
    ),
  },
  { doc: 'What is tried' },
);
const canary = object({
  canaryId: id(),
  status: oneOf(['running', 'rolled-back', 'promoted']),
  candidate,
  share: decimal(),
  startedAt: rfc3339,
  endedAt: nullable(rfc3339),
  outcomes: object({ control: integer(), candidate: integer() }),
  difference: decimal({ doc: "The candidate's mean quality less the control's" }),
  low: decimal({ doc: 'The interval holds at every moment at once' }),
  high: decimal(),
  pValue: decimal(),
});

export const startCanary = contract({
  name: 'router.startCanary',
  doc: 'Tries another policy on a share of conversations. It is rolled back once it is surely worse, and becomes the policy once it is surely not worse by more than 0.03.',
  params: object({
    candidate,
    share: optional(decimal({ min: 0.05, max: 0.1, doc: 'Default 0.1' })),
  }),
  result: object({ canaryId: id() }),
  errors: ['conflict', 'validation-failed'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'POST', path: '/router/canaries', status: 201, scope: 'operate' },
});

export const listCanaries = contract({
  name: 'router.canaries',
  doc: "The tenant's canaries, newest first.",
  params: object({ limit: optional(integer({ min: 1, max: 100, doc: 'Default 20' })) }),
  result: object({ canaries: list(canary, { max: 100 }) }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/router/canaries', scope: 'operate' },
});

export const stopCanary = contract({
  name: 'router.stopCanary',
  doc: 'Rolls a running canary back by hand.',
  params: object({ canaryId: id() }),
  result: object({ status: oneOf(['rolled-back', 'promoted']) }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/router/canaries/:canaryId', scope: 'operate' },
});

export const reportDrift = contract({
  name: 'router.drift',
  doc: "Compares the outcomes of late with those before: has the level of quality, misroutes, cost or latency changed? Made each night for every tenant with outcomes; this makes today's anew.",
  params: object({}),
  result: object({
    day: text({ max: 10 }),
    drifted: flag(),
    outcomes: integer({ doc: 'Outcomes looked at: the latest of the last 30 days' }),
    signals: list(
      object({
        signal: oneOf(['quality', 'misroutes', 'cost', 'latency']),
        drifted: flag(),
        baseline: decimal({ doc: 'Mean before the change; without one, of the first half' }),
        present: decimal(),
        since: nullable(rfc3339),
      }),
      { max: 4 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 30_000, bulkhead: { concurrency: 2, queue: 50 } },
  http: { method: 'POST', path: '/router/drift', scope: 'operate' },
});

export const teachIntents = contract({
  name: 'router.teachIntents',
  doc: "Learns an agent's intents from labelled messages, replacing what it knew. Answers when it has learnt: seconds for hundreds of examples.",
  params: object({
    agent: agentName,
    examples: list(
      object({
        text: text({ min: 1, max: 2_000, pattern: STORABLE, example: 'where is my parcel' }),
        intent: nullable(text({ min: 1, max: 100, pattern: STORABLE, doc: 'Null: outside of every intent' })),
      }),
      {
        min: 20,
        max: 3_000,
        example: Array.from({ length: 20 }, (_, n) =>
          n % 2 === 0
            ? { text: `where is parcel ${n}`, intent: 'track' }
            : { text: `send back kettle ${n}`, intent: 'return' },
        ),
      },
    ),
  }),
  result: object({ version: integer(), intents: integer(), examples: integer() }),
  errors: ['validation-failed', 'overloaded'],
  policy: { timeoutMs: 120_000, bulkhead: { concurrency: 1, queue: 20 } },
  http: { method: 'PUT', path: '/router/intents/:agent', scope: 'operate' },
});

export const detectIntent = contract({
  name: 'router.intent',
  doc: 'Which of its intents an agent sees in a message, how surely, and whether the message lies outside of them all.',
  params: object({ agent: agentName, text: text({ max: 20_000, example: 'my parcel has not come' }) }),
  result: object({
    intent: nullable(text({ max: 100, doc: 'Null: outside of every intent' })),
    nearest: text({ max: 100 }),
    confidence: decimal({ doc: 'Calibrated probability of `nearest`' }),
    version: integer(),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'POST', path: '/router/intents/:agent/detect', scope: 'operate' },
});
