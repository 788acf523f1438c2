/**
 * Redaction and restoration of text that streams. Both hold back a bounded tail: redaction at most one segment
 * (`MAX_SEGMENT` characters, mostly a few words), restoration at most one placeholder (`MAX_PLACEHOLDER`).
 * However the text is cut into chunks, the concatenated output is that of the whole text.
 */

import type { Entity } from './recognizer.ts';
import { type RedactionOptions, redactSegment } from './redact.ts';
import { Scanner } from './scanner.ts';
import { CLOSE, MAX_PLACEHOLDER, OPEN, PLACEHOLDER, type Vault } from './vault.ts';

export interface TextStream {
  /** Takes a chunk and gives what can be passed on; may be empty. */
  push(chunk: string): string;
  /** Gives what is left; the stream starts anew afterwards. */
  end(): string;
}

export interface RedactionStream extends TextStream {
  /** Values replaced so far, by entity. */
  readonly counts: Readonly<Record<Entity, number>>;
  /** Characters held back now. */
  readonly held: number;
}

export function redactionStream(options: RedactionOptions): RedactionStream {
  const scanner = new Scanner(options.detector);
  const counts: Record<Entity, number> = {};
  return {
    counts,
    get held() {
      return scanner.held;
    },
    push: chunk =>
      scanner
        .push(chunk)
        .map(segment => redactSegment(segment, options, counts))
        .join(''),
    end: () =>
      scanner
        .end()
        .map(segment => redactSegment(segment, options, counts))
        .join(''),
  };
}

export interface RestorationOptions {
  readonly vault: Vault;
  /** Form of a restored value in its place, such as an escaped one inside JSON; as it is by default. */
  readonly encode?: (value: string) => string;
}

export function restorationStream({ vault, encode = value => value }: RestorationOptions): TextStream {
  let held = '';
  const restored = (text: string): string =>
    text.replace(PLACEHOLDER, (whole, name: string) => {
      const value = vault.valueOf(name);
      return value === undefined ? whole : encode(value);
    });
  return {
    push(chunk) {
      held += chunk;
      const open = held.lastIndexOf(OPEN);
      const pending = open >= 0 && held.length - open < MAX_PLACEHOLDER && !held.includes(CLOSE, open);
      const cut = pending ? open : held.length;
      const ready = held.slice(0, cut);
      held = held.slice(cut);
      return restored(ready);
    },
    end() {
      const rest = restored(held);
      held = '';
      return rest;
    },
  };
}
