/**
 * What a conversation's model has said so far in one call: counted as it comes, paid for by the tenant's turn and its
 * budgets, and joined when another endpoint has to go on where the first broke off.
 */
import type { ChatItem, ModelReply } from '../../lib/contracts/chat.ts';
import { Continuation, GO_ON } from '../../lib/core/models/continuation.ts';
import type { StreamUsage } from '../../lib/core/models/stream-scan.ts';
import { languageOfConversation } from '../../lib/core/offline/decide.ts';
import type { AdmittedCall, Attempt } from '../../lib/io/models/admitted-call.ts';
import { overtaken, type Race } from '../../lib/io/models/hedged.ts';
import type { ModelRequest } from '../../lib/io/models/provider.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

/** Pieces after which a tenant's turn pays for them, before whose end a reservation is prolonged, and by how many. */
const PAID_EVERY = 32;
const EXTENDED_BY = 512;
/** Said by the platform where the budget ends an answer: to a customer, who has nothing to do with budgets. */
const COURTEOUS_END = {
  en: ' … I have to stop here for now. Please ask again later, or ask for a person.',
  vi: ' … Tôi xin phép dừng ở đây. Vui lòng hỏi lại sau, hoặc yêu cầu gặp nhân viên.',
};

export class Spoken {
  text = '';
  /** A tool call has begun: half of one is of no use to anybody. */
  tool = false;
  /** No budget pays for more. */
  cut = false;
  readonly #request: ModelRequest;
  readonly #admitted: AdmittedCall;
  #pieces = 0;
  #ofAttempt = 0;
  #paid = 0;
  #covered: number;

  constructor(request: ModelRequest, admitted: AdmittedCall) {
    this.#request = request;
    this.#admitted = admitted;
    this.#covered = admitted.outputTokens;
  }

  get begun(): boolean {
    return this.text !== '' || this.tool;
  }

  /**
   * The request as an attempt makes it: from the beginning, or from where the one before broke off. Of several at once
   * only the one that speaks first is heard.
   */
  next(
    attempt: Attempt,
    signal: AbortSignal,
    race: Race,
  ): { readonly request: ModelRequest; readonly finish: () => void } {
    this.#ofAttempt = 0;
    const before = this.text;
    const join = new Continuation(before);
    const claim = () => {
      if (!race.claim()) throw overtaken();
    };
    const say = (text: string) => {
      if (text === '') return;
      this.#request.onText(text, this.text.length);
      this.text += text;
    };
    const goOn: readonly ChatItem[] =
      before === ''
        ? []
        : [
            { role: 'assistant', text: before },
            { role: 'user', text: GO_ON },
          ];
    return {
      request: {
        ...this.#request,
        context: [...this.#request.context, ...goOn],
        ...(before === '' ? {} : { tools: [] }),
        signal,
        onText(text) {
          claim();
          say(before === '' ? text : join.push(text));
        },
        onPiece: kind => {
          claim();
          return this.#piece(attempt, kind);
        },
      },
      finish: () => {
        claim();
        if (before !== '') say(join.end());
      },
    };
  }

  /** Where the provider did not say it: what was asked, and the pieces of this attempt, which are none if it lost. */
  counted(inputTokens: number, lost: boolean): StreamUsage {
    return { inputTokens, cachedInputTokens: 0, outputTokens: lost ? 0 : this.#ofAttempt };
  }

  /** The tenant's turn pays for what it has not paid for yet. */
  pay(): void {
    this.#admitted.streamed(this.#pieces - this.#paid);
    this.#paid = this.#pieces;
  }

  /** The answer that a budget has cut off. */
  courteousEnd(usage: ModelReply['usage']): ModelReply {
    const end = COURTEOUS_END[languageOfConversation(this.#request.context)];
    this.#request.onText(end, this.text.length);
    return { text: this.text + end, toolCalls: [], citations: [], usage, cutOff: true };
  }

  #piece(attempt: Attempt, kind: 'text' | 'tool'): Promise<void> | undefined {
    this.#pieces++;
    this.#ofAttempt++;
    this.tool ||= kind === 'tool';
    if (this.#pieces - this.#paid >= PAID_EVERY) this.pay();
    if (!this.#admitted.bounded || this.#pieces < this.#covered) return undefined;
    return this.#extend(attempt);
  }

  async #extend(attempt: Attempt): Promise<void> {
    if (await this.#admitted.extend(attempt, EXTENDED_BY)) {
      this.#covered += EXTENDED_BY;
      return;
    }
    this.cut = true;
    throw new TroupeError('budget-exhausted', 'The budget is used up in the middle of the answer');
  }
}
