/**
 * Runs a document to its end in memory: what the durable actor does, without its durability. For tests and
 * evaluation. Time is virtual: when nothing is under way, the clock jumps to the next timer.
 */
import { decide } from './decide.ts';
import type { Definition } from './definition.ts';
import { evolve } from './evolve.ts';
import type { Json } from './jq/value.ts';
import type {
  CloudEvent,
  Effect,
  HttpAnswer,
  RunLimits,
  WorkflowCommand,
  WorkflowEvent,
} from './messages.ts';
import { type OpenapiRequest, openapiRequest } from './openapi-request.ts';
import { Fault, type Problem, problem } from './problem.ts';
import { react } from './react.ts';
import { finished, initialState, type RunState } from './state.ts';

export type HttpCall = Extract<Effect, { type: 'CallHttp' }>;

export interface Ports {
  /** Performs the call; rejects when there is no answer at all. */
  http(call: HttpCall): Promise<HttpAnswer>;
  /** A document of the web: OpenAPI, a function of a catalog. Decoded. */
  resource?(uri: string): Promise<Json>;
  function?(name: string, input: Json, key: string): Promise<Json>;
  workflow?(
    reference: Extract<Effect, { type: 'RunWorkflow' }>,
  ): Promise<{ readonly output: Json } | { readonly error: Problem }>;
  process?(effect: Extract<Effect, { type: 'RunProcess' }>): Promise<Json>;
  emit?(event: CloudEvent): void;
  /** The decision on a step that could not be undone. */
  decision?(effect: Extract<Effect, { type: 'AskDecision' }>): 'retry' | 'skip' | 'accept';
}

export interface DriveOptions {
  readonly input?: Json;
  readonly runId?: string;
  readonly startAtMs?: number;
  readonly limits?: Partial<RunLimits>;
  readonly nonce?: string;
  readonly secretNames?: readonly string[];
  /** Events of the world, given one by one when the run waits for events. */
  readonly events?: readonly CloudEvent[];
  /** Commands given when nothing else moves. */
  readonly commands?: readonly WorkflowCommand[];
  /** Called after each commit; may give back another state to go on with (tests of crashes). */
  readonly afterCommit?: (journal: readonly WorkflowEvent[], state: RunState) => RunState;
  /** A journal to go on from, as after a crash. */
  readonly from?: readonly WorkflowEvent[];
  /** Called for each effect that is started. */
  readonly onEffect?: (effect: Effect) => void;
  /** Commands after which the driver gives up. */
  readonly maxCommands?: number;
}

export interface Outcome {
  readonly phase: RunState['phase'];
  readonly output: Json | undefined;
  readonly error: Problem | undefined;
  readonly journal: readonly WorkflowEvent[];
  readonly state: RunState;
  /** Events that the run emitted. */
  readonly emitted: readonly CloudEvent[];
}

export async function drive(
  definition: Definition,
  ports: Ports,
  options: DriveOptions = {},
): Promise<Outcome> {
  const driver = new Driver(ports, options);
  if (options.from?.length) driver.goOn(options.from);
  else
    driver.give({
      type: 'StartRun',
      runId: options.runId ?? 'run-1',
      definition,
      digest: 'test',
      input: options.input ?? {},
      now: options.startAtMs ?? 0,
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.nonce ? { nonce: options.nonce } : {}),
      ...(options.secretNames ? { secretNames: options.secretNames } : {}),
    });
  await driver.untilStill();
  const { state, journal, emitted } = driver;
  return { phase: state.phase, output: state.output, error: state.error, journal, state, emitted };
}

class Driver {
  state: RunState = initialState();
  journal: WorkflowEvent[] = [];
  readonly emitted: CloudEvent[] = [];
  readonly #ports: Ports;
  readonly #options: DriveOptions;
  readonly #flights = new Map<string, Promise<WorkflowCommand>>();
  readonly #events: CloudEvent[];
  readonly #commands: WorkflowCommand[];
  #now: number;
  #given = 0;

  constructor(ports: Ports, options: DriveOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#events = [...(options.events ?? [])];
    this.#commands = [...(options.commands ?? [])];
    this.#now = options.startAtMs ?? 0;
  }

  /** Folds a journal that was kept; the world is told again of everything owed. */
  goOn(journal: readonly WorkflowEvent[]): void {
    this.journal = [...journal];
    this.state = journal.reduce(evolve, initialState());
    this.#now = this.state.now;
  }

  give(command: WorkflowCommand): void {
    if (++this.#given > (this.#options.maxCommands ?? 100_000)) throw new Error('the run never ends');
    for (const event of decide(command, this.state)) {
      this.journal.push(event);
      this.state = evolve(this.state, event);
    }
    if (this.#options.afterCommit) this.state = this.#options.afterCommit(this.journal, this.state);
  }

  async untilStill(): Promise<void> {
    while (!finished(this.state)) {
      const owed = react(this.state);
      for (const key of this.#flights.keys())
        if (!owed.some(effect => effect.key === key)) this.#flights.delete(key);
      const next = owed.find(effect => effect.type === 'Continue');
      if (next) {
        this.give({ type: 'Advance', now: this.#now });
        continue;
      }
      for (const effect of owed) if (!this.#flights.has(effect.key)) this.#fly(effect);
      if (this.#flights.size > 0) {
        const command = await Promise.race(this.#flights.values());
        if ('key' in command) this.#flights.delete(command.key);
        this.give({ ...command, now: this.#now });
      } else if (!this.#elsewhere(owed)) return;
    }
  }

  /** Nothing is under way: the world speaks, or time passes. */
  #elsewhere(owed: readonly Effect[]): boolean {
    const event = owed.some(effect => effect.type === 'Listen') ? this.#events.shift() : undefined;
    if (event) {
      this.give({ type: 'EventReceived', event, now: this.#now });
      return true;
    }
    const command = this.#commands.shift();
    if (command) {
      this.#now = Math.max(this.#now, command.now);
      this.give({ ...command, now: this.#now });
      return true;
    }
    const timers = owed.filter(effect => effect.type === 'StartTimer').sort((a, b) => a.dueAt - b.dueAt);
    const timer = timers[0];
    if (!timer) return false;
    this.#now = Math.max(this.#now, timer.dueAt);
    this.give({ type: 'TimerFired', key: timer.key, now: this.#now });
    return true;
  }

  #fly(effect: Effect): void {
    this.#options.onEffect?.(effect);
    const work = this.#perform(effect);
    if (!work) return;
    const { key } = effect;
    const flight = work.then(
      (output): WorkflowCommand => ({ type: 'EffectSucceeded', key, output, now: 0 }),
      (error: unknown): WorkflowCommand => ({ type: 'EffectFailed', key, error: asProblem(error), now: 0 }),
    );
    this.#flights.set(key, flight);
  }

  #perform(effect: Effect): Promise<Json> | null {
    const ports = this.#ports;
    switch (effect.type) {
      case 'CallHttp':
        return ports.http(effect) as unknown as Promise<Json>;
      case 'CallOpenapi':
        return this.#openapi(effect);
      case 'CallFunction':
        return ports.function ? ports.function(effect.name, effect.with, effect.key) : refuse('functions');
      case 'FetchResource':
        return this.#resource(effect.endpoint.uri).then(document => ({ uri: effect.endpoint.uri, document }));
      case 'Emit':
        this.emitted.push(effect.event);
        ports.emit?.(effect.event);
        return Promise.resolve(effect.event as unknown as Json);
      case 'RunWorkflow':
        return ports.workflow ? ports.workflow(effect).then(subflowOutput) : refuse('workflows');
      case 'RunProcess':
        return ports.process ? ports.process(effect) : refuse('processes');
      case 'CallMcp':
      case 'CallA2a':
        return refuse(effect.type);
      case 'AskDecision': {
        const decision = ports.decision?.(effect);
        if (decision)
          this.#commands.unshift({
            type: 'DecideCompensation',
            key: effect.key,
            decision,
            by: 'driver',
            now: this.#now,
          });
        return null;
      }
      default:
        return null;
    }
  }

  async #openapi(effect: Extract<Effect, { type: 'CallOpenapi' }>): Promise<Json> {
    const document = await this.#resource(effect.document.uri);
    const request: OpenapiRequest = openapiRequest(
      document,
      effect.operationId,
      effect.parameters,
      effect.document.uri,
    );
    const { uri, ...rest } = request;
    const endpoint = { uri, ...(effect.authentication ? { authentication: effect.authentication } : {}) };
    const { key, output, redirect } = effect;
    const answer = await this.#ports.http({ type: 'CallHttp', key, ...rest, endpoint, output, redirect });
    return answer as unknown as Json;
  }

  #resource(uri: string): Promise<Json> {
    return this.#ports.resource ? this.#ports.resource(uri) : refuse('resources');
  }
}

/** A failure that carries a problem of its own. */
export class PortFailure extends Error {
  override readonly name = 'PortFailure';
  readonly problem: Problem;
  constructor(failure: Problem) {
    super(failure.detail ?? failure.type);
    this.problem = failure;
  }
}

function asProblem(error: unknown): Problem {
  if (error instanceof PortFailure || error instanceof Fault) return error.problem;
  return problem('communication', error instanceof Error ? error.message : 'the call failed');
}

function subflowOutput(result: { readonly output: Json } | { readonly error: Problem }): Json {
  if ('error' in result) throw new PortFailure(result.error);
  return result.output;
}

function refuse(what: string): Promise<never> {
  return Promise.reject(new PortFailure(problem('runtime', `${what} are not offered here`, { status: 501 })));
}
