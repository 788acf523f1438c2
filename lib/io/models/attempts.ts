/** Attempts of one admitted call until an answer is there: retried with full jitter, hedged, losers cancelled. */
import type { IncomingMessage } from 'node:http';
import type { HedgeClock } from '../../core/models/hedging.ts';
import { readUsage, type WireUsage } from '../../core/models/stream-scan.ts';
import { type Clock, fullJitter, sleep } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { AdmittedCall, Attempt } from './admitted-call.ts';
import { callUpstream, readAll, retryAfterOf } from './upstream.ts';

export interface AttemptPorts {
  readonly admitted: AdmittedCall;
  /** Hedges calls that only read; undefined where a second one may not be made. */
  readonly hedge: HedgeClock | undefined;
  readonly keyOf: (variable: string | null) => string | undefined;
  readonly clock: Clock;
  readonly path: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly bodyOf: (model: string) => Buffer;
}

export type Answered = {
  readonly attempt: Attempt;
  readonly contentType: string;
} & (
  | { readonly kind: 'whole'; readonly status: number; readonly body: Buffer }
  /** The attempt is still to be ended, by whoever reads the stream. */
  | { readonly kind: 'stream'; readonly message: IncomingMessage }
);

const ATTEMPTS = 3;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 2_000;
/** A provider that asks for more patience than this is asked elsewhere, or not again. */
const MOST_PATIENCE_MS = 5_000;
const MOST_ANSWER_BYTES = 16_777_216;
const TRANSIENT = new Set([408, 409, 429]);

export async function answerOf(ports: AttemptPorts): Promise<Answered> {
  const { clock, deadlineMs, admitted, signal } = ports;
  for (let attempt = 0; ; attempt++) {
    try {
      return await hedged(ports);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TroupeError) || error.code !== 'model-failed' || attempt + 1 >= ATTEMPTS)
        throw error;
      const asked = (error.retryAfter ?? 0) * 1_000;
      const pauseMs = admitted.others ? 0 : Math.max(asked, fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS));
      if (asked > MOST_PATIENCE_MS && !admitted.others) throw error;
      if (clock.monotonic() + pauseMs >= deadlineMs) throw error;
      if (pauseMs > 0) await sleep(pauseMs, signal);
    }
  }
}

async function hedged(ports: AttemptPorts): Promise<Answered> {
  const { hedge, clock, admitted, signal } = ports;
  if (!hedge || hedge.delayMs === undefined || !admitted.hasChoice) {
    const began = clock.monotonic();
    hedge?.began();
    const answer = await once(ports, signal, () => false);
    hedge?.answered(clock.monotonic() - began);
    return answer;
  }
  hedge.began();
  const began = clock.monotonic();
  const first = new AbortController();
  const second = new AbortController();
  let won: AbortController | undefined;
  const run = async (own: AbortController) => {
    const answer = await once(
      ports,
      AbortSignal.any([signal, own.signal]),
      () => won !== undefined && won !== own,
    );
    won ??= own;
    return answer;
  };
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = clock.after(hedge.delayMs, () => resolve('late'));
  const firstRun = run(first);
  try {
    const early = await Promise.race([firstRun, late]);
    if (early !== 'late') return early;
    if (!admitted.others || !hedge.take()) return await firstRun;
    const answer = await Promise.any([firstRun, run(second)]).catch((error: AggregateError) => {
      throw error.errors[0];
    });
    (won === first ? second : first).abort(new TroupeError('unavailable', 'Another attempt was faster'));
    return answer;
  } finally {
    timer.cancel();
    if (won) hedge.answered(clock.monotonic() - began);
  }
}

/** Addresses, parsed once: an endpoint has a handful of paths. */
const urls = new Map<string, URL>();
const MOST_URLS = 1_000;

function urlOf(baseUrl: string, path: string): URL {
  const address = baseUrl + path;
  let url = urls.get(address);
  if (!url) {
    if (urls.size >= MOST_URLS) urls.clear();
    url = new URL(address);
    urls.set(address, url);
  }
  return url;
}

/** One attempt. `lost` says whether another has answered meanwhile. */
async function once(
  { admitted, keyOf, clock, path, requestId, deadlineMs, bodyOf }: AttemptPorts,
  signal: AbortSignal,
  lost: () => boolean,
): Promise<Answered> {
  const attempt = admitted.begin();
  const { endpoint, model } = attempt;
  try {
    const message = await callUpstream({
      url: urlOf(endpoint.baseUrl, path),
      key: keyOf(endpoint.keyVariable),
      body: bodyOf(model.id),
      requestId,
      firstByteMs: Math.max(1, Math.round(deadlineMs - clock.monotonic())),
      signal,
    });
    const status = message.statusCode ?? 502;
    const contentType = message.headers['content-type'] ?? 'application/json';
    if (status === 200 && contentType.startsWith('text/event-stream'))
      return { kind: 'stream', attempt, contentType, message };
    const body = await readAll(message, MOST_ANSWER_BYTES);
    if (signal.aborted) throw signal.reason;
    if (status === 200) {
      const usage = usageOf(body);
      admitted.end(attempt, 'ok', usage);
      return { kind: 'whole', attempt, contentType, status, body };
    }
    const retryAfterMs = retryAfterOf(message.headers['retry-after'], clock.now());
    if (status >= 500 || TRANSIENT.has(status))
      throw new TroupeError('model-failed', `The model provider failed (${status})`, {
        data: { status },
        ...(retryAfterMs > 0 ? { retryAfter: Math.ceil(retryAfterMs / 1_000) } : {}),
      });
    if (status === 401 || status === 403 || status === 404)
      throw new TroupeError(
        'model-refused',
        `The model provider refused this platform's request (${status})`,
        { data: { status } },
      );
    // What the provider says of a wrong request is for its sender, as it stands.
    admitted.end(attempt, 'refused', undefined);
    return { kind: 'whole', attempt, contentType, status, body };
  } catch (error) {
    if (signal.aborted) {
      const outcome = lost() ? 'hedge-lost' : 'cancelled';
      admitted.end(
        attempt,
        outcome,
        { inputTokens: admitted.request.inputTokens, cachedInputTokens: 0, outputTokens: 0 },
        { measured: false },
      );
      throw signal.reason;
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
