/** The effects of one activation that are under way: started when newly owed, aborted when owed no longer. */
import { invariant, isErrorCode, TroupeError } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import type { Address, AnyActorType, AnyEffectHandler, Effect, Tagged } from './actor-type.ts';

/** What running effects need of their activation. */
export interface EffectOwner {
  readonly address: Address;
  readonly actor: string;
  readonly type: AnyActorType;
  readonly handlers: Readonly<Record<string, AnyEffectHandler>>;
  readonly log: Log;
  /** Takes the command that reports an outcome. */
  report(command: Tagged): void;
  /** Tells those who watch. */
  progress(note: unknown): void;
}

interface Running {
  readonly controller: AbortController;
  partial: string;
  /** Its outcome is known: there is nothing left to abort. */
  settled: boolean;
}

export class RunningEffects {
  readonly #owner: EffectOwner;
  readonly #running = new Map<string, Running>();

  constructor(owner: EffectOwner) {
    this.#owner = owner;
  }

  get keys(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** The unfinished text of an effect; empty when there is none. */
  partial(key: string): string {
    return this.#running.get(key)?.partial ?? '';
  }

  /** Starts what is newly owed, aborts what is owed no longer. */
  reconcile(effects: readonly Effect[], recovered: boolean): void {
    for (const [key, running] of this.#running) {
      if (effects.some(effect => effect.key === key)) continue;
      this.#running.delete(key);
      if (!running.settled)
        running.controller.abort(new TroupeError('conflict', 'The conversation no longer needs this'));
    }
    for (const effect of effects) if (!this.#running.has(effect.key)) this.#start(effect, recovered);
  }

  /** Outcomes that come after this are dropped. */
  abortAll(reason: TroupeError): void {
    for (const { controller } of this.#running.values()) controller.abort(reason);
    this.#running.clear();
  }

  #start(effect: Effect, recovered: boolean): void {
    const owner = this.#owner;
    const handler = owner.handlers[effect.type];
    invariant(handler, `an effect handler is registered for ${effect.type}`);
    const controller = new AbortController();
    const running: Running = { controller, partial: '', settled: false };
    this.#running.set(effect.key, running);
    const report = (command: Tagged) => {
      if (this.#running.get(effect.key) !== running) return;
      running.settled = true;
      owner.report(command);
    };
    handler(effect, {
      address: owner.address,
      signal: controller.signal,
      recovered,
      idempotencyKey: `${owner.address.tenantId}/${owner.actor}/${effect.key}`,
      progress: (note, partial) => {
        if (this.#running.get(effect.key) !== running) return;
        if (partial !== undefined) running.partial = partial;
        owner.progress(note);
      },
    }).then(report, error => {
      if (controller.signal.aborted) return;
      owner.log.warn('actor.effect-failed', {
        actor: owner.actor,
        effect: effect.type,
        ...describeError(error),
      });
      const code =
        typeof error === 'object' && error !== null && 'code' in error && isErrorCode(error.code)
          ? error.code
          : 'internal';
      report(owner.type.effectFailed(effect, code));
    });
  }
}
