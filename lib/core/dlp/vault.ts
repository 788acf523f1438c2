/**
 * The values behind the placeholders of one conversation. A placeholder is short, looks like nothing else and is
 * repeated by models as it stands: `⟦EMAIL_ADDRESS_1⟧`. The same value of the same entity gets the same placeholder.
 * A vault holds personal data: keep it with the conversation, encrypted as its messages are.
 */
import type { Entity } from './recognizer.ts';

export const OPEN = '⟦';
export const CLOSE = '⟧';
/** Longest placeholder in characters, brackets included: what restoring a stream may hold back. */
export const MAX_PLACEHOLDER = 64;
/** A placeholder in any text; models now and then put spaces inside the brackets. */
export const PLACEHOLDER = /⟦[ \u00a0]?([A-Z][A-Z0-9_]{0,44}_[1-9]\d{0,6})[ \u00a0]?⟧/g;
/** Entity under which a placeholder that was already in the text is kept, so that nobody can ask for a value by it. */
export const LITERAL: Entity = 'LITERAL';

export interface VaultState {
  /** Placeholder name (without brackets) and value, in order of appearance. */
  readonly entries: readonly (readonly [name: string, value: string])[];
}

export class Vault {
  /** Most values that a vault holds; what comes later is masked. */
  static readonly MAX_ENTRIES = 10_000;
  readonly #byValue = new Map<string, string>();
  readonly #byName = new Map<string, string>();
  readonly #counts = new Map<Entity, number>();

  constructor(state?: VaultState) {
    for (const [name, value] of state?.entries ?? []) this.#remember(name, value);
  }

  /** The placeholder of a value, or undefined when the vault is full. */
  tokenFor(entity: Entity, value: string): string | undefined {
    const known = this.#byValue.get(`${entity}\n${value}`);
    if (known !== undefined) return OPEN + known + CLOSE;
    if (this.#byName.size >= Vault.MAX_ENTRIES) return undefined;
    const name = `${entity}_${(this.#counts.get(entity) ?? 0) + 1}`;
    this.#remember(name, value);
    return OPEN + name + CLOSE;
  }

  /** The value behind a placeholder's name, without brackets. */
  valueOf(name: string): string | undefined {
    return this.#byName.get(name);
  }

  get size(): number {
    return this.#byName.size;
  }

  /** What to store, and to give to the constructor later. */
  state(): VaultState {
    return { entries: [...this.#byName] };
  }

  #remember(name: string, value: string): void {
    const split = name.lastIndexOf('_');
    const entity = name.slice(0, split);
    this.#byName.set(name, value);
    this.#byValue.set(`${entity}\n${value}`, name);
    this.#counts.set(entity, Math.max(this.#counts.get(entity) ?? 0, Number(name.slice(split + 1))));
  }
}
