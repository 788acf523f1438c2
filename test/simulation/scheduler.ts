/**
 * Virtual time. Everything that happens in a simulated world is an event of one queue; between two events all
 * promises settle. A process may be paused (its events wait) or killed (they never happen).
 */
import { type Clock, type Random, seededRandom, type Timer } from '../../lib/kernel/clock.ts';

/** A node's process or a client: what can be stopped and killed as one. */
export interface Process {
  readonly name: string;
  alive: boolean;
  paused: boolean;
  /** What happened to it while it was paused, in order. */
  readonly backlog: (() => void)[];
  /** Its wall clock's difference from virtual time, milliseconds. */
  readonly skewMs: number;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly process: Process | null;
  task: (() => void) | undefined;
}

const EPOCH_MS = 1_800_000_000_000;
const KEPT_LINES = 400;

export class Scheduler {
  readonly random: Random;
  readonly #heap: Event[] = [];
  #order = 0;
  #now = 0;
  #steps = 0;
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  get now(): number {
    return this.#now;
  }
  get steps(): number {
    return this.#steps;
  }
  /** Hash of the whole history: the same seed gives the same. */
  get historyHash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
  get history(): readonly string[] {
    return this.#lines;
  }

  note(line: string): void {
    const text = `${this.#now.toFixed(2).padStart(10)} ${line}`;
    let hash = this.#hash;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.#hash = hash;
    this.#lines.push(text);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
  }

  between(from: number, to: number): number {
    return from + this.random() * (to - from);
  }
  chance(probability: number): boolean {
    return this.random() < probability;
  }
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }

  process(name: string, skewMs = 0): Process {
    return { name, alive: true, paused: false, backlog: [], skewMs };
  }

  at(afterMs: number, process: Process | null, task: () => void): Timer {
    const event: Event = { at: this.#now + Math.max(0, afterMs), order: this.#order++, process, task };
    this.#push(event);
    return {
      cancel: () => {
        event.task = undefined;
      },
    };
  }

  sleep(ms: number, process: Process | null, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = this.at(ms, process, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  clock(process: Process): Clock {
    return {
      now: () => Math.round(EPOCH_MS + this.#now + process.skewMs),
      monotonic: () => this.#now,
      after: (ms, task) => this.at(ms, process, task),
    };
  }

  resume(process: Process): void {
    process.paused = false;
    for (const task of process.backlog.splice(0)) this.at(0, process, task);
  }

  /** Runs events until `done` says so or none is left. `check` runs after each. */
  async run(done: () => boolean, check: () => void): Promise<void> {
    while (!done()) {
      const event = this.#pop();
      if (!event) return;
      this.#now = event.at;
      const { task, process } = event;
      if (!task || process?.alive === false) continue;
      if (process?.paused) {
        process.backlog.push(task);
        continue;
      }
      this.#steps++;
      task();
      // All promises settle before an immediate runs.
      await new Promise(resolve => setImmediate(resolve));
      check();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
