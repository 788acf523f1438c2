/** Customers who send messages and repeat them until they are acknowledged, and operators who meddle. */
import type { ConversationCommand } from '../../actors/conversation/state.ts';
import { type Address, actorName } from '../../actors/runtime/actor-type.ts';
import type { InterruptionPolicy } from '../../lib/contracts/chat.ts';
import { fullJitter } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { placeOn } from '../../lib/moleculer/rendezvous.ts';
import type { Invariants } from './invariants.ts';
import type { Network } from './network.ts';
import { type Answer, placementKey, type Request } from './node.ts';
import type { Process, Scheduler } from './scheduler.ts';

const POLICIES: readonly InterruptionPolicy[] = ['queue', 'merge', 'interrupt'];
/** Of what is acknowledged already. */
const MOST_REPEATS = 3;

export class Clients {
  readonly #world: Scheduler;
  readonly #network: Network<Request, Answer>;
  readonly #invariants: Invariants;
  readonly #viewOf: (name: string) => readonly string[];
  readonly #process: Process;
  readonly addresses: readonly Address[];
  #busy = 0;

  constructor(
    world: Scheduler,
    network: Network<Request, Answer>,
    invariants: Invariants,
    viewOf: (name: string) => readonly string[],
  ) {
    this.#world = world;
    this.#network = network;
    this.#invariants = invariants;
    this.#viewOf = viewOf;
    this.#process = world.process('gateway');
    const count = 2 + Math.floor(world.random() * 4);
    this.addresses = Array.from({ length: count }, (_, index) => ({
      tenantId: index % 2 === 0 ? 'acme' : 'brew',
      type: 'conversation',
      key: `c${index}`,
    }));
  }

  get busy(): boolean {
    return this.#busy > 0;
  }

  /** Begins everybody's errands, spread over the time that faults last. */
  begin(untilMs: number): void {
    const world = this.#world;
    for (const address of this.addresses) {
      const interruption = { policy: world.pick(POLICIES), mergeWindowMs: world.pick([0, 0, 400, 1_500]) };
      const count = 2 + Math.floor(world.random() * 5);
      const message = (index: number): ConversationCommand => ({
        type: 'ReceiveMessage',
        messageId: `${address.key}-m${index}`,
        text: world.pick(['hello', `question ${index}`]),
        at: world.clock(this.#process).now(),
        agent: null,
        interruption,
      });
      if (world.chance(0.4)) this.#errand(() => this.#oneAfterTheOther(address, count, message, untilMs));
      else
        for (let index = 0; index < count; index++)
          this.#errand(async () => {
            await world.sleep(world.between(0, untilMs), this.#process);
            await this.#send(address, `${address.key}-m${index}`, message(index));
          });
      if (world.chance(0.5))
        for (let meddling = world.between(1, 4); meddling > 0; meddling--)
          world.at(world.between(0, untilMs), this.#process, () => this.#meddle(address));
    }
  }

  /** A person puts right what only persons can: settles parked tools, gives conversations back. */
  settle(): void {
    for (const address of this.addresses) {
      const { state } = this.#invariants.of(address.tenantId, actorName(address));
      const at = this.#world.clock(this.#process).now();
      if (state.status === 'paused') this.#once(address, { type: 'Resume', by: 'operator', at });
      else if (state.status === 'with-person') this.#once(address, { type: 'HandBack', by: 'operator', at });
      for (const call of state.turn?.calls ?? [])
        if (call.status === 'parked')
          this.#once(address, {
            type: 'SettleTool',
            key: call.key,
            content: 'it was done',
            failed: false,
            by: 'operator',
            at,
          });
      this.#call(address, null, null, 'inspect').catch(() => {});
    }
  }

  #errand(work: () => Promise<void>): void {
    this.#busy++;
    work().then(
      () => {
        this.#busy--;
      },
      error => this.#invariants.fail(`a client failed: ${error instanceof Error ? error.stack : error}`),
    );
  }

  async #oneAfterTheOther(
    address: Address,
    count: number,
    message: (index: number) => ConversationCommand,
    untilMs: number,
  ): Promise<void> {
    let last = 0;
    for (let index = 0; index < count; index++) {
      await this.#world.sleep(this.#world.between(0, untilMs / count), this.#process);
      const seq = await this.#send(address, `${address.key}-m${index}`, message(index), true);
      if (seq <= last) this.#invariants.fail(`message ${index} of ${address.key} overtook the one before`);
      last = seq;
    }
  }

  /** Repeats until acknowledged, now and then once more after that. Some customers give up: 0 is returned. */
  async #send(
    address: Address,
    id: string,
    command: ConversationCommand,
    patient = this.#world.chance(0.85),
  ): Promise<number> {
    const world = this.#world;
    let first: number | undefined;
    let repeats = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        const { seq, duplicate } = await this.#call(address, id, command, 'submit');
        world.note(`gateway ${id} acknowledged at ${seq}${duplicate ? ' again' : ''}`);
        this.#invariants.acknowledged(address.tenantId, actorName(address), id, seq, first);
        first = seq;
        if (repeats++ === MOST_REPEATS || !world.chance(0.2)) return seq;
        await world.sleep(world.between(0, 8_000), this.#process);
      } catch (error) {
        if (!(error instanceof TroupeError && error.retryable)) throw error;
        if (!patient) return 0;
        await world.sleep(20 + fullJitter(attempt, 50, 1_000, world.random), this.#process);
      }
    }
  }

  #meddle(address: Address): void {
    const at = this.#world.clock(this.#process).now();
    const by = 'operator';
    const type = this.#world.pick([
      'NoticeTyping',
      'CancelTurn',
      'TakeOver',
      'HandBack',
      'Pause',
      'Resume',
    ] as const);
    this.#once(address, type === 'NoticeTyping' ? { type, at } : { type, by, at });
  }

  #once(address: Address, command: ConversationCommand): void {
    this.#call(address, null, command, 'submit').catch((error: unknown) => {
      if (!(error instanceof TroupeError)) this.#invariants.fail(`an operator met ${String(error)}`);
    });
  }

  #call(
    address: Address,
    commandId: string | null,
    command: ConversationCommand | null,
    kind: Request['kind'],
  ): Promise<Answer> {
    const to = placeOn(placementKey(address), this.#viewOf('gateway'));
    const request: Request = { kind, address, commandId, command, forwarded: false };
    return this.#network.call(this.#process, 'gateway', to, request);
  }
}
