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
  tell: (event: ClientEvent) => void,
): Promise<Result> {
  const { conversationId, messageId, wait = 'answer' } = params;
  let settle: (outcome: Pick<Result, 'turn' | 'status' | 'message' | 'usage' | 'failure'>) => void;
  let fail: (error: unknown) => void;
  const ended = new Promise<Pick<Result, 'turn' | 'status' | 'message' | 'usage' | 'failure'>>(
    (resolve, reject) => {
      settle = resolve;
      fail = reject;
    },
  );
  ended.catch(() => {}); // awaited below, unless the command itself is refused first

  let acceptedSeq = -1;
  let lastSeq = 0;
  const look = (state: ConversationState) => {
    const outcome = outcomeIn(state, messageId);
    if (outcome) settle(outcome);
  };
  const { stop, seq } = await host.watch(address, (note: Note) => {
    if (note.kind === 'ended') return fail(note.error);
    if (note.kind === 'progress') {
      const { turn, text, offset } = note.note as Delta;
      return tell({ id: `${lastSeq}.d${offset}`, event: 'delta', data: { text, offset, turn } });
    }
    lastSeq = note.seq;
    for (const event of clientEvents(conversationId, note.seq, note.events as readonly ConversationEvent[]))
      tell(event);
    if (acceptedSeq >= 0) look(note.state as ConversationState);
  });
  lastSeq = seq;
  const limit = clock.after(WAIT_LIMIT_MS, () =>
    fail(
      new TroupeError('timeout', 'The answer is not ready yet; ask again with the same message id to get it'),
    ),
  );
  try {
    const command: ConversationCommand = {
      type: 'ReceiveMessage',
      messageId,
      text: params.text,
      at: clock.now(),
      agent: params.agent ?? null,
      interruption: params.interruption ?? { policy: 'queue', mergeWindowMs: 0 },
    };
    const accepted = await host.submit(address, messageId, command);
    acceptedSeq = accepted.seq;
    // Nothing is written for a repeated message, but its sender may never have heard that it was accepted.
    if (accepted.duplicate)
      tell({ id: `${accepted.seq}.0`, event: 'accepted', data: { conversationId, messageId, turn: 0 } });
    const state = accepted.state as ConversationState;
    if (wait === 'accepted' && !outcomeIn(state, messageId))
      return {
        conversationId,
        turn: 0,
        status: 'accepted',
        message: null,
        usage: null,
        failure: null,
        seq: accepted.seq,
        duplicate: accepted.duplicate,
      };
    look(state);
    if (!outcomeIn(state, messageId) && accepted.duplicate && !isPending(state, messageId)) {
      const rows = await store.history(
        { tenantId: address.tenantId, actor: actorName(address) },
        accepted.seq,
        OUTCOME_ROWS,
      );
      const found = turnResult(
        messageId,
        rows.map(row => ({ events: JSON.parse(row.events) as ConversationEvent[] })),
      );
      if (found) settle!({ ...found, status: found.failure === null ? 'answered' : 'failed' });
    }
    return { conversationId, ...(await ended), seq: accepted.seq, duplicate: accepted.duplicate };
  } finally {
    limit.cancel();
    stop();
  }
}

function isPending(state: ConversationState, messageId: string): boolean {
  return [...state.waiting, ...(state.turn?.messages ?? [])].some(message => message.messageId === messageId);
}

function outcomeIn(
  state: ConversationState,
  messageId: string,
): Pick<Result, 'turn' | 'status' | 'message' | 'usage' | 'failure'> | undefined {
  const found = state.outcomes.findLast(outcome => outcome.messageIds.includes(messageId));
  if (found)
    return {
      turn: found.turn,
      status: found.failure === null ? 'answered' : 'failed',
      message: found.message,
      usage: found.usage,
      failure: found.failure,
    };
  // With a person at work no turn will come: the message has been delivered, and that is the answer.
  if (state.status !== 'open' && !isPending(state, messageId))
    return { turn: 0, status: 'with-person', message: null, usage: null, failure: null };
  if (state.status === 'paused')
    return { turn: 0, status: 'with-person', message: null, usage: null, failure: null };
  return undefined;
}
