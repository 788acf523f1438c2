/** The scheduler under test and the two it is compared with, behind one face. */
import {
  FairQueue,
  type FairQueueOptions,
  type QueuedCall,
} from '../../../lib/core/fairness/virtual-token-counter.ts';

export type Call = QueuedCall<{ readonly outputTokens: number }>;

export interface CallQueue {
  readonly queued: number;
  readonly running: number;
  enqueue(call: Call): void;
  next(nowMs: number): Call | null;
  streamed(tenant: string, outputTokens: number): void;
  finished(tenant: string): void;
}

export type QueueKind = 'vtc' | 'fifo' | 'round_robin';

export function makeQueue(
  kind: QueueKind,
  options: Partial<FairQueueOptions> & { slots: number },
): CallQueue {
  if (kind === 'vtc') {
    const queue = new FairQueue<{ readonly outputTokens: number }>(options);
    return queue as unknown as CallQueue;
  }
  return kind === 'fifo' ? new Fifo(options.slots) : new RoundRobin(options.slots);
}

class Fifo implements CallQueue {
  running = 0;
  private waiting: Call[] = [];
  private head = 0;
  private readonly slots: number;

  constructor(slots: number) {
    this.slots = slots;
  }

  get queued(): number {
    return this.waiting.length - this.head;
  }

  enqueue(call: Call): void {
    this.waiting.push(call);
  }

  next(): Call | null {
    if (this.running >= this.slots || this.queued === 0) return null;
    this.running++;
    return this.waiting[this.head++]!;
  }

  streamed(): void {}

  finished(): void {
    this.running--;
  }
}

/** One call of each waiting tenant in turn: fair in calls, blind to their size. */
class RoundRobin implements CallQueue {
  running = 0;
  queued = 0;
  private readonly turns = new Map<string, { calls: Call[]; head: number }>();
  private readonly slots: number;

  constructor(slots: number) {
    this.slots = slots;
  }

  enqueue(call: Call): void {
    const own = this.turns.get(call.tenant);
    if (own) own.calls.push(call);
    else this.turns.set(call.tenant, { calls: [call], head: 0 });
    this.queued++;
  }

  next(): Call | null {
    if (this.running >= this.slots) return null;
    for (const [tenant, own] of this.turns) {
      this.turns.delete(tenant);
      const call = own.calls[own.head++]!;
      if (own.head < own.calls.length) this.turns.set(tenant, own);
      this.running++;
      this.queued--;
      return call;
    }
    return null;
  }

  streamed(): void {}

  finished(): void {
    this.running--;
  }
}
