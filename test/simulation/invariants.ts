/** What must hold at every step, whatever fails: checked where it could break, from the journal and the ledger alone. */
import { conversationActor } from '../../actors/conversation/conversation.actor.ts';
import type { ConversationEvent, ConversationState } from '../../actors/conversation/state.ts';
import { type Address, actorName } from '../../actors/runtime/actor-type.ts';
import type { SimulatedDatabase } from './database.ts';
import type { Execution } from './effects.ts';
import type { DatabaseListener, Lease, Row } from './records.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

interface Told {
  /** States after each row as JSON, by sequence number. */
  readonly folds: string[];
  state: ConversationState;
  readonly received: Map<string, number>;
  /** How each message ended. */
  readonly outcomes: Map<string, string>;
  /** Messages of turns under way, by turn. */
  readonly turns: Map<number, readonly string[]>;
  unfinishedRow: Row | undefined;
}

export class Invariants implements DatabaseListener {
  readonly #database: SimulatedDatabase;
  readonly actors = new Map<string, Told>();
  readonly #executions = new Map<string, number>();
  violation: Violation | undefined;
  /** Virtual time of the newest row, milliseconds. */
  lastCommitAt = 0;

  constructor(database: SimulatedDatabase) {
    this.#database = database;
  }

  fail(message: string): void {
    this.violation ??= new Violation(message);
  }
  #hold(condition: boolean, message: () => string): void {
    if (!condition) this.fail(message());
  }

  of(tenantId: string, actor: string): Told {
    const name = `${tenantId} ${actor}`;
    let told = this.actors.get(name);
    if (!told) {
      const state = conversationActor.initialState();
      told = {
        folds: [JSON.stringify(state)],
        state,
        received: new Map(),
        outcomes: new Map(),
        turns: new Map(),
        unfinishedRow: undefined,
      };
      this.actors.set(name, told);
    }
    return told;
  }

  committed(row: Row, lease: Lease): void {
    this.lastCommitAt = row.at;
    const told = this.of(row.tenantId, row.actor);
    const where = `row ${row.seq} of ${row.actor} by epoch ${row.epoch}`;
    this.#hold(row.seq === told.folds.length, () => `${where}: ${told.folds.length} was to come next`);
    this.#hold(lease.state === 'alive', () => `${where} was written after that lease was ${lease.state}`);
    const events = JSON.parse(row.events) as ConversationEvent[];
    events.forEach((event, index) => {
      told.state = conversationActor.evolve(told.state, event, { seq: row.seq, index });
      this.#follow(told, event, row);
    });
    told.folds.push(JSON.stringify(told.state));
    const owes = conversationActor.react(told.state).length > 0;
    this.#hold(owes === row.unfinished, () => `${where} says unfinished=${row.unfinished}`);
    told.unfinishedRow = row.unfinished ? row : undefined;
    this.#lowWater(row, lease);
  }

  leaseChanged(lease: Lease): void {
    for (const { unfinishedRow } of this.actors.values())
      if (unfinishedRow?.epoch === lease.epoch) this.#lowWater(unfinishedRow, lease);
  }

  #lowWater(row: Row, lease: Lease): void {
    this.#hold(
      !row.unfinished || row.xid >= lease.lowWater,
      () =>
        `the low-water mark ${lease.lowWater} of epoch ${lease.epoch} has passed row ${row.seq} of ${row.actor}`,
    );
  }

  #follow(told: Told, event: ConversationEvent, row: Row): void {
    const end = (ids: readonly string[], how: string) => {
      for (const id of ids) {
        const before = told.outcomes.get(id);
        this.#hold(
          before === undefined,
          () => `${id} has ended twice: ${before}, then ${how} (${row.actor})`,
        );
        told.outcomes.set(id, how);
      }
    };
    switch (event.type) {
      case 'MessageReceived': {
        const { messageId } = event;
        this.#hold(!told.received.has(messageId), () => `${messageId} was accepted twice (${row.actor})`);
        this.#hold(row.commandId === messageId, () => `${messageId} stands under ${row.commandId}`);
        told.received.set(messageId, row.seq);
        if (told.state.status === 'with-person') end([messageId], 'with-person');
        break;
      }
      case 'TurnStarted':
        told.turns.set(event.turn, event.messageIds);
        break;
      case 'TurnCompleted':
      case 'TurnFailed':
        end(told.turns.get(event.turn) ?? [], event.type);
        break;
      case 'TurnInterrupted':
        if (event.cause === 'cancel' || event.cause === 'takeover')
          end(told.turns.get(event.turn) ?? [], event.cause);
        told.turns.delete(event.turn);
        break;
      case 'TakenOver':
        for (const id of told.received.keys())
          if (!told.outcomes.has(id)) told.outcomes.set(id, 'with-person');
        break;
      default:
        break;
    }
  }

  /** A node said that this is the state of the actor at that row. */
  told(node: string, address: Address, seq: number, state: unknown): void {
    const { folds } = this.of(address.tenantId, actorName(address));
    this.#hold(
      seq < folds.length,
      () => `${node} tells of row ${seq} of ${address.key}, which is not on disk`,
    );
    const expected = folds[seq];
    this.#hold(
      expected === undefined || expected === JSON.stringify(state),
      () => `${node} holds a state of ${address.key} at ${seq} that is not the fold of its journal`,
    );
  }

  acknowledged(tenantId: string, actor: string, messageId: string, seq: number, before?: number): void {
    const at = this.of(tenantId, actor).received.get(messageId);
    this.#hold(at === seq, () => `${messageId} was acknowledged at ${seq} but stands at ${at}`);
    this.#hold(
      before === undefined || before === seq,
      () => `${messageId} was answered ${before}, then ${seq}`,
    );
  }

  executed({ tool, key, tenantId, actor, effectKey }: Execution): void {
    const seq = Number.parseInt(effectKey, 10);
    const rows = this.#database.history(tenantId, actor, seq, 1);
    this.#hold(
      rows[0]?.seq === seq && rows[0].events.includes('ModelAnswered'),
      () => `${tool} ran for ${effectKey} of ${actor}, which is not on disk`,
    );
    const times = (this.#executions.get(key) ?? 0) + 1;
    this.#executions.set(key, times);
    const limited = tool !== 'search';
    this.#hold(!limited || times === 1, () => `${tool} took effect ${times} times for ${key}`);
  }

  /** What is still to be done; undefined when everything that was begun has ended. */
  get open(): string | undefined {
    for (const [name, { state, unfinishedRow, received, outcomes }] of this.actors) {
      if (unfinishedRow) return `${name} owes effects since row ${unfinishedRow.seq}`;
      if (state.turn) return `${name} is in turn ${state.turn.number}`;
      if (state.waiting.length > 0 || state.status !== 'open') return `${name} waits (${state.status})`;
      for (const id of received.keys()) if (!outcomes.has(id)) return `${id} of ${name} has no outcome`;
    }
    return undefined;
  }
}
