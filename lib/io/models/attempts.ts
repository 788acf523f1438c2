/** Attempts of one admitted call until an answer is there: retried with full jitter, hedged, losers cancelled. */
import type { CatalogEndpoint } from '../../core/models/catalog.ts';
import { addressOf, keyHeader } from '../../core/models/dialect.ts';
import { attemptLimitMs, type RetryBudget } from '../../core/models/patience.ts';
import { readUsage, type WireUsage } from '../../core/models/stream-scan.ts';
import { fullJitter, sleep } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { AdmittedCall, Attempt } from './admitted-call.ts';
import { type HedgePorts, hedged, overtaken, type Race } from './hedged.ts';
import { retryAfterOf, type Upstream, type UpstreamStream } from './upstream.ts';

/** The key of an endpoint; undefined where it needs none. */
export type KeyOf = (endpoint: Pick<CatalogEndpoint, 'keyVariable' | 'own'>) => string | undefined;

export interface AttemptPorts extends HedgePorts {
  readonly admitted: AdmittedCall;
  readonly upstreamOf: (endpoint: CatalogEndpoint) => Upstream;
  readonly retries: RetryBudget;
  /** Longest wait for the first byte of one attempt, milliseconds. */
  readonly attemptMs: number;
  readonly keyOf: KeyOf;
  readonly path: string;
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly bodyOf: (model: string) => Buffer;
}

export type Answered = {
  readonly attempt: Attempt;
  readonly contentType: string;
} & (
  | { readonly kind: 'whole'; readonly status: number; readonly body: Buffer }
  /** The attempt is still to be ended, by whoever reads the stream. */
  | { readonly kind: 'stream'; readonly stream: UpstreamStream }
);

const ATTEMPTS = 3;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 2_000;
/** A provider that asks for more patience than this is asked elsewhere, or not again. */
const MOST_PATIENCE_MS = 5_000;
const TRANSIENT = new Set([408, 409, 429]);

export async function answerOf(ports: AttemptPorts): Promise<Answered> {
  const { clock, deadlineMs, admitted, signal, retries } = ports;
  retries.began();
  for (let attempt = 0; ; attempt++) {
    try {
      return await hedged(ports, (own, race) => once(ports, attempt + 1 < ATTEMPTS, own, race));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TroupeError) || error.code !== 'model-failed' || attempt + 1 >= ATTEMPTS)
        throw error;
      const asked = (error.retryAfter ?? 0) * 1_000;
      const pauseMs = admitted.others ? 0 : Math.max(asked, fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS));
      if (asked > MOST_PATIENCE_MS && !admitted.others) throw error;
      if (clock.monotonic() + pauseMs >= deadlineMs) throw error;
      if (!retries.take()) throw error;
      if (pauseMs > 0) await sleep(pauseMs, signal);
    }
  }
}

/** Addresses, parsed once: an endpoint has a handful of paths. */
const urls = new Map<string, URL>();
const MOST_URLS = 1_000;

function urlOf(address: string): URL {
  let url = urls.get(address);
  if (!url) {
    if (urls.size >= MOST_URLS) urls.clear();
    url = new URL(address);
    urls.set(address, url);
  }
  return url;
}

function headersFor(endpoint: CatalogEndpoint, key: string | undefined, requestId: string): string[] {
  const headers = ['content-type', 'application/json', 'x-request-id', requestId];
  if (key) headers.push(...keyHeader(endpoint, key));
  return headers;
}

async function once(
  { admitted, upstreamOf, hedge, attemptMs, keyOf, clock, path, requestId, deadlineMs, bodyOf }: AttemptPorts,
  mayRepeat: boolean,
  signal: AbortSignal,
  { claim, lost }: Race,
): Promise<Answered> {
  const attempt = admitted.begin();
  const { endpoint, model } = attempt;
  try {
    const answer = await upstreamOf(endpoint).call({
      url: urlOf(addressOf(endpoint, model, path)),
      headers: headersFor(endpoint, keyOf(endpoint), requestId),
      body: bodyOf(model.id),
      idleMs: attemptLimitMs({
        limitMs: attemptMs,
        remainingMs: deadlineMs - clock.monotonic(),
        tailMs: hedge.tailMs,
        mayRepeat,
      }),
      signal,
    });
    const { status, contentType } = answer;
    if ('stream' in answer) {
      const { stream } = answer;
      admitted.headed(attempt);
      if (!claim()) {
        stream.destroy();
        throw overtaken();
      }
      return { kind: 'stream', attempt, contentType, stream };
    }
    const { body } = answer;
    if (signal.aborted) throw signal.reason;
    if (status === 200) {
      const usage = usageOf(body);
      admitted.end(attempt, claim() ? 'ok' : 'hedge-lost', usage);
      return { kind: 'whole', attempt, contentType, status, body };
    }
    const retryAfterMs = retryAfterOf(answer.retryAfter, clock.now());
    if (status >= 500 || TRANSIENT.has(status))
      throw new TroupeError('model-failed', `The model provider failed (${status})`, {
        data: { status },
        ...(retryAfterMs > 0 ? { retryAfter: Math.ceil(retryAfterMs / 1_000) } : {}),
      });
    // Its key or its model is wrong: no other caller fares better there, another endpoint may.
    if (status === 401 || status === 403 || status === 404)
      throw new TroupeError(
        admitted.others ? 'model-failed' : 'model-refused',
        `The model provider refused this platform's request (${status})`,
        { data: { status } },
      );
    // What the provider says of a wrong request is for its sender, as it stands.
    claim();
    admitted.end(attempt, 'refused', undefined);
    return { kind: 'whole', attempt, contentType, status, body };
  } catch (error) {
    if (signal.aborted || lost()) {
      const outcome = lost() ? 'hedge-lost' : 'cancelled';
      admitted.end(
        attempt,
        outcome,
        { inputTokens: admitted.request.inputTokens, cachedInputTokens: 0, outputTokens: 0 },
        { measured: false },
      );
      throw signal.aborted ? signal.reason : error;
    }
    const failure =
      error instanceof TroupeError
        ? error
        : new TroupeError('model-failed', 'The connection to the model provider broke', { cause: error });
    const { retryAfter = 0 } = failure;
    admitted.end(attempt, failure.code === 'model-refused' ? 'refused' : 'failed', undefined, {
      retryAfterMs: retryAfter * 1_000,
    });
    throw failure;
  }
}

/** Throws `model-failed` when the answer is not the JSON that it should be. */
function usageOf(body: Buffer) {
  let answer: { usage?: WireUsage } | null;
  try {
    answer = JSON.parse(body.toString('utf8')) as { usage?: WireUsage } | null;
  } catch (cause) {
    throw new TroupeError('model-failed', 'The model provider gave an answer that is not JSON', { cause });
  }
  if (typeof answer !== 'object' || answer === null)
    throw new TroupeError('model-failed', 'The model provider gave an answer that is no JSON object');
  return answer.usage ? readUsage(answer.usage) : undefined;
}
