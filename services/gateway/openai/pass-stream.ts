/**
 * A provider's stream on its way to a client: whole events, counted as they pass, ended courteously when a budget cuts
 * it, and gone on with from another endpoint when it breaks in the middle of plain text.
 */
import type { ServerResponse } from 'node:http';
import { Continuation } from '../../../lib/core/models/continuation.ts';
import { StreamScan, type StreamUsage } from '../../../lib/core/models/stream-scan.ts';
import { continuedEvents, streamText } from '../../../lib/core/models/stream-text.ts';
import type { AdmittedCall, AttemptOutcome } from '../../../lib/io/models/admitted-call.ts';
import type { Answered } from '../../../lib/io/models/attempts.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { openAiError } from './openai-errors.ts';

type Streaming = Extract<Answered, { kind: 'stream' }>;

export interface PassStream {
  readonly answered: Streaming;
  readonly admitted: AdmittedCall;
  readonly response: ServerResponse;
  readonly hidesUsage: boolean;
  readonly signal: AbortSignal;
  /** Whole events as the client shall see them, where the provider saw placeholders. */
  readonly restored?: (events: string) => string;
  /** Asks another endpoint to go on after what was said; absent where half an answer is of no use to another. */
  readonly goOn?: (said: string) => Promise<Answered>;
  /** Hears the events that the client saw, once all of them are there. */
  readonly said?: (events: string) => void;
}

/** Tokens after which a tenant's turn pays for them, and by which a reservation is prolonged. */
const PAID_EVERY = 32;
const EXTENDED_BY = 512;
/** Most bytes of a stream that are remembered, to go on with it or to keep it. */
const MOST_REMEMBERED = 262_144;
const GONE_ON_WITH = 2;
const COURTEOUS_END = ' [This answer ends here: its budget is used up.]';

/** How one endpoint's part of the answer ended: for good, or broken so that another may go on. */
type Ended = 'over' | { readonly broken: string };

export async function passStream(passing: PassStream): Promise<void> {
  const { goOn, response } = passing;
  const whole = new Passing(passing);
  let ended = await whole.pass(passing.answered);
  for (let turn = 0; ended !== 'over'; turn++) {
    const { broken } = ended;
    const next = turn < GONE_ON_WITH && goOn ? await whole.next(goOn) : undefined;
    if (next === 'gone') return;
    if (!next) {
      response.end(`data: ${openAiError(new TroupeError('model-failed', broken)).body.toString('utf8')}\n\n`);
      return;
    }
    ended = await whole.pass(next);
  }
}

class Passing {
  readonly #passing: PassStream;
  /** What the providers sent, and what the client saw. */
  #sent: Buffer[] = [];
  #seen: string[] = [];
  #remembered = 0;
  #pieces = 0;
  #paid = 0;
  #covered: number;
  #said = '';
  #id: string | undefined;

  constructor(passing: PassStream) {
    this.#passing = passing;
    this.#covered = passing.admitted.outputTokens;
  }

  /** The answer of another endpoint that goes on; undefined where none does, or it is no plain text. */
  async next(goOn: (said: string) => Promise<Answered>): Promise<Streaming | 'gone' | undefined> {
    const { signal, admitted } = this.#passing;
    if (this.#remembered > MOST_REMEMBERED || !admitted.others) return undefined;
    const { text, plain, finish, id } = streamText(Buffer.concat(this.#sent).toString('utf8'));
    this.#sent = [];
    this.#id ??= id;
    this.#said += text;
    if (!plain || finish || this.#said === '') return undefined;
    try {
      const answered = await goOn(this.#said);
      return answered.kind === 'stream' ? answered : undefined;
    } catch {
      return signal.aborted ? 'gone' : undefined; // the client is told of the break, which came first
    }
  }

  pass({ stream, attempt }: Streaming): Promise<Ended> {
    const { admitted, response, hidesUsage, signal, restored, said } = this.#passing;
    const remembers = this.#passing.goOn !== undefined;
    const scan = new StreamScan(hidesUsage);
    const before = this.#pieces;
    const join = this.#said === '' ? undefined : new Continuation(this.#said);
    const told = { troupe: { continuedBy: attempt.model.id } };
    let extending = false;
    const { promise, resolve } = Promise.withResolvers<Ended>();
    let ended = false;
    // The head goes with the first piece, or at once when that keeps the client waiting.
    const head = setImmediate(() => response.flushHeaders());

    const end = (outcome: AttemptOutcome, how: Ended = 'over') => {
      if (ended) return;
      ended = true;
      clearImmediate(head);
      this.#pieces = before + scan.pieces;
      admitted.streamed(Math.max(0, this.#pieces - this.#paid));
      this.#paid = this.#pieces;
      const counted: StreamUsage = {
        inputTokens: admitted.request.inputTokens,
        cachedInputTokens: 0,
        outputTokens: scan.pieces,
      };
      admitted.end(attempt, outcome, scan.usage ?? counted, { measured: scan.usage !== undefined });
      resolve(how);
    };
    const cut = () => {
      response.end(
        `data: ${JSON.stringify({ id: this.#id ?? 'troupe', object: 'chat.completion.chunk', created: 0, model: attempt.model.id, choices: [{ index: 0, delta: { content: COURTEOUS_END }, finish_reason: 'length' }] })}\n\ndata: [DONE]\n\n`,
      );
      end('cut-off');
      stream.destroy();
    };
    const breakOff = (broken: string) => {
      end('broken-off', { broken });
      stream.destroy();
    };
    const account = () => {
      const pieces = before + scan.pieces;
      if (pieces - this.#paid >= PAID_EVERY) {
        admitted.streamed(pieces - this.#paid);
        this.#paid = pieces;
      }
      if (!admitted.bounded || extending || pieces < this.#covered - PAID_EVERY) return;
      extending = true;
      stream.pause();
      admitted.extend(attempt, EXTENDED_BY).then(
        granted => {
          extending = false;
          if (ended) return;
          if (!granted) return cut();
          this.#covered += EXTENDED_BY;
          stream.resume();
        },
        () => cut(),
      );
    };
    const pass = (whole: Buffer) => {
      if (remembers && this.#remembered <= MOST_REMEMBERED) {
        this.#sent.push(whole);
        this.#remembered += whole.length;
      }
      if (!join && !restored && !said) return response.write(whole);
      let events = whole.toString('utf8');
      if (join) events = continuedEvents(events, { id: this.#id, join, told });
      if (restored) events = restored(events);
      if (said && this.#remembered <= MOST_REMEMBERED) {
        this.#seen.push(events);
        this.#remembered += remembers ? 0 : whole.length;
      }
      return response.write(events);
    };

    stream.read({
      data(chunk) {
        if (ended) return;
        clearImmediate(head);
        const whole = scan.take(chunk);
        if (scan.broken) return breakOff('The model provider sends what is no stream of events');
        if (whole && !pass(whole)) {
          stream.pause();
          response.once('drain', () => {
            if (!extending) stream.resume();
          });
        }
        account();
      },
      end: () => {
        if (ended) return;
        if (!scan.finished) return breakOff('The model provider broke off in the middle of its answer');
        response.end(scan.rest);
        end('ok');
        if (said && this.#remembered <= MOST_REMEMBERED) said(this.#seen.join(''));
      },
      error() {
        if (ended) return;
        if (signal.aborted) end('cancelled');
        else breakOff('The connection to the model provider broke in the middle of its answer');
      },
    });
    return promise;
  }
}
