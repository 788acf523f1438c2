/** A provider's stream on its way to a client: whole events, counted as they pass, ended courteously when it must be cut. */
import type { ServerResponse } from 'node:http';
import { StreamScan, type StreamUsage } from '../../../lib/core/models/stream-scan.ts';
import type { AdmittedCall, AttemptOutcome } from '../../../lib/io/models/admitted-call.ts';
import type { Answered } from '../../../lib/io/models/attempts.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { openAiError } from './openai-errors.ts';

export interface PassStream {
  readonly answered: Extract<Answered, { kind: 'stream' }>;
  readonly admitted: AdmittedCall;
  readonly response: ServerResponse;
  readonly hidesUsage: boolean;
  readonly signal: AbortSignal;
  /** Whole events as the client shall see them, where the provider saw placeholders. */
  readonly restored?: (events: string) => string;
}

/** Tokens after which a tenant's turn pays for them, and by which a reservation is prolonged. */
const PAID_EVERY = 32;
const EXTENDED_BY = 512;
const COURTEOUS_END = ' [This answer ends here: its budget is used up.]';

export function passStream(passing: PassStream): Promise<void> {
  const { answered, admitted, response, hidesUsage, signal, restored } = passing;
  const { stream, attempt } = answered;
  const scan = new StreamScan(hidesUsage);
  let paid = 0;
  let covered = admitted.outputTokens;
  let extending = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  let ended = false;
  // The head goes with the first piece, or at once when that keeps the client waiting.
  const head = setImmediate(() => response.flushHeaders());

  const end = (outcome: AttemptOutcome) => {
    if (ended) return;
    ended = true;
    clearImmediate(head);
    admitted.streamed(Math.max(0, scan.pieces - paid));
    const counted: StreamUsage = {
      inputTokens: admitted.request.inputTokens,
      cachedInputTokens: 0,
      outputTokens: scan.pieces,
    };
    admitted.end(attempt, outcome, scan.usage ?? counted, { measured: scan.usage !== undefined });
    resolve();
  };
  const cut = () => {
    response.end(
      `data: ${JSON.stringify({ id: 'troupe', object: 'chat.completion.chunk', created: 0, model: attempt.model.id, choices: [{ index: 0, delta: { content: COURTEOUS_END }, finish_reason: 'length' }] })}\n\ndata: [DONE]\n\n`,
    );
    end('cut-off');
    stream.destroy();
  };
  const breakOff = (detail: string) => {
    response.end(`data: ${openAiError(new TroupeError('model-failed', detail)).body.toString('utf8')}\n\n`);
    end('broken-off');
    stream.destroy();
  };
  const account = () => {
    if (scan.pieces - paid >= PAID_EVERY) {
      admitted.streamed(scan.pieces - paid);
      paid = scan.pieces;
    }
    if (!admitted.bounded || extending || scan.pieces < covered - PAID_EVERY) return;
    extending = true;
    stream.pause();
    admitted.extend(attempt, EXTENDED_BY).then(
      granted => {
        extending = false;
        if (ended) return;
        if (!granted) return cut();
        covered += EXTENDED_BY;
        stream.resume();
      },
      () => cut(),
    );
  };

  stream.read({
    data(chunk) {
      if (ended) return;
      clearImmediate(head);
      const whole = scan.take(chunk);
      if (scan.broken) return breakOff('The model provider sends what is no stream of events');
      const passed = whole && restored ? restored(whole.toString('utf8')) : whole;
      if (passed && !response.write(passed)) {
        stream.pause();
        response.once('drain', () => {
          if (!extending) stream.resume();
        });
      }
      account();
    },
    end() {
      if (ended) return;
      if (!scan.finished) return breakOff('The model provider broke off in the middle of its answer');
      response.end(scan.rest);
      end('ok');
    },
    error() {
      if (ended) return;
      if (signal.aborted) end('cancelled');
      else breakOff('The connection to the model provider broke in the middle of its answer');
    },
  });
  return promise;
}
