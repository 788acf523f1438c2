/**
 * Hosts the conversation actors of this node. Calls are placed by conversation; an actor that is at work on
 * another node is called there (the journal says where it is).
 */
import type { ServiceSchema } from 'moleculer';
import { clientEvents } from '../../actors/conversation/client-events.ts';
import type {
  ConversationCommand,
  ConversationEvent,
  ConversationState,
} from '../../actors/conversation/state.ts';
import { transcript } from '../../actors/conversation/transcript.ts';
import { type Address, actorName } from '../../actors/runtime/actor-type.ts';
import type { ActorHost } from '../../actors/runtime/host.ts';
import * as contracts from '../../lib/contracts/conversation.contracts.ts';
import type { HistoryRow, JournalStore } from '../../lib/contracts/journal.ts';
import type { Database } from '../../lib/io/database.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action, type Call } from '../../lib/moleculer/action.ts';
import { type StreamRegistry, StreamSender } from '../../lib/moleculer/streams.ts';
import { deskActions } from './desk-actions.ts';
import type { Delta } from './effects.ts';
import { rowsOf, stateAfterTurn, stateAt } from './past.ts';
import { sayingActions } from './saying-actions.ts';
import { send } from './send.ts';

export interface ConversationPorts {
  readonly database: Database;
  readonly host: ActorHost;
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly streams: StreamRegistry;
}

export function conversationService(ports: ConversationPorts): ServiceSchema {
  const { host, store, clock, streams, database } = ports;
  type Placed = Call<{ readonly conversationId: string }>;
  const addressOf = (ctx: Placed): Address => ({
    tenantId: ctx.meta.tenantId!,
    type: 'conversation',
    key: ctx.params.conversationId,
  });
  const keyOf = (address: Address) => ({ tenantId: address.tenantId, actor: actorName(address) });

  async function existing(ctx: Placed): Promise<{ address: Address; state: ConversationState; seq: number }> {
    const address = addressOf(ctx);
    const { state, seq } = await host.inspect(address);
    if (seq === 0) throw new TroupeError('not-found', 'There is no conversation of that id');
    return { address, state: state as ConversationState, seq };
  }

  async function command(
    ctx: Placed,
    build: (at: number) => ConversationCommand,
    commandId: string | null = null,
  ) {
    const { address } = await existing(ctx);
    const { seq, state } = await host.submit(address, commandId, build(clock.now()));
    return { id: ctx.params.conversationId, status: (state as ConversationState).status, seq };
  }

  const events = (row: HistoryRow) => JSON.parse(row.events) as ConversationEvent[];
  // Of a person who signed in, nothing that they say counts; a system with a key names its people itself.
  const by = ({ meta, params }: Call<{ readonly by?: string }>) =>
    meta.userName ?? meta.userId ?? params.by ?? meta.keyId ?? 'operator';

  return {
    name: 'conversation',
    actions: {
      send: action(contracts.sendMessage, async ctx => {
        const sender = ctx.params.stream && new StreamSender(ctx.broker, streams, ctx.params.stream);
        if (!sender) return await send(ports, addressOf(ctx), ctx.params, undefined);
        const result = await send(ports, addressOf(ctx), ctx.params, event => sender.send(event));
        await sender.flushed();
        return result;
      }),

      get: action(contracts.getConversation, async ctx => {
        const { address, state, seq } = await existing(ctx);
        const { after = 0, limit = 200 } = ctx.params;
        const rows = await store.history(keyOf(address), after + 1, limit);
        const last = rows.at(-1)?.seq ?? after;
        return {
          id: ctx.params.conversationId,
          status: state.status,
          wantsPerson: state.wantsPerson,
          answering: state.turn !== null || state.waiting.length > 0,
          seq: last,
          more: last < seq,
          messages: transcript(rows.map(row => ({ seq: row.seq, at: row.at, events: events(row) }))),
        };
      }),

      watch: action(contracts.watchConversation, async ctx => {
        const { address } = await existing(ctx);
        const { conversationId, after, stream } = ctx.params;
        let stop = () => {};
        const sender = new StreamSender(ctx.broker, streams, stream, () => stop());
        let caughtUp = false;
        let sent = after;
        const held: (() => void)[] = [];
        const tellRow = (seq: number, told: readonly ConversationEvent[]) => {
          if (seq <= sent) return;
          sent = seq;
          for (const event of clientEvents(conversationId, seq, told)) sender.send(event);
        };
        const watch = await host.watch(address, note => {
          const deliver = () => {
            if (note.kind === 'committed') tellRow(note.seq, note.events as readonly ConversationEvent[]);
            else if (note.kind === 'progress')
              sender.send({ id: `${sent}.d${(note.note as Delta).offset}`, event: 'delta', data: note.note });
            else sender.send({ id: `${sent}.e`, event: 'moved', data: {} });
          };
          if (caughtUp) deliver();
          else held.push(deliver);
        });
        stop = watch.stop;
        for await (const row of rowsOf(store, address, after + 1, watch.seq)) tellRow(row.seq, events(row));
        caughtUp = true;
        for (const deliver of held) deliver();
        return { seq: watch.seq };
      }),

      events: action(contracts.conversationEvents, async ctx => {
        const { address, seq } = await existing(ctx);
        const { conversationId, after, limit = 100 } = ctx.params;
        const rows = await store.history(keyOf(address), after + 1, limit);
        const told = rows.flatMap(row => clientEvents(conversationId, row.seq, events(row)));
        return { events: told, upTo: rows.at(-1)?.seq ?? seq, seq };
      }),

      cancel: action(contracts.cancelTurn, ctx =>
        command(ctx, at => ({ type: 'CancelTurn', by: by(ctx), at })),
      ),
      takeOver: action(contracts.takeOver, ctx =>
        command(ctx, at => ({ type: 'TakeOver', by: by(ctx), at })),
      ),
      handBack: action(contracts.handBack, ctx =>
        command(ctx, at => ({ type: 'HandBack', by: by(ctx), at })),
      ),
      pause: action(contracts.pauseConversation, ctx =>
        command(ctx, at => ({ type: 'Pause', by: by(ctx), at })),
      ),
      resume: action(contracts.resumeConversation, ctx =>
        command(ctx, at => ({ type: 'Resume', by: by(ctx), at })),
      ),
      typing: action(contracts.noticeTyping, async ctx => ({
        seq: (
          await host.submit(addressOf(ctx), null, {
            type: 'NoticeTyping',
            at: clock.now(),
          } as ConversationCommand)
        ).seq,
      })),
      ...sayingActions(database, command, by),
      ...deskActions(command, by),
      settleTool: action(contracts.settleTool, async ctx => {
        const { key, content, failed } = ctx.params;
        return {
          seq: (await command(ctx, at => ({ type: 'SettleTool', key, content, failed, by: by(ctx), at })))
            .seq,
        };
      }),

      fork: action(contracts.forkConversation, async ctx => {
        const { address, seq } = await existing(ctx);
        const turn = ctx.params.turn ?? Number.MAX_SAFE_INTEGER;
        const state = await stateAfterTurn(store, address, turn, seq);
        // What the original waits for or works at is its own: the fork begins with what was finished.
        const begun = {
          ...state,
          waiting: [],
          turn: null,
          window: null,
          status: 'open' as const,
          assignee: null,
        };
        const id = ctx.params.newConversationId ?? newId('conversation');
        await host.submit({ ...address, key: id }, `fork:${id}`, {
          type: 'Seed',
          state: begun,
          from: ctx.params.conversationId,
          at: clock.now(),
        } as ConversationCommand);
        return { id, from: ctx.params.conversationId, turn: state.turns };
      }),

      inspect: action(contracts.inspectConversation, async ctx => {
        await existing(ctx);
        const { mailbox, running, state, seq } = await host.inspect(addressOf(ctx));
        return { nodeId: ctx.broker.nodeID, seq, mailbox, running, state };
      }),
      history: action(contracts.conversationHistory, async ctx => {
        const rows = await store.history(
          keyOf(addressOf(ctx)),
          ctx.params.fromSeq ?? 1,
          ctx.params.limit ?? 100,
        );
        return {
          rows: rows.map(row => ({
            seq: row.seq,
            epoch: row.epoch,
            at: row.at,
            commandId: row.commandId,
            events: JSON.parse(row.events) as unknown,
          })),
        };
      }),
      replay: action(contracts.replayConversation, ctx => stateAt(store, addressOf(ctx), ctx.params.seq)),
      evict: action(contracts.evictConversation, async ctx => ({ evicted: host.evict(addressOf(ctx)) })),
      wake: action(contracts.wakeActor, async ctx => ({ seq: (await host.wake(addressOf(ctx))).seq })),
    },
  };
}
