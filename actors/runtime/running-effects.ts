/** The effects of one activation that are under way: started when newly owed, aborted when owed no longer. */
import { invariant, isErrorCode, TroupeError } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import type { Address, AnyActorType, AnyEffectHandler, Effect, EffectContext, Tagged } from './actor-type.ts';

/** What running effects need of their node. */
export interface EffectPorts {
  readonly handlers: Readonly<Record<string, AnyEffectHandler>>;
  readonly log: Log;
}

/** What running effects need of their activation. */
export interface EffectOwner {
  readonly address: Address;
  readonly actor: string;
  readonly type: AnyActorType;
  /** Takes the command that reports an outcome. */
  report(command: Tagged): void;
  /** Tells those who watch. */
  progress(note: unknown): void;
}

/**
 * One effect under way, and what its handler is told of it. Its abort signal and its key are made when somebody asks
 * for them: many effects never do.
 */
class Running implements EffectContext {
  partial = '';
  soFar: unknown;
  /** Its outcome is known: there is nothing left to abort. */
  settled = false;
  readonly recovered: boolean;
  readonly #key: string;
  readonly #owner: EffectOwner;
  #controller: AbortController | undefined;
  #reason: TroupeError | undefined;

  constructor(key: string, owner: EffectOwner, recovered: boolean) {
    this.#key = key;
    this.#owner = owner;
    this.recovered = recovered;
  }

  get address(): Address {
    return this.#owner.address;
  }
  get idempotencyKey(): string {
    return `${this.#owner.address.tenantId}/${this.#owner.actor}/${this.#key}`;
  }
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
  /** The state owes it no longer, or the activation has ended. */
  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  readonly progress: EffectContext['progress'] = (note, partial, soFar) => {
    if (this.settled || this.aborted) return;
    if (partial !== undefined) this.partial = partial;
    this.soFar = soFar;
    this.#owner.progress(note);
  };

  abort(reason: TroupeError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

export class RunningEffects {
  readonly #owner: EffectOwner;
  readonly #ports: EffectPorts;
  readonly #running = new Map<string, Running>();

  constructor(owner: EffectOwner, ports: EffectPorts) {
    this.#owner = owner;
    this.#ports = ports;
  }

  get keys(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** What somebody who begins to watch now must be told of what is under way. */
  get soFar(): readonly unknown[] {
    return [...this.#running.values()].flatMap(({ settled, soFar }) =>
      settled || soFar === undefined ? [] : [soFar],
    );
  }

  /** The unfinished text of an effect; empty when there is none. */
  partial(key: string): string {
    return this.#running.get(key)?.partial ?? '';
  }

  /** Starts what is newly owed, aborts what is owed no longer. */
  reconcile(effects: readonly Effect[], recovered: boolean): void {
    for (const [key, running] of this.#running) {
      if (owes(effects, key)) continue;
      this.#running.delete(key);
      if (running.settled) continue;
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
    const handler = this.#ports.handlers[effect.type];
    invariant(handler, `an effect handler is registered for ${effect.type}`);
    const running = new Running(effect.key, owner, recovered);
    this.#running.set(effect.key, running);
    handler(effect, running).then(
      command => this.#report(effect, running, command),
      error => {
        if (running.aborted) return;
        this.#ports.log.warn('actor.effect-failed', {
          actor: owner.actor,
          effect: effect.type,
          ...describeError(error),
        });
        const code =
          typeof error === 'object' && error !== null && 'code' in error && isErrorCode(error.code)
            ? error.code
            : 'internal';
        this.#report(effect, running, owner.type.effectFailed(effect, code));
      },
    );
  }

  #report(effect: Effect, running: Running, command: Tagged): void {
    if (this.#running.get(effect.key) !== running) return;
    running.settled = true;
    this.#owner.report(command);
  }
}

function owes(effects: readonly Effect[], key: string): boolean {
  for (let i = 0; i < effects.length; i++) if (effects[i]!.key === key) return true;
  return false;
}
