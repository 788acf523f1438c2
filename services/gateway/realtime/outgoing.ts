/** What is sent to sockets: events of a conversation that must not be lost, and parts of an answer that may be joined. */
import type { EventPlace } from '../../../lib/core/realtime/event-place.ts';
import type { QueueItem } from '../../../lib/core/realtime/outbound-queue.ts';
import { textFrame } from '../../../lib/core/realtime/text-frame.ts';

/** What is sent, encoded at most once however many take it. */
export class Outgoing implements QueueItem {
  readonly topic: string;
  readonly policy: QueueItem['policy'];
  readonly packet: string;
  readonly bytes: number;
  readonly merge?: (later: QueueItem) => QueueItem | undefined;
  readonly supersedes?: (earlier: QueueItem) => boolean;
  #frame: Buffer | undefined;

  constructor(
    topic: string,
    payload: unknown,
    { policy, merge, supersedes }: Pick<QueueItem, 'policy' | 'merge' | 'supersedes'>,
  ) {
    this.topic = topic;
    this.policy = policy;
    this.packet = `2["event",${JSON.stringify(payload)}]`;
    this.bytes = this.packet.length;
    if (merge) this.merge = merge;
    if (supersedes) this.supersedes = supersedes;
  }

  /** As the WebSocket message of engine.io (type 4, message). */
  get frame(): Buffer {
    this.#frame ??= textFrame(`4${this.packet}`);
    return this.#frame;
  }
}

/** An event as `conversation.watch` and `conversation.events` tell it. */
export interface HeardEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events after which no more text of the answer under way comes. */
export const ENDS_PARTIAL: ReadonlySet<string> = new Set(['message', 'interrupted', 'error']);

export class DurableEvent extends Outgoing {
  readonly place: EventPlace;
  constructor(conversationId: string, { id, event, data }: HeardEvent, place: EventPlace) {
    super(
      conversationId,
      { conversationId, id, event, data },
      {
        policy: 'must',
        ...(ENDS_PARTIAL.has(event)
          ? { supersedes: (earlier: QueueItem) => earlier instanceof DeltaEvent }
          : {}),
      },
    );
    this.place = place;
  }
}

export interface Delta {
  readonly turn: number;
  readonly offset: number;
  readonly text: string;
}

/** A part of the answer under way; parts that wait become one part, so that whoever reads late reads it right. */
export class DeltaEvent extends Outgoing {
  readonly delta: Delta;
  constructor(conversationId: string, id: string, delta: Delta) {
    super(
      conversationId,
      { conversationId, id, event: 'delta', data: delta },
      {
        policy: 'intermediate',
        merge: later => {
          if (!(later instanceof DeltaEvent) || later.delta.turn !== delta.turn) return undefined;
          const at = later.delta.offset - delta.offset;
          if (at < 0 || at > delta.text.length) return undefined;
          return new DeltaEvent(conversationId, id, {
            ...delta,
            text: delta.text.slice(0, at) + later.delta.text,
          });
        },
      },
    );
    this.delta = delta;
  }
}
