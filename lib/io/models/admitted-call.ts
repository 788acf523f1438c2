/** A call of a model that the gate has let in: where it is asked, what its attempts cost, and its end. */
import type { Candidate, Capability, Catalog } from '../../core/models/catalog.ts';
import type { EndpointPool } from '../../core/models/endpoint-pool.ts';
import type { StreamUsage } from '../../core/models/stream-scan.ts';
import { costOf, worstCostOf } from '../../core/pricing/price-list.ts';
import type { Tier } from '../../core/routing/early-exit.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Reserved, Spending } from './spending.ts';

export interface CallRequest {
  readonly tenantId: string;
  readonly plan: string;
  readonly source: 'api' | 'conversation' | 'knowledge';
  readonly wanted: { readonly model?: string; readonly tier?: Tier };
  readonly capability: Capability;
  /** In place of all other endpoints. */
  readonly only?: Catalog;
  readonly region: string | null;
  readonly conversationId: string | null;
  readonly customerId: string | null;
  readonly agent: string | null;
  readonly inputTokens: number;
  /** As the request names it; undefined takes the model's default. */
  readonly outputTokens: number | undefined;
  /** Gives the call up while it waits. */
  readonly signal: AbortSignal;
  /** Milliseconds until it is useless. */
  readonly timeMs: number;
}

/** One attempt of a call at an endpoint. */
export interface Attempt extends Candidate {
  readonly id: string;
  readonly startedMs: number;
  /** Time to the head of the answer, where it came before the attempt's end. */
  headMs?: number;
}

export type AttemptOutcome =
  | 'ok'
  | 'failed'
  | 'refused'
  | 'cancelled'
  | 'broken-off'
  | 'hedge-lost'
  | 'cut-off';

interface AdmittedParts {
  readonly request: CallRequest;
  readonly candidates: readonly Candidate[];
  readonly outputTokens: number;
  /** The account because of which it is answered by less; undefined otherwise. */
  readonly safeModeBy: string | undefined;
  readonly reserved: Reserved;
  readonly spending: Spending;
  readonly clock: Clock;
  readonly pool: EndpointPool;
  readonly streamed: (tokens: number) => void;
  readonly leave: () => void;
}

/** A call that may be made. Each attempt is begun and ended; the call itself is ended once, whatever happened. */
export class AdmittedCall {
  readonly outputTokens: number;
  readonly request: CallRequest;
  readonly #parts: AdmittedParts;
  readonly #tried = new Set<string>();
  #spentMicro = 0;
  #ended = false;

  constructor(parts: AdmittedParts) {
    this.#parts = parts;
    this.request = parts.request;
    this.outputTokens = parts.outputTokens;
  }

  /** Something bounds what it may cost. */
  get bounded(): boolean {
    return this.#parts.reserved.bounded;
  }

  /** The tenant is in safe mode, because of this account. */
  get safeModeBy(): string | undefined {
    return this.#parts.safeModeBy;
  }

  /** Output tokens that the provider must not pass; undefined where nothing says so. */
  get mostOutput(): number | undefined {
    return this.safeModeBy === undefined || this.request.capability !== 'chat'
      ? undefined
      : this.outputTokens;
  }

  /** The most that it may cost, as far as it is reserved. */
  get worstMicro(): number {
    return this.#parts.reserved.micro;
  }

  get spentMicro(): number {
    return this.#spentMicro;
  }

  /** There is more than one place where it can be asked. */
  get hasChoice(): boolean {
    return this.#parts.candidates.length > 1;
  }

  /** Whether another endpoint than those tried could be asked. */
  get others(): boolean {
    return this.#parts.candidates.some(({ endpoint }) => !this.#tried.has(endpoint.name));
  }

  /** Picks an endpoint, one not tried before as long as there is any. Throws `overloaded` when none is well. */
  begin(): Attempt {
    const now = this.#parts.clock.monotonic();
    if (!this.others) this.#tried.clear();
    const chosen = this.#parts.pool.choose(this.#parts.candidates, now, this.#tried);
    if (!chosen.candidate) {
      const retryAfter = Number.isFinite(chosen.retryAtMs)
        ? Math.max(1, Math.ceil((chosen.retryAtMs - now) / 1_000))
        : 5;
      throw new TroupeError(
        'overloaded',
        chosen.full ? 'The model providers are at their limit' : 'No model provider is well now',
        {
          retryAfter,
        },
      );
    }
    const { candidate } = chosen;
    this.#tried.add(candidate.endpoint.name);
    this.#parts.pool.begin(candidate.endpoint.name, this.request.inputTokens + this.outputTokens, now);
    return { ...candidate, id: newId('request'), startedMs: now };
  }

  /** The head of an attempt's answer is there. */
  headed(attempt: Attempt): void {
    const now = this.#parts.clock.monotonic();
    attempt.headMs = now - attempt.startedMs;
    this.#parts.pool.heard(attempt.endpoint.name, now);
  }

  /** Tokens that came meanwhile: the tenant's share pays for them now. */
  streamed(tokens: number): void {
    this.#parts.streamed(tokens);
  }

  /** Pays for so many more output tokens than were reserved; false when no budget does. */
  async extend({ price }: Attempt, tokens: number): Promise<boolean> {
    return await this.#parts.reserved.extend(worstCostOf(price, 0, tokens));
  }

  /** Ends an attempt and writes it to the ledger. `usage` undefined: nothing was used. */
  end(
    attempt: Attempt,
    outcome: AttemptOutcome,
    usage: StreamUsage | undefined,
    { measured = true, retryAfterMs = 0 }: { measured?: boolean; retryAfterMs?: number } = {},
  ): void {
    const now = this.#parts.clock.monotonic();
    const { request } = this;
    const health =
      outcome === 'ok' || outcome === 'cut-off'
        ? 'ok'
        : outcome === 'failed' || outcome === 'broken-off'
          ? 'failed'
          : 'neutral';
    this.#parts.pool.end(attempt.endpoint.name, request.inputTokens + this.outputTokens, health, now, {
      retryAfterMs,
      latencyMs: attempt.headMs ?? now - attempt.startedMs,
      slow: outcome === 'hedge-lost',
    });
    const latencyMs = Math.round(now - attempt.startedMs);
    const cost = usage && outcome !== 'hedge-lost' ? costOf(attempt.price, usage).totalMicro : 0;
    this.#spentMicro += cost;
    this.#parts.spending.record({
      tenantId: request.tenantId,
      callId: attempt.id,
      source: request.source,
      conversationId: request.conversationId,
      agent: request.agent,
      tier: attempt.model.tier,
      model: attempt.model.id,
      endpoint: attempt.endpoint.name,
      outcome,
      inputTokens: usage?.inputTokens ?? 0,
      cachedInputTokens: usage?.cachedInputTokens ?? 0,
      outputTokens: usage?.outputTokens ?? 0,
      measured: measured && usage !== undefined,
      costMicroUsd: cost,
      latencyMs,
    });
  }

  /** Ends the call: its place is free, what was not spent is too. */
  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.reserved.settle(this.#spentMicro);
    this.#parts.leave();
  }
}
