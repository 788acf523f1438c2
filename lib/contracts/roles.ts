/** Who may do what, as data: a contract's route names the scope it needs, a role or a key has scopes. */
import type { Scope } from './contract.ts';

export const ROLES = ['owner', 'admin', 'agent', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  owner: ['chat', 'knowledge', 'operate', 'models', 'members', 'keys', 'view'],
  admin: ['chat', 'knowledge', 'operate', 'models', 'members', 'keys', 'view'],
  agent: ['chat', 'knowledge', 'operate', 'view'],
  viewer: ['view'],
};

/** What a customer's widget token may do. */
export const WIDGET_SCOPES: readonly Scope[] = ['chat'];

/** Roles that somebody of a role may give and take: nobody raises another above himself. */
export const GRANTABLE: Readonly<Record<Role, readonly Role[]>> = {
  owner: ROLES,
  admin: ['admin', 'agent', 'viewer'],
  agent: [],
  viewer: [],
};
