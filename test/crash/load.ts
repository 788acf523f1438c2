/**
 * The customers of the crash test, and the person who settles parked tools. Customers send through a broker of their
 * own as the gateway does, ask again with the same id until they are answered, and note what was acknowledged.
 */
import { appendFileSync } from 'node:fs';
import pg from 'pg';
import { sendMessage, settleTool } from '../../lib/contracts/conversation.contracts.ts';
import { seededRandom, sleep, systemClock } from '../../lib/kernel/clock.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { describeError } from '../../lib/kernel/log.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { startNode } from '../../moleculer.config.ts';
import { drawPlan, planText } from './plan.ts';

export const TENANT = 'ten_00000000000000000000000001';

/** One line of the file of acknowledgements. */
export type Ack =
  | { readonly kind: 'sent'; t: number; conversation: string; message: string; ordinal: number; text: string }
  | { readonly kind: 'accepted'; t: number; conversation: string; message: string; seq: number }
  | {
      /** `repeat`: the same message sent again after it was answered. */
      readonly kind: 'answered' | 'repeat';
      t: number;
      waitedMs: number;
      conversation: string;
      message: string;
      seq: number;
      turn: number;
      status: string;
      answerId: string;
      text: string;
    }
  | {
      readonly kind: 'error';
      t: number;
      conversation: string;
      message: string;
      code: string;
      detail: string;
    };

export interface LoadOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly file: string;
  readonly conversations: number;
  /** Mean pause of a customer between an answer and the next message, milliseconds. */
  readonly thinkMs: number;
  readonly seed: number;
}

export interface Load {
  readonly sent: number;
  readonly answered: number;
  readonly errors: number;
  /** No further messages; resolves with those that are still without an answer when the limit has passed. */
  finish(limitMs: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** As long as a gateway lets a customer wait. */
const CALL_LIMIT_MS = 80_000;
const PARKED_EVERY_MS = 1_000;
/** Of the messages, so many are sent while the one before is still being answered, and so many are sent again. */
const EAGER = 0.2;
const REPEATED = 0.1;

export async function startLoad(options: LoadOptions): Promise<Load> {
  const node = await startNode(
    readConfig({
      ...options.environment,
      TROUPE_UNITS: 'none',
      TROUPE_NODE_ID: 'customers',
      TROUPE_LOG_LEVEL: 'error',
    }),
  );
  await node.broker.waitForServices(['conversation', 'model', 'tools'], 30_000, 50);
  const counts = { sent: 0, answered: 0, errors: 0 };
  const open = new Set<string>();
  const ending = Promise.withResolvers<void>();
  let over = false;
  let closed = false;
  const note = (ack: Ack) => appendFileSync(options.file, `${JSON.stringify(ack)}\n`);

  async function call(conversation: string, message: string, text: string, wait: 'answer' | 'accepted') {
    while (!closed) {
      try {
        return await persistentCall(
          node.broker,
          sendMessage,
          { conversationId: conversation, messageId: message, text, wait },
          { meta: { tenantId: TENANT } },
          systemClock,
          CALL_LIMIT_MS,
        );
      } catch (raw) {
        const { code, message: detail } = toTroupeError(raw);
        counts.errors++;
        note({ kind: 'error', t: Date.now(), conversation, message, code, detail });
        await sleep(500);
      }
    }
    return undefined;
  }

  async function ask(kind: 'answered' | 'repeat', conversation: string, message: string, text: string) {
    const began = performance.now();
    open.add(`${message} ${kind}`);
    const answer = await call(conversation, message, text, 'answer');
    if (!answer) return;
    const { seq, turn, status } = answer;
    const waitedMs = Math.round(performance.now() - began);
    const told = { answerId: answer.message?.id ?? '', text: answer.message?.text ?? '' };
    note({ kind, t: Date.now(), waitedMs, conversation, message, seq, turn, status, ...told });
    if (kind === 'answered') counts.answered++;
    open.delete(`${message} ${kind}`);
  }

  async function customer(index: number): Promise<void> {
    const random = seededRandom(options.seed * 100_003 + index);
    const conversation = `cnv_crash_${index}`;
    const answers: Promise<void>[] = [];
    await Promise.race([ending.promise, sleep(random() * options.thinkMs)]);
    for (let ordinal = 1; !over; ordinal++) {
      const message = `m${index}-${ordinal}`;
      const text = planText(drawPlan(random, conversation, message));
      counts.sent++;
      note({ kind: 'sent', t: Date.now(), conversation, message, ordinal, text });
      const eager = random() < EAGER;
      if (eager) {
        // The next message may only follow when this one is known to be accepted: their order is then certain.
        const accepted = await call(conversation, message, text, 'accepted');
        if (accepted) note({ kind: 'accepted', t: Date.now(), conversation, message, seq: accepted.seq });
      }
      const answer = ask('answered', conversation, message, text);
      answers.push(answer);
      if (!eager) await answer;
      if (random() < REPEATED) answers.push(answer.then(() => ask('repeat', conversation, message, text)));
      const pauseMs = -Math.log(1 - random()) * options.thinkMs;
      if (!eager) await Promise.race([ending.promise, sleep(pauseMs)]);
    }
    await Promise.all(answers);
  }

  const customers = Promise.all(Array.from({ length: options.conversations }, (_, i) => customer(i)));
  const person = settleParked(
    options.environment.TROUPE_DATABASE_URL!,
    (conversationId, key) =>
      persistentCall(
        node.broker,
        settleTool,
        { conversationId, key, content: '{"settled":"by a person"}', failed: false, by: 'crash-test' },
        { meta: { tenantId: TENANT } },
        systemClock,
        CALL_LIMIT_MS,
      ),
    () => closed,
  );
  return {
    get sent() {
      return counts.sent;
    },
    get answered() {
      return counts.answered;
    },
    get errors() {
      return counts.errors;
    },
    async finish(limitMs) {
      over = true;
      ending.resolve();
      await Promise.race([customers, sleep(limitMs)]);
      return [...open];
    },
    async close() {
      closed = true;
      await person;
      await node.stop();
    },
  };
}

/** Looks for parked tool calls now and then, and settles each as a person would who has looked. */
async function settleParked(
  databaseUrl: string,
  settle: (conversation: string, key: string) => Promise<unknown>,
  over: () => boolean,
): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => {}); // the server is killed on purpose: the next query finds it again
  const settled = new Set<string>();
  let since = 0;
  while (!over()) {
    await sleep(PARKED_EVERY_MS);
    try {
      const { rows } = await pool.query<{ actor: string; xid: string; key: string }>(
        `select actor, xid::text, e->>'key' as key from journal, json_array_elements(events::json) e
         where xid >= $1::text::xid8 and events like '%"ToolParked"%' and e->>'type' = 'ToolParked'`,
        [String(since)],
      );
      const fresh = rows.filter(({ actor, key }) => !settled.has(`${actor} ${key}`));
      await Promise.all(
        fresh.map(async ({ actor, key }) => {
          await settle(actor.slice('conversation/'.length), key);
          settled.add(`${actor} ${key}`);
        }),
      );
      // A transaction may commit after younger ones: the next look begins a little further back.
      for (const { xid } of rows) since = Math.max(since, Number(xid) - 1_000);
    } catch (error) {
      if (!over()) console.error('crash: parked tools wait to be settled:', describeError(error).code);
    }
  }
  await pool.end();
}
