/** Messages between processes: late, lost, twice, in another order, or cut off by a partition. */
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Process, Scheduler } from './scheduler.ts';

const CALL_TIMEOUT_MS = 4_000;

export interface Endpoint<Request, Answer> {
  readonly process: Process;
  handle(request: Request): Promise<Answer>;
}

export class Network<Request, Answer> {
  readonly #world: Scheduler;
  readonly #endpoints = new Map<string, Endpoint<Request, Answer>>();
  readonly #cut = new Set<string>();
  /** Share of messages lost, and delivered twice. */
  lossy = 0;
  slowMs = 4;

  constructor(world: Scheduler) {
    this.#world = world;
  }

  listen(name: string, endpoint: Endpoint<Request, Answer>): void {
    this.#endpoints.set(name, endpoint);
  }
  cut(a: string, b: string): void {
    this.#cut.add(pair(a, b));
  }
  heal(a: string, b: string): void {
    this.#cut.delete(pair(a, b));
  }
  connected(a: string, b: string): boolean {
    return !this.#cut.has(pair(a, b));
  }

  call(from: Process, fromName: string, to: string, request: Request): Promise<Answer> {
    const world = this.#world;
    return new Promise((resolve, reject) => {
      world.at(CALL_TIMEOUT_MS, from, () =>
        reject(new TroupeError('unavailable', `No answer came from ${to}`)),
      );
      const copies = world.chance(this.lossy) ? 0 : world.chance(this.lossy) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++)
        this.#carry(fromName, to, () => {
          const endpoint = this.#endpoints.get(to);
          if (!endpoint) return;
          world.at(0, endpoint.process, () => {
            const answer = (act: () => void) => {
              if (!world.chance(this.lossy)) this.#carry(to, fromName, () => world.at(0, from, act));
            };
            endpoint.handle(request).then(
              result => answer(() => resolve(result)),
              error => answer(() => reject(error)),
            );
          });
        });
    });
  }

  #carry(from: string, to: string, deliver: () => void): void {
    const world = this.#world;
    world.at(world.between(0.1, world.chance(0.05) ? this.slowMs * 50 : this.slowMs), null, () => {
      if (this.connected(from, to)) deliver();
    });
  }
}

function pair(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
