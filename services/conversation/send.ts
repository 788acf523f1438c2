/** One customer message through the actor: given, accepted, and its turn awaited. */
import { type ClientEvent, clientEvents } from '../../actors/conversation/client-events.ts';
import type {
  ConversationCommand,
  ConversationEvent,
  ConversationState,
} from '../../actors/conversation/state.ts';
import { turnResult } from '../../actors/conversation/transcript.ts';
import type { Address } from '../../actors/runtime/actor-type.ts';
import { actorName } from '../../actors/runtime/actor-type.ts';
import type { ActorHost } from '../../actors/runtime/host.ts';
import type { Note } from '../../actors/runtime/surroundings.ts';
import type { ParamsOf, ResultOf } from '../../lib/contracts/contract.ts';
import type { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import type { JournalStore } from '../../lib/contracts/journal.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Delta } from './effects.ts';

type Params = ParamsOf<typeof sendMessage>;
type Result = ResultOf<typeof sendMessage>;

/** A little less than the action's own limit, so that the caller hears our error and not the framework's. */
const WAIT_LIMIT_MS = 85_000;
const LATE = 'The answer is not ready yet; ask again with the same message id to get it';
/** Rows read to find the outcome of a message that was answered long ago. */
const OUTCOME_ROWS = 500;

export interface SendPorts {
  readonly host: ActorHost;
  readonly store: JournalStore;
  readonly clock: Clock;
}

export async function send(
  { host, store, clock }: SendPorts,
  address: Address,
  params: Params,
  /** Told what happens on the way; left out where nobody listens. */
  tell: ((event: ClientEvent) => void) | undefined,
): Promise<Result> {
  const { conversationId, messageId, wait = 'answer' } = params;
  const ending = new Ending();
  let acceptedSeq = -1;
  let lastSeq = 0;
  const { stop, seq } = await host.watch(address, (note: Note) => {
    if (note.kind === 'ended') return ending.fail(note.error);
    if (note.kind === 'progress') {
      if (lastSeq === 0) return; // of a turn before this message
      const { turn, text, offset } = note.note as Delta;
      return tell?.({ id: `${lastSeq}.d${offset}`, event: 'delta', data: { text, offset, turn } });
    }
    lastSeq = note.seq;
    if (tell)
      for (const event of clientEvents(conversationId, note.seq, note.events as readonly ConversationEvent[]))
        tell(event);
    if (acceptedSeq >= 0) ending.settle(outcomeIn(note.state as ConversationState, messageId));
  });
  lastSeq = seq;
  try {
    const command = {
      type: 'ReceiveMessage',
      messageId,
      text: params.text,
      ...(params.attachments?.length ? { attachments: params.attachments } : {}),
      at: clock.now(),
      agent: params.agent ?? null,
      interruption: params.interruption ?? QUEUE,
    } as const satisfies ConversationCommand;
    const accepted = await host.submit(address, messageId, command);
    const { duplicate } = accepted;
    acceptedSeq = accepted.seq;
    if (duplicate) await requireSame(store, address, command, accepted.seq);
    // Nothing is written for a repeated message, but its sender may never have heard that it was accepted.
    if (duplicate)
      tell?.({ id: `${accepted.seq}.0`, event: 'accepted', data: { conversationId, messageId, turn: 0 } });
    const state = accepted.state as ConversationState;
    let outcome = outcomeIn(state, messageId);
    if (!outcome && wait === 'accepted') return { conversationId, ...ACCEPTED, seq: accepted.seq, duplicate };
    if (!outcome && duplicate && !isPending(state, messageId))
      outcome = await recordedOutcome(store, address, messageId, accepted.seq);
    ending.settle(outcome);
    return { conversationId, ...(await ending.within(clock)), seq: accepted.seq, duplicate };
  } finally {
    stop();
  }
}

type Outcome = Pick<Result, 'turn' | 'status' | 'message' | 'usage' | 'failure'>;

const QUEUE = { policy: 'queue', mergeWindowMs: 0 } as const;
const ACCEPTED = { turn: 0, status: 'accepted', message: null, usage: null, failure: null } as const;

/** How a message's turn ends: known once, perhaps before anyone waits for it. */
class Ending {
  #outcome: Outcome | undefined;
  #error: unknown;
  #tell: (() => void) | undefined;

  settle(outcome: Outcome | undefined): void {
    if (!outcome || this.#outcome || this.#error) return;
    this.#outcome = outcome;
    this.#tell?.();
  }

  fail(error: unknown): void {
    if (this.#outcome || this.#error) return;
    this.#error = error;
    this.#tell?.();
  }

  within(clock: Clock): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const tell = () => (this.#outcome ? resolve(this.#outcome) : reject(this.#error));
      if (this.#outcome || this.#error) return tell();
      const limit = clock.after(WAIT_LIMIT_MS, () => this.fail(new TroupeError('timeout', LATE)));
      this.#tell = () => {
        limit.cancel();
        tell();
      };
    });
  }
}

/** An id that was given to another message is no repetition of it. Throws `idempotency-mismatch`. */
async function requireSame(
  store: JournalStore,
  address: Address,
  { messageId, text, agent }: Extract<ConversationCommand, { type: 'ReceiveMessage' }>,
  seq: number,
): Promise<void> {
  const key = { tenantId: address.tenantId, actor: actorName(address) };
  const [row] = await store.history(key, seq, 1);
  const events = row ? (JSON.parse(row.events) as ConversationEvent[]) : [];
  const first = events.find(event => event.type === 'MessageReceived' && event.messageId === messageId);
  if (first?.type === 'MessageReceived' && (first.text !== text || first.agent !== agent))
    throw new TroupeError('idempotency-mismatch', 'This key was used for another message');
}

/** How the turn ended of a message that was answered so long ago that the state has forgotten it. */
async function recordedOutcome(
  store: JournalStore,
  address: Address,
  messageId: string,
  fromSeq: number,
): Promise<Outcome | undefined> {
  const key = { tenantId: address.tenantId, actor: actorName(address) };
  const rows = await store.history(key, fromSeq, OUTCOME_ROWS);
  const found = turnResult(
    messageId,
    rows.map(row => ({ events: JSON.parse(row.events) as ConversationEvent[] })),
  );
  return found && { ...found, status: found.failure === null ? 'answered' : 'failed' };
}

function isPending(state: ConversationState, messageId: string): boolean {
  return [...state.waiting, ...(state.turn?.messages ?? [])].some(message => message.messageId === messageId);
}

function outcomeIn(state: ConversationState, messageId: string): Outcome | undefined {
  const { outcomes } = state;
  for (let i = outcomes.length - 1; i >= 0; i--) {
    const { turn, messageIds, message, usage, failure } = outcomes[i]!;
    if (messageIds.includes(messageId))
      return { turn, status: failure === null ? 'answered' : 'failed', message, usage, failure };
  }
  // With a person at work no turn will come: the message has been delivered, and that is the answer.
  if (state.status === 'paused' || (state.status !== 'open' && !isPending(state, messageId)))
    return { turn: 0, status: 'with-person', message: null, usage: null, failure: null };
  return undefined;
}
