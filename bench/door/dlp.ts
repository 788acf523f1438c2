/**
 * `npm run -s bench:dlp`: what data loss prevention costs where it stands in the way, as one JSON line of microseconds
 * of CPU: a call through the broker without and with the middleware, one that fails with personal data in its error, a
 * log line, and a customer's message on its way to a model and back. ROUNDS changes how often each is measured.
 */
import { ServiceBroker } from 'moleculer';
import { cleanText, cleanValue } from '../../lib/core/dlp/boundary.ts';
import { createDetector } from '../../lib/core/dlp/detect.ts';
import { PROMPT_POLICY } from '../../lib/core/dlp/policy.ts';
import { redact, restore } from '../../lib/core/dlp/redact.ts';
import { Vault } from '../../lib/core/dlp/vault.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { dlpMiddleware } from '../../mixins/dlp.middleware.ts';
import { dlpMixin } from '../../mixins/dlp.mixin.ts';

const ROUNDS = Number(process.env.ROUNDS ?? '7');
const WARM = 0.3;
const PLAIN =
  'Hello, I would like to know how many days I have to return the kettle that I bought last week.';
const PERSONAL =
  'I am Maria Keller, maria.keller@example.org, +49 1512 3456789, card 4012888888881881. Where is my order?';
const LINE = {
  tenantId: 'ten_01k5x9q3zcf0v8m4h2t7w6y1zz',
  route: '/api/v1/chat/messages',
  code: 'timeout',
  tookMs: 17,
};

/** Microseconds of CPU of one run: the middle of several rounds. */
async function microseconds(count: number, run: () => unknown): Promise<number> {
  for (let i = 0; i < count * WARM; i++) await run();
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) await run();
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / count);
  }
  rounds.sort((a, b) => a - b);
  return Math.round(rounds[Math.floor(ROUNDS / 2)]! * 100) / 100;
}

async function brokerWith(middlewares: readonly object[]): Promise<ServiceBroker> {
  const broker = new ServiceBroker({ logger: false, middlewares: middlewares as never });
  broker.createService({
    name: 'bench',
    mixins: [dlpMixin()],
    actions: {
      answer: async () => 'ok',
      fail: async () => {
        throw new TroupeError('not-found', `There is no customer ${PERSONAL}`);
      },
      note: {
        dlp: { mask: ['text'] },
        handler: async (ctx: { params: { text: string } }) => ctx.params.text,
      },
    },
  } as never);
  await broker.start();
  return broker;
}

const bare = await brokerWith([]);
const guarded = await brokerWith([dlpMiddleware({ places: ['error'], errorData: false })]);
const failing = (broker: ServiceBroker) => () => broker.call('bench.fail').catch(() => undefined);
const detector = createDetector();
const toModelAndBack = (text: string) => {
  const vault = new Vault();
  return restore(redact(text, { detector, policy: PROMPT_POLICY, vault }).text, vault);
};
const call = await microseconds(100_000, () => bare.call('bench.answer'));
const guardedCall = await microseconds(100_000, () => guarded.call('bench.answer'));
const failure = await microseconds(3_000, failing(bare));
const guardedFailure = await microseconds(3_000, failing(guarded));
console.log(
  JSON.stringify({
    call,
    guardedCall,
    failure,
    guardedFailure,
    mixinMasksText: await microseconds(3_000, () => bare.call('bench.note', { text: PERSONAL })),
    logLine: await microseconds(20_000, () => cleanValue(LINE)),
    errorText: await microseconds(3_000, () => cleanText(PERSONAL)),
    plainMessageToModelAndBack: await microseconds(3_000, () => toModelAndBack(PLAIN)),
    personalMessageToModelAndBack: await microseconds(3_000, () => toModelAndBack(PERSONAL)),
  }),
);
await Promise.all([bare.stop(), guarded.stop()]);
