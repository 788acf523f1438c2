/**
 * One call through the gate to an endpoint and back: retried elsewhere while nothing has been passed on, hedged when
 * it is slower than its route usually is, cancelled down to the provider's socket when the client goes, settled by
 * what it used.
 */
import type { ServerResponse } from 'node:http';
import type { PrivateChat } from '../../../lib/core/dlp/private-chat.ts';
import { GO_ON } from '../../../lib/core/models/continuation.ts';
import type { AdmittedCall, CallRequest } from '../../../lib/io/models/admitted-call.ts';
import { type AttemptPorts, answerOf } from '../../../lib/io/models/attempts.ts';
import type { ModelGate } from '../../../lib/io/models/model-gate.ts';
import type { Clock } from '../../../lib/kernel/clock.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import type { Keeping } from './kept-answers.ts';
import type { AnswerHeaders } from './openai-errors.ts';
import { passStream } from './pass-stream.ts';

export interface ForwardPorts {
  readonly gate: ModelGate;
  readonly upstreamOf: AttemptPorts['upstreamOf'];
  readonly keyOf: AttemptPorts['keyOf'];
  readonly clock: Clock;
  readonly limitMs: number;
}

export interface ForwardRequest {
  readonly headers: AnswerHeaders;
  /** As it was parsed, with whatever fields the client sent. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** Below the endpoint's base address. */
  readonly path: string;
  readonly call: Omit<CallRequest, 'signal' | 'timeMs'>;
  /** Where the tenant's prompts are private: `asked` holds placeholders already. */
  readonly privately?: PrivateChat | undefined;
  /** What earlier answers to the same request have cost. */
  readonly spentMicro?: number;
  /** Whether an answer that came whole is not to be passed on. */
  readonly unfit?: (body: string) => boolean;
  /** Takes the answer as the client saw it, where it may be kept. */
  readonly keep?: Keeping['keep'] | undefined;
}

/** An answer that was not passed on. */
export interface Unfit {
  readonly spentMicro: number;
  readonly served: { readonly costMicroUsd: number; readonly latencyMs: number };
}

export async function forward(
  { gate, upstreamOf, keyOf, clock, limitMs }: ForwardPorts,
  response: ServerResponse,
  { headers, asked, path, call, privately, keep, unfit, spentMicro = 0 }: ForwardRequest,
): Promise<Unfit | undefined> {
  const controller = new AbortController();
  const onClose = () => {
    if (!response.writableEnded) controller.abort(new TroupeError('unavailable', 'The client has gone'));
  };
  response.once('close', onClose);
  const admitted = await gate.admit({ ...call, signal: controller.signal, timeMs: limitMs });
  const streams = asked.stream === true;
  const hidesUsage =
    streams && (asked.stream_options as { include_usage?: unknown } | undefined)?.include_usage !== true;
  const bodyOf = (model: string, what: typeof asked) =>
    Buffer.from(JSON.stringify(rewritten(what, model, admitted, streams, hidesUsage)));
  const ports: AttemptPorts = {
    admitted,
    upstreamOf,
    hedge: gate.hedgeOf(
      `${call.capability} ${streams ? 'stream' : 'whole'} ${call.wanted.model ?? call.wanted.tier}`,
    ),
    // A model only decides: what it asks for is done by its caller.
    mayHedge: !gate.level.noHedging && admitted.safeModeBy === undefined,
    retries: gate.retries,
    attemptMs: gate.attemptMs,
    keyOf,
    clock,
    path,
    requestId: headers['x-request-id'],
    signal: controller.signal,
    deadlineMs: clock.monotonic() + limitMs,
    bodyOf: model => bodyOf(model, asked),
  };
  try {
    const answered = await answerOf(ports);
    const { attempt, contentType } = answered;
    const by = { model: attempt.model.id, tier: attempt.model.tier };
    headers['content-type'] = contentType;
    headers['x-troupe-model'] = attempt.model.id;
    headers['x-troupe-tier'] = attempt.model.tier;
    if (admitted.safeModeBy !== undefined) headers['x-troupe-safe-mode'] = 'on';
    if (attempt.endpoint.region !== null) headers['x-data-region'] = attempt.endpoint.region;
    if (answered.kind === 'whole') {
      const body =
        privately && call.capability === 'chat' && answered.status < 300
          ? Buffer.from(privately.answer(answered.body.toString('utf8')))
          : answered.body;
      const costMicroUsd = admitted.spentMicro;
      if (unfit && answered.status === 200 && unfit(body.toString('utf8'))) {
        const latencyMs = Math.round(clock.monotonic() - attempt.startedMs);
        return { spentMicro: spentMicro + costMicroUsd, served: { costMicroUsd, latencyMs } };
      }
      headers['content-length'] = String(body.length);
      headers['x-troupe-cost-micro-usd'] = String(spentMicro + costMicroUsd);
      if (answered.status === 200) keep?.(body.toString('utf8'), false, { ...by, costMicroUsd });
      // Answers that came in one turn of the loop leave together: a client of several wakes once for them.
      setImmediate(() => {
        response.writeHead(answered.status, headers);
        endWith(response, body);
      });
    } else {
      headers['cache-control'] = 'no-cache';
      headers['x-accel-buffering'] = 'no';
      response.writeHead(200, headers);
      await passStream({
        answered,
        admitted,
        response,
        hidesUsage,
        signal: controller.signal,
        ...(privately ? { restored: text => privately.events(text) } : {}),
        ...(admitted.hasChoice && mayGoOn(asked)
          ? { goOn: said => answerOf({ ...ports, bodyOf: model => bodyOf(model, goingOn(asked, said)) }) }
          : {}),
        ...(keep ? { said: events => keep(events, true, { ...by, costMicroUsd: admitted.spentMicro }) } : {}),
      });
    }
    return undefined;
  } finally {
    response.off('close', onClose);
    admitted.finish();
  }
}

/** Plain text can be gone on with by another model; half a document, or one answer of several, cannot. */
function mayGoOn(asked: Readonly<Record<string, unknown>>): boolean {
  const format = asked.response_format as { type?: unknown } | null | undefined;
  return (format == null || format.type === 'text') && (asked.n == null || asked.n === 1) && !asked.logprobs;
}

function goingOn(asked: Readonly<Record<string, unknown>>, said: string): Record<string, unknown> {
  const { tools: _, tool_choice: __, parallel_tool_calls: ___, messages, ...rest } = asked;
  const more = [
    { role: 'assistant', content: said },
    { role: 'user', content: GO_ON },
  ];
  return { ...rest, messages: [...(messages as readonly object[]), ...more] };
}

/** Bytes of a body that is cheaper to copy behind its head than to write apart from it. */
const SMALL_BODY = 16_384;

/** A small body goes out with its head in one piece: as text, since Node joins a head with nothing else. */
function endWith(response: ServerResponse, body: Buffer): void {
  if (body.length <= SMALL_BODY) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

/** What is asked of the provider: its own model name, the usage that is paid by, and a bound where a budget needs one. */
function rewritten(
  asked: Readonly<Record<string, unknown>>,
  model: string,
  admitted: AdmittedCall,
  streams: boolean,
  hidesUsage: boolean,
): Record<string, unknown> {
  const bound =
    admitted.bounded &&
    !streams &&
    admitted.outputTokens > 0 &&
    asked.max_tokens == null &&
    asked.max_completion_tokens == null
      ? { max_tokens: admitted.outputTokens }
      : {};
  const most = admitted.mostOutput;
  return {
    ...asked,
    model,
    ...bound,
    ...(most === undefined
      ? {}
      : asked.max_completion_tokens == null
        ? { max_tokens: most }
        : { max_completion_tokens: most }),
    ...(hidesUsage
      ? { stream_options: { ...(asked.stream_options as object | undefined), include_usage: true } }
      : {}),
  };
}
