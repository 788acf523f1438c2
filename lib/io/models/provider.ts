/** The port to a model. `openai.ts` speaks to any OpenAI-compatible endpoint; `offline.ts` and `replay.ts` need none. */
import type { ChatItem, ModelReply } from '../../contracts/chat.ts';
import type { ToolDeclaration } from '../../core/offline/declaration.ts';

export interface ModelRequest {
  readonly instructions: string;
  readonly context: readonly ChatItem[];
  readonly tools: readonly ToolDeclaration[];
  /** Takes the text as it comes; `offset` is where it begins in the answer. */
  readonly onText: (text: string, offset: number) => void;
  /** Told of each piece of the answer; what it gives is waited for before the next is read, its failure ends the call. */
  readonly onPiece?: (kind: 'text' | 'tool') => Promise<void> | undefined;
  /** JSON Schema that the answer must satisfy, as far as routing is concerned: the caller looks whether it does. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** An answer that did not satisfy it: a larger tier is asked, and the router hears of it. */
  readonly unfit?: ModelReply;
  /** Ends the call, down to the provider's socket. */
  readonly signal: AbortSignal;
}

export interface ModelProvider {
  readonly name: string;
  /** Throws `model-refused` (asking again is useless), `model-failed` (it may help), `replay-diverged`, or the signal's reason. */
  complete(request: ModelRequest): Promise<ModelReply>;
}
