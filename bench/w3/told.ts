/** What a forked process of the benchmark tells: each message has one name, and waits until it is asked for. */
import type { ChildProcess } from 'node:child_process';

/** A whole number of the environment. */
export const whole = (name: string, fallback: number) =>
  Number.parseInt(process.env[name] ?? String(fallback), 10);

export class Told {
  readonly #child: ChildProcess;
  readonly #came: Record<string, unknown>[] = [];
  readonly #waiting = new Map<string, (message: never) => void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: Record<string, unknown>) => {
      const name = Object.keys(message).find(each => this.#waiting.has(each));
      if (name === undefined) this.#came.push(message);
      else {
        const resolve = this.#waiting.get(name)!;
        this.#waiting.delete(name);
        resolve(message as never);
      }
    });
  }

  next<T>(name: string): Promise<T> {
    const at = this.#came.findIndex(message => name in message);
    if (at >= 0) return Promise.resolve(this.#came.splice(at, 1)[0] as T);
    return new Promise(resolve => this.#waiting.set(name, resolve));
  }

  ask<T>(message: Record<string, unknown>, name: string): Promise<T> {
    const answer = this.next<T>(name);
    this.#child.send(message);
    return answer;
  }
}
