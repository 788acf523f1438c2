/** What happens to what was found: by entity, with a default. */
import type { Entity } from './recognizer.ts';

/**
 * - `keep`: leave it as it is.
 * - `mask`: replace it by its type, or by stars that leave the last characters (`keepLast`).
 * - `tokenize`: replace it by a placeholder that the vault of the conversation can turn back.
 * - `hash`: replace it by a keyed digest: the same value gives the same text, and nothing turns it back.
 */
export type Treatment =
  | { readonly action: 'keep' }
  | { readonly action: 'mask'; readonly keepLast?: number }
  | { readonly action: 'tokenize' }
  | { readonly action: 'hash' };

export interface Policy {
  /** Treatment of an entity that `entities` does not name. */
  readonly default: Treatment;
  readonly entities?: Readonly<Record<Entity, Treatment>>;
}

/** Credentials are never reversible, whatever a policy's default says; naming them in `entities` overrides it. */
export const SECRET_ENTITIES: ReadonlySet<Entity> = new Set([
  'PRIVATE_KEY',
  'JWT',
  'API_KEY',
  'BEARER_TOKEN',
  'SECRET',
]);

/** For prompts: the model sees placeholders, the customer gets the values back. */
export const PROMPT_POLICY: Policy = { default: { action: 'tokenize' } };
/** For logs, traces and errors: nothing comes back. */
export const LOG_POLICY: Policy = { default: { action: 'mask' } };

export function treatmentOf(policy: Policy, entity: Entity): Treatment {
  const named = policy.entities?.[entity];
  if (named) return named;
  const reversible = policy.default.action === 'tokenize' || policy.default.action === 'keep';
  return SECRET_ENTITIES.has(entity) && reversible ? { action: 'mask' } : policy.default;
}
