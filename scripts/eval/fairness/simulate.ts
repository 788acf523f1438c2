/**
 * A model server of S slots on a simulated clock: a call reads its input at one speed, then writes tokens at
 * another, in steps, each step told to the queue as a stream would. Observers hear of every change of service.
 */
import { type Call, makeQueue, type QueueKind } from './queues.ts';

export interface Server {
  readonly slots: number;
  readonly inputTokensPerS: number;
  /** Per call. */
  readonly outputTokensPerS: number;
  /** Tokens between two reports of a stream. */
  readonly chunkTokens: number;
}

export interface Observer {
  /** The tenant's number of waiting calls changed. */
  backlog(tenant: string, waiting: number): void;
  /** The tenant received service; `outstanding` output tokens are promised by the calls now running. */
  service(tenant: string, units: number, outstanding: number): void;
}

export interface Served {
  readonly tenant: string;
  readonly waitS: number;
  readonly totalS: number;
}

export interface Outcome {
  readonly served: readonly Served[];
  readonly serviceByTenant: ReadonlyMap<string, number>;
  /** Moments at which a slot was left free though a call waited. */
  readonly idleWhileWaiting: number;
  readonly mostOutstanding: number;
  readonly longestInput: number;
}

interface Event {
  readonly atS: number;
  readonly call: Call;
  readonly leftTokens: number;
}

export function simulate(
  kind: QueueKind,
  calls: readonly Call[],
  server: Server,
  weights: { inputWeight: number; outputWeight: number },
  untilS: number,
  observer?: Observer,
): Outcome {
  const queue = makeQueue(kind, { slots: server.slots, maxQueued: 1_000_000, ...weights });
  const events = new EventHeap();
  const served: Served[] = [];
  const serviceByTenant = new Map<string, number>();
  const waiting = new Map<string, number>();
  const began = new Map<string, number>();
  let outstanding = 0;
  let mostOutstanding = 0;
  let longestInput = 0;
  let idleWhileWaiting = 0;
  let arrival = 0;
  const give = (tenant: string, units: number) => {
    serviceByTenant.set(tenant, (serviceByTenant.get(tenant) ?? 0) + units);
    observer?.service(tenant, units, outstanding);
  };
  const move = (tenant: string, by: number) => {
    waiting.set(tenant, (waiting.get(tenant) ?? 0) + by);
    observer?.backlog(tenant, waiting.get(tenant)!);
  };
  for (;;) {
    const arriveS = calls[arrival] ? calls[arrival]!.enqueuedAtMs / 1000 : Number.POSITIVE_INFINITY;
    const eventS = events.peek()?.atS ?? Number.POSITIVE_INFINITY;
    const nowS = Math.min(arriveS, eventS);
    if (nowS > untilS) break;
    if (arriveS <= eventS) {
      const call = calls[arrival++]!;
      queue.enqueue(call);
      move(call.tenant, 1);
    } else {
      const { call, leftTokens } = events.pop()!;
      const chunk = Math.min(server.chunkTokens, leftTokens);
      outstanding -= chunk;
      queue.streamed(call.tenant, chunk);
      give(call.tenant, weights.outputWeight * chunk);
      const left = leftTokens - chunk;
      if (left > 0) {
        const next = Math.min(server.chunkTokens, left);
        events.push({ atS: nowS + next / server.outputTokensPerS, call, leftTokens: left });
      } else {
        queue.finished(call.tenant);
        const sentS = call.enqueuedAtMs / 1000;
        served.push({ tenant: call.tenant, waitS: began.get(call.id)! - sentS, totalS: nowS - sentS });
        began.delete(call.id);
      }
    }
    for (let call = queue.next(nowS * 1000); call; call = queue.next(nowS * 1000)) {
      began.set(call.id, nowS);
      outstanding += call.payload.outputTokens;
      mostOutstanding = Math.max(mostOutstanding, outstanding);
      longestInput = Math.max(longestInput, call.inputTokens);
      give(call.tenant, weights.inputWeight * call.inputTokens);
      move(call.tenant, -1);
      const first = Math.min(server.chunkTokens, call.payload.outputTokens);
      const readS = call.inputTokens / server.inputTokensPerS;
      const atS = nowS + readS + first / server.outputTokensPerS;
      events.push({ atS, call, leftTokens: call.payload.outputTokens });
    }
    if (queue.queued > 0 && queue.running < server.slots) idleWhileWaiting++;
  }
  return { served, serviceByTenant, idleWhileWaiting, mostOutstanding, longestInput };
}

class EventHeap {
  private readonly items: Event[] = [];

  peek(): Event | undefined {
    return this.items[0];
  }

  push(event: Event): void {
    const { items } = this;
    let at = items.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]!.atS <= event.atS) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = event;
  }

  pop(): Event | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (!last || items.length === 0) return top;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && items[child + 1]!.atS < items[child]!.atS) child++;
      if (items[child]!.atS >= last.atS) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
