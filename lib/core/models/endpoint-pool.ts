/**
 * Which endpoint is asked: the one with the least outstanding tokens times its usual latency among those that are
 * well (peak EWMA, as Finagle does it): a slow replica is asked seldom, and again after a while. An endpoint that
 * fails is left out for a while (circuit breaker, Nygard 2007; outlier ejection as Envoy does it): after too many
 * failures in a row or too large a share of them, longer each time, then one probe decides. Time comes as arguments.
 */

export interface BreakerRule {
  /** Failures one after the other that open the breaker. */
  readonly consecutive: number;
  /** Share of failures in the window that opens it, once so many calls were made in it. */
  readonly share: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
  /** First time left out; doubled each time up to the cap. */
  readonly ejectMs: number;
  readonly ejectCapMs: number;
}

export const BREAKER: BreakerRule = {
  consecutive: 5,
  share: 0.5,
  minimumCalls: 20,
  windowMs: 30_000,
  ejectMs: 2_000,
  ejectCapMs: 60_000,
};

/** Weight of tokens that any call adds, so that idle endpoints are compared by their latency. */
const BASE_TOKENS = 500;
/** A latency is forgotten in so long: milliseconds to 1/e of it. */
const FORGET_MS = 20_000;
const LATENCY_WEIGHT = 0.2;

interface EndpointState {
  /** Peak EWMA of the time to the answer's head, as of `latencyAtMs`. */
  latencyMs: number;
  latencyAtMs: number;
  outstandingTokens: number;
  running: number;
  /** Since then calls run there and none has been answered. */
  quietSinceMs: number;
  consecutiveFailures: number;
  windowFromMs: number;
  calls: number;
  failures: number;
  /** Left out until then; 0 when it is in. */
  ejectedUntilMs: number;
  ejections: number;
  probing: boolean;
}

export interface PoolMember {
  readonly name: string;
  readonly mostRunning: number;
}

export class EndpointPool {
  readonly #rule: BreakerRule;
  readonly #states = new Map<string, EndpointState>();

  constructor(rule: BreakerRule = BREAKER) {
    this.#rule = rule;
  }

  /** The best of the candidates, or undefined with the time until which it is useless to ask again. */
  choose<C extends { readonly endpoint: PoolMember }>(
    candidates: readonly C[],
    nowMs: number,
    tried: ReadonlySet<string> = new Set(),
  ):
    | { readonly candidate: C }
    | { readonly candidate: undefined; readonly retryAtMs: number; readonly full: boolean } {
    let best: C | undefined;
    let least = Number.POSITIVE_INFINITY;
    let retryAtMs = Number.POSITIVE_INFINITY;
    let full = false;
    for (const candidate of candidates) {
      const { name, mostRunning } = candidate.endpoint;
      if (tried.has(name)) continue;
      const state = this.#stateOf(name);
      if (state.ejectedUntilMs > nowMs || (state.ejectedUntilMs > 0 && state.probing)) {
        retryAtMs = Math.min(retryAtMs, Math.max(state.ejectedUntilMs, nowMs + 100));
        continue;
      }
      if (state.running >= mostRunning) {
        full = true;
        retryAtMs = Math.min(retryAtMs, nowMs + 1_000);
        continue;
      }
      const measured = state.latencyMs * Math.exp((state.latencyAtMs - nowMs) / FORGET_MS);
      // A call that runs already shows how slow it is at least: nobody joins the queue of one that says nothing.
      const waited = state.running > 0 ? nowMs - state.quietSinceMs : 0;
      const load = (state.outstandingTokens + BASE_TOKENS) * (1 + Math.max(measured, waited));
      if (load < least) {
        least = load;
        best = candidate;
      }
    }
    return best ? { candidate: best } : { candidate: undefined, retryAtMs, full };
  }

  begin(name: string, tokens: number, nowMs: number): void {
    const state = this.#stateOf(name);
    if (state.running++ === 0) state.quietSinceMs = nowMs;
    state.outstandingTokens += tokens;
    if (state.ejectedUntilMs > 0) state.probing = true;
  }

  /** The head of an answer came; the rest of it may take its time. */
  heard(name: string, nowMs: number): void {
    this.#stateOf(name).quietSinceMs = nowMs;
  }

  /** A call ended. `neutral`: it says nothing of the endpoint's health (the caller went away, the request was wrong). */
  end(
    name: string,
    tokens: number,
    outcome: 'ok' | 'failed' | 'neutral',
    nowMs: number,
    {
      retryAfterMs = 0,
      latencyMs,
      slow = false,
    }: {
      readonly retryAfterMs?: number;
      readonly latencyMs?: number;
      /** It was overtaken by another: it took at least as long as `latencyMs`. */
      readonly slow?: boolean;
    } = {},
  ): void {
    const state = this.#stateOf(name);
    state.running--;
    state.quietSinceMs = nowMs;
    state.outstandingTokens -= tokens;
    const wasProbe = state.probing;
    state.probing = false;
    if (latencyMs !== undefined && (outcome === 'ok' || slow)) measure(state, latencyMs, nowMs);
    if (outcome === 'neutral') return;
    if (nowMs - state.windowFromMs > this.#rule.windowMs) {
      state.windowFromMs = nowMs;
      state.calls = 0;
      state.failures = 0;
    }
    state.calls++;
    if (outcome === 'ok') {
      state.consecutiveFailures = 0;
      if (wasProbe) {
        state.ejectedUntilMs = 0;
        state.ejections = 0;
        state.calls = 0;
        state.failures = 0;
      }
      return;
    }
    state.failures++;
    state.consecutiveFailures++;
    const tooMany =
      wasProbe ||
      state.consecutiveFailures >= this.#rule.consecutive ||
      (state.calls >= this.#rule.minimumCalls && state.failures / state.calls >= this.#rule.share);
    if (tooMany) {
      const ms = Math.min(this.#rule.ejectCapMs, this.#rule.ejectMs * 2 ** state.ejections);
      state.ejections++;
      state.ejectedUntilMs = nowMs + Math.max(ms, retryAfterMs);
      state.consecutiveFailures = 0;
    } else if (retryAfterMs > 0) state.ejectedUntilMs = Math.max(state.ejectedUntilMs, nowMs + retryAfterMs);
  }

  view(name: string): {
    readonly running: number;
    readonly outstandingTokens: number;
    readonly ejectedUntilMs: number;
  } {
    const { running, outstandingTokens, ejectedUntilMs } = this.#stateOf(name);
    return { running, outstandingTokens, ejectedUntilMs };
  }

  #stateOf(name: string): EndpointState {
    let state = this.#states.get(name);
    if (!state) {
      state = {
        latencyMs: 0,
        latencyAtMs: 0,
        outstandingTokens: 0,
        running: 0,
        quietSinceMs: 0,
        consecutiveFailures: 0,
        windowFromMs: 0,
        calls: 0,
        failures: 0,
        ejectedUntilMs: 0,
        ejections: 0,
        probing: false,
      };
      this.#states.set(name, state);
    }
    return state;
  }
}

/** A peak counts at once, what is faster little by little. */
function measure(state: EndpointState, latencyMs: number, nowMs: number): void {
  const kept = state.latencyMs * Math.exp((state.latencyAtMs - nowMs) / FORGET_MS);
  state.latencyMs = latencyMs > kept ? latencyMs : kept + LATENCY_WEIGHT * (latencyMs - kept);
  state.latencyAtMs = nowMs;
}
