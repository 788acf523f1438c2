/**
 * Who may read which document. The decision itself is the database's (`knowledge_readable`, migration 0060); this
 * says as whom a call reads, and what it may set.
 */

import { SENSITIVITIES, type Sensitivity } from '../../contracts/document-shapes.ts';

/** As whom a transaction reads knowledge. */
export interface Reader {
  /** Reads up to this. */
  readonly clearance: Sensitivity;
  /** Documents for certain roles are read by these only; `*` is every role. */
  readonly roles: readonly string[];
  /** Sees what has expired too: for its removal. */
  readonly expired?: boolean;
}

/** What is known of a caller. Nothing known: an end customer. */
export interface Caller {
  readonly scopes?: readonly string[];
  readonly role?: string;
  readonly customerId?: string;
}

/** End customers, and whatever answers them: agents, tools, workflows. */
export const CUSTOMER: Reader = { clearance: 'public', roles: [] };

/** The keeper of documents: takes them in and removes them. It reads nothing out to anybody. */
export const KEEPER: Reader = { clearance: 'restricted', roles: ['*'], expired: true };

const MANAGERS: ReadonlySet<string> = new Set(['owner', 'admin']);

/**
 * As whom a call reads. A person has his role: owners and admins read everything, agents up to confidential and what
 * is for agents, others up to internal. A key has no role: with `operate` it acts for the business and reads
 * everything, with `knowledge` up to internal. `customer` narrows anybody to what customers see.
 */
export function readerOf({ scopes = [], role, customerId }: Caller, audience?: 'customer' | 'staff'): Reader {
  if (audience === 'customer' || customerId !== undefined) return CUSTOMER;
  if (role !== undefined) {
    if (MANAGERS.has(role)) return { clearance: 'restricted', roles: ['*'] };
    return { clearance: role === 'agent' ? 'confidential' : 'internal', roles: [role] };
  }
  if (scopes.includes('operate')) return { clearance: 'restricted', roles: ['*'] };
  if (scopes.includes('knowledge')) return { clearance: 'internal', roles: [] };
  return CUSTOMER;
}

export function levelOf(sensitivity: Sensitivity): number {
  return SENSITIVITIES.indexOf(sensitivity);
}

/** What a transaction tells the database about its reader: setting and value. */
export function readerSettings(reader: Reader): readonly (readonly [name: string, value: string])[] {
  return [
    ['app.clearance', String(levelOf(reader.clearance))],
    ['app.roles', reader.roles.join(',')],
    ['app.expired', reader.expired ? 'shown' : ''],
  ];
}

export interface Access {
  readonly sensitivity: Sensitivity;
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
}

/** The rule in words of this language: what the database must answer. For tests that compare the two. */
export function mayRead(reader: Reader, { sensitivity, roles, expiresAt }: Access, now: number): boolean {
  return (
    levelOf(sensitivity) <= levelOf(reader.clearance) &&
    (roles.length === 0 || reader.roles.includes('*') || roles.some(role => reader.roles.includes(role))) &&
    (expiresAt === null || expiresAt > now || reader.expired === true)
  );
}
