/**
 * What a tool tells about itself, as plain data that can be stored and sent.
 * `hints` are for the `offline` provider only: without a language model it needs to be told by which words a
 * customer means this tool, how to find each argument in a sentence, and how to say the result. A tool without
 * hints is never called by that provider.
 */
import type { ValidationSchema } from 'fastest-validator';

export type OfflineLanguage = 'en' | 'vi';

export type Localized = Readonly<Record<OfflineLanguage, string>>;

/** What repeating a call means: nothing, nothing with the same key, or a second effect. */
export type ToolEffect = 'read' | 'idempotent' | 'once';

/**
 * Alternatives separated by `|`. Matching ignores case and diacritics, so that Vietnamese typed without them is
 * understood. An alternative is a word or a phrase; `word*` matches a beginning, `word~` also matches with one
 * typing error; `{name}` stands for a value of that slot in the message itself.
 */
export type Alternatives = string;

/** A rule matches when each group of `all` has an alternative in the message, and `none` has not. */
export interface IntentRule {
  readonly all: readonly Alternatives[];
  readonly none?: Alternatives;
  /**
   * `request` (the default): not when the message asks how something works ("how do I ...", "can I ...").
   * `any`: also then, as in "where is my order?".
   */
  readonly form?: 'any' | 'request';
}

export type SlotKind =
  /** An identifier of fixed shape: `#` is a digit, `@` a letter, the rest is literal; see `shape`. */
  | 'shape'
  | 'email'
  /** A postal address in one line. */
  | 'address'
  /** An amount of money as a decimal string, e.g. "12.50". */
  | 'money'
  /** Free text behind one of `markers`, or the whole answer when it was asked for. */
  | 'text';

export interface SlotHint {
  readonly kind: SlotKind;
  readonly shape?: string;
  /** Words behind which a value stands. */
  readonly markers?: Alternatives;
  readonly optional?: boolean;
  /** The question that asks for it. */
  readonly ask: Localized;
  /** Where the customer finds it, said when they do not know it. */
  readonly help?: Localized;
  /** The tool to call instead when the customer does not know it, if its own slots are known. */
  readonly unknownTool?: string;
}

/**
 * How to say a result. `{path}` is a field of the result; a part in `[...]` is left out when one of its fields
 * is missing; `{list}` is one line for each element of `list.path`.
 */
export interface ReplyHint {
  readonly done: Localized;
  readonly list?: { readonly path: string; readonly line: Localized };
  /** Said instead of `done` when the list is empty. */
  readonly empty?: Localized;
  /** By refusal code; the outcome's `message` is said when a code is missing here. */
  readonly refusals?: Readonly<Record<string, Localized>>;
  /** Words for values of a closed set, e.g. `placed`. */
  readonly words?: Readonly<Record<string, Localized>>;
}

export interface ToolHints {
  readonly intents: readonly IntentRule[];
  readonly slots: Readonly<Record<string, SlotHint>>;
  /** Asked before a call that the customer has only asked about; same placeholders, from the arguments. */
  readonly confirm?: Localized;
  readonly reply: ReplyHint;
}

export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  /** fastest-validator schema, strict at every depth. */
  readonly params: ValidationSchema;
  readonly effect: ToolEffect;
  readonly hints?: ToolHints;
}

/** What a tool answers: the content of a `tool` message is this as JSON. */
export type ToolOutcome<Result = Readonly<Record<string, unknown>>> =
  | { readonly ok: true; readonly result: Result }
  | {
      readonly ok: false;
      /** Stable; a refusal is an answer and not a failure. */
      readonly code: string;
      readonly message: string;
      readonly data?: Readonly<Record<string, unknown>>;
    };
