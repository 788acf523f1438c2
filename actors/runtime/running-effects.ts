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

/** One effect under way. Its abort signal is made when somebody asks for it: many effects never do. */
class Running {
  partial = '';
  /** Its outcome is known: there is nothing left to abort. */
  settled = false;
  #controller: AbortController | undefined;
  #reason: TroupeError | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
  get aborted(): boolean {
    return this.#reason !== undefined;
  }
  abort(reason: TroupeError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
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
        running.abort(new TroupeError('conflict', 'The conversation no longer needs this'));
    }
    for (const effect of effects) if (!this.#running.has(effect.key)) this.#start(effect, recovered);
  }

  /** Outcomes that come after this are dropped. */
  abortAll(reason: TroupeError): void {
    for (const running of this.#running.values()) running.abort(reason);
    this.#running.clear();
  }

  #start(effect: Effect, recovered: boolean): void {
    const owner = this.#owner;
    const handler = owner.handlers[effect.type];
    invariant(handler, `an effect handler is registered for ${effect.type}`);
    const running = new Running();
    this.#running.set(effect.key, running);
    const report = (command: Tagged) => {
      if (this.#running.get(effect.key) !== running) return;
      running.settled = true;
      owner.report(command);
    };
    handler(effect, {
      address: owner.address,
      get signal() {
        return running.signal;
      },
      recovered,
      idempotencyKey: `${owner.address.tenantId}/${owner.actor}/${effect.key}`,
      progress: (note, partial) => {
        if (this.#running.get(effect.key) !== running) return;
        if (partial !== undefined) running.partial = partial;
        owner.progress(note);
      },
    }).then(report, error => {
      if (running.aborted) return;
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
