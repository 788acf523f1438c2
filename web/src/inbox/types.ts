/** What the inbox knows. */
import type { Attachment, Citation } from '../chat/types.ts';

export type Status = 'open' | 'with-person' | 'paused';
export type Filter = 'waiting' | 'mine' | 'unassigned' | Status | 'all';

export interface ListedRow {
  readonly id: string;
  readonly status: Status;
  readonly wantsPerson: boolean;
  /** RFC 3339. */
  readonly waitingSince: string | null;
  readonly assignee: string | null;
  /** RFC 3339: since when the customer has had no answer. */
  readonly unansweredSince: string | null;
  readonly turns: number;
  readonly lastMessageAt: string;
}

export interface JournalRow {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
}

/** One thing that the agent did on its way to an answer. */
export type Step =
  | ({
      readonly kind: 'model';
      readonly model: string;
      readonly tools: readonly string[];
      /** Values that the model was not shown, by their kinds. */
      readonly hidden: Readonly<Record<string, number>>;
    } & Spent)
  | {
      readonly kind: 'tool';
      readonly name: string;
      readonly status: 'done' | 'failed' | 'parked';
      readonly content: string;
    }
  | { readonly kind: 'handed-off'; readonly from: string; readonly to: string }
  | { readonly kind: 'cut'; readonly why: string };

export type Item =
  | {
      readonly kind: 'said';
      readonly id: string;
      readonly who: 'customer' | 'agent' | 'person';
      readonly by: string | null;
      readonly text: string;
      readonly at: number;
      readonly citations: readonly Citation[];
      readonly partial: boolean;
      readonly attachments: readonly Attachment[];
      /** What the customer may press to answer. */
      readonly choices: readonly string[];
      readonly steps: readonly Step[];
    }
  | {
      readonly kind: 'note';
      readonly id: string;
      readonly note:
        | 'wanted'
        | 'ratedUp'
        | 'ratedDown'
        | 'taken'
        | 'given'
        | 'assigned'
        | 'freed'
        | 'pausedBy'
        | 'resumedBy'
        | 'turnFailed'
        | 'forked';
      /** Who, why, or from where. */
      readonly detail: string;
      readonly at: number;
    }
  /** What colleagues tell each other, or the agent alone. */
  | {
      readonly kind: 'aside';
      readonly id: string;
      readonly aside: 'noted' | 'whispered';
      readonly by: string;
      readonly text: string;
      readonly at: number;
    };

/** A conversation as its journal tells it. */
export interface Room {
  readonly id: string;
  readonly seq: number;
  readonly status: Status;
  readonly assignee: string | null;
  readonly items: readonly Item[];
  readonly spent: Spent & { readonly turns: number };
  /** Steps of the turn under way, and whether one is. */
  readonly steps: readonly Step[];
  readonly answering: boolean;
}

/** What a person writes: to the customer, to colleagues, or to the agent. */
export type Writing = 'reply' | 'note' | 'whisper';
