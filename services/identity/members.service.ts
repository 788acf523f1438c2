/**
 * Owns a tenant's people as the tenant manages them. Invariants: the last owner stays; nobody gives or takes a role
 * above his own; a change counts on every node within a second.
 */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/members.contracts.ts';
import { GRANTABLE, type Role } from '../../lib/contracts/roles.ts';
import { planOf } from '../../lib/core/pricing/plans.ts';
import { insertPasswordLink } from '../../lib/io/sql/identity.ts';
import {
  endSignInsOf,
  findTenantRow,
  insertUser,
  listUsers,
  lockUsers,
  type MemberRow,
  updateUser,
} from '../../lib/io/sql/members.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action, type Meta } from '../../lib/moleculer/action.ts';
import {
  hashSecret,
  type IdentityPorts,
  newSecret,
  normalizeEmail,
  publishRevoked,
} from './identity-ports.ts';
import { passwordMail } from './letters.ts';

const INVITED_HOURS = 72;

/** A key acts as an administrator does. Throws `forbidden`. */
function mayGrant(meta: Meta, roles: readonly Role[]): void {
  const own = meta.role ?? 'admin';
  const beyond = roles.find(role => !GRANTABLE[own].includes(role));
  if (beyond) throw new TroupeError('forbidden', `${own} may not give or take the role "${beyond}"`);
}

function find(members: readonly MemberRow[], userId: string): MemberRow {
  const member = members.find(({ user_id }) => user_id === userId);
  if (!member) throw new TroupeError('not-found', 'No such person belongs to this tenant');
  return member;
}

function keepAnOwner(members: readonly MemberRow[], leaving: MemberRow): void {
  const others = members.filter(
    m => m.role === 'owner' && m.state === 'active' && m.user_id !== leaving.user_id,
  );
  if (leaving.role === 'owner' && others.length === 0)
    throw new TroupeError('conflict', 'The last owner stays one; make another first');
}

export function membersService(ports: IdentityPorts): ServiceSchema {
  const { database, mail, publicUrl } = ports;
  const changed = (tenantId: string, userId: string) =>
    publishRevoked(ports, { tenantId, ended: { kind: 'user', id: userId } });

  return {
    name: 'members',
    actions: {
      list: action(contracts.listMembers, async ({ meta }) => {
        const rows = await database.withTenant(meta.tenantId!, listUsers);
        return {
          members: rows.map(row => ({
            userId: row.user_id,
            email: row.email,
            role: row.role,
            state: row.state,
            createdAt: row.created_at.toISOString(),
            signedInAt: row.signed_in_at?.toISOString() ?? null,
          })),
        };
      }),

      invite: action(contracts.inviteMember, async ({ params: { role, ...rest }, meta }) => {
        mayGrant(meta, [role]);
        const tenantId = meta.tenantId!;
        const email = normalizeEmail(rest.email);
        const userId = await database.withTenant(tenantId, async tx => {
          const members = await lockUsers(tx);
          const known = members.find(member => member.email === email);
          if (known?.state === 'active')
            throw new TroupeError('conflict', 'That person belongs to this tenant already');
          if (known) mayGrant(meta, [known.role]);
          const { members: most } = planOf((await findTenantRow(tx))?.plan ?? 'free');
          if (!known && members.length >= most)
            throw new TroupeError('quota-exhausted', `The plan allows ${most} people`);
          return await insertUser(tx, { tenantId, userId: newId('user'), email, role });
        });
        const token = newSecret('pw_');
        await insertPasswordLink(database, {
          tenantId,
          userId,
          linkHash: hashSecret(token),
          hours: INVITED_HOURS,
        });
        await mail.send(passwordMail(email, publicUrl, token, 'invited'));
        return { userId };
      }),

      changeRole: action(contracts.changeRole, async ({ params: { userId, role }, meta }) => {
        await database.withTenant(meta.tenantId!, async tx => {
          const members = await lockUsers(tx);
          const member = find(members, userId);
          mayGrant(meta, [role, member.role]);
          if (role !== 'owner') keepAnOwner(members, member);
          await updateUser(tx, userId, { role, state: member.state });
        });
        await changed(meta.tenantId!, userId);
        return { changed: true };
      }),

      remove: action(contracts.removeMember, async ({ params: { userId }, meta }) => {
        await database.withTenant(meta.tenantId!, async tx => {
          const members = await lockUsers(tx);
          const member = find(members, userId);
          mayGrant(meta, [member.role]);
          keepAnOwner(members, member);
          await updateUser(tx, userId, { role: member.role, state: 'removed' });
          await endSignInsOf(tx, userId);
        });
        await changed(meta.tenantId!, userId);
        return { removed: true };
      }),
    },
  };
}
