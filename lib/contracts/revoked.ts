/** What nodes tell each other when something is revoked, on the coordination port's channel of that name. */
export const REVOKED = 'identity.revoked';

export interface Revoked {
  readonly tenantId: string;
  /** Whose credentials ended or changed: their open connections are let go, and come back only with valid ones. All of the kind without an id. */
  readonly ended?: { readonly kind: 'key' | 'user' | 'widget'; readonly id?: string };
}
