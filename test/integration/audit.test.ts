// Protects: every change of configuration leaves an entry, by writers on several nodes without gaps; what is written stays, and tampering is found.
import { expect } from 'chai';
import { putAgent } from '../../lib/contracts/agents.contracts.ts';
import { listAudit, verifyAudit } from '../../lib/contracts/audit.contracts.ts';
import { AuditLog } from '../../lib/io/audit-log.ts';
import { FieldSealer } from '../../lib/io/field-sealer.ts';
import { localKms, newDataKey } from '../../lib/io/kms.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { call } from '../../lib/moleculer/action.ts';
import { makeTenant, pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { rejection } from '../suites/rejection.ts';

for (const [name, open] of [
  ['PGlite', pgliteInMemory],
  ['PostgreSQL', postgresAsPlainUser],
] as const) {
  describe(`the audit log on ${name}`, () => {
    let db: TestDatabase;
    const kms = localKms(new Map([['k', newDataKey()]]));
    const node = () => new AuditLog(db.database, new FieldSealer(db.database, kms), systemClock);
    before(async () => {
      db = await open();
      await migrate(db.database);
    });
    after(() => db.close());

    /** As somebody who got hold of the schema's owner and switched the trigger off. */
    const tamper = (tenantId: string, text: string) =>
      db.database.asOwner(async tx => {
        await tx.script(`alter table audit_entry disable trigger user;
          alter table audit_entry no force row level security; alter table audit_head no force row level security;`);
        await tx.query(text, [tenantId]);
        await tx.script(`alter table audit_entry enable trigger user;
          alter table audit_entry force row level security; alter table audit_head force row level security;`);
      });
    async function written(entries = 5): Promise<string> {
      const tenantId = await makeTenant(db.database, 'audited');
      const log = node();
      for (let i = 0; i < entries; i++)
        await log.record(tenantId, { actor: 'key:a', action: 'flags.put', target: `f${i}`, detail: { i } });
      return tenantId;
    }

    it('takes writers on three nodes at once, each entry once and in one chain', async () => {
      const tenantId = await makeTenant(db.database, 'busy');
      const nodes = [node(), node(), node()];
      await Promise.all(
        Array.from({ length: 45 }, (_, i) =>
          nodes[i % 3]!.record(tenantId, { actor: `key:${i}`, action: 'a.b', target: '', detail: {} }),
        ),
      );
      expect(await node().verify(tenantId)).to.deep.equal({ intact: true, entries: 45, sealed: true });
    });

    it("cannot be edited or emptied by the application's role, nor by the owner of the schema", async () => {
      const tenantId = await written(1);
      for (const text of ["update audit_entry set actor = 'x'", 'delete from audit_entry'])
        await rejection(db.database.withTenant(tenantId, tx => tx.query(text)));
      await rejection(db.database.asOwner(tx => tx.query('truncate audit_entry')));
      expect((await node().verify(tenantId)).intact).to.equal(true);
    });

    it('tells the place of an entry that was edited, removed or cut off the end', async () => {
      const attacks: readonly (readonly [string, number, string])[] = [
        ["update audit_entry set target = 'x' where tenant_id = $1 and seq = 3", 3, 'content'],
        ['delete from audit_entry where tenant_id = $1 and seq = 2', 2, 'gap'],
        ['delete from audit_entry where tenant_id = $1 and seq = 5', 5, 'head'],
      ];
      for (const [text, seq, fault] of attacks) {
        const tenantId = await written();
        await tamper(tenantId, text);
        const found = await node().verify(tenantId);
        expect(found.intact).to.equal(false);
        expect(found.fault).to.deep.equal({ seq, fault });
      }
    });

    it('finds an end that was cut off together with its head, by the seal', async () => {
      const tenantId = await written();
      await tamper(
        tenantId,
        `with cut as (delete from audit_entry where tenant_id = $1 and seq = 5 returning previous)
         update audit_head set seq = 4, hash = (select previous from cut) where tenant_id = $1`,
      );
      expect((await node().verify(tenantId)).fault).to.deep.equal({ seq: 4, fault: 'head' });
    });
  });
}

describe('changes on a platform', () => {
  let node: TestNode;
  before(async () => {
    node = await startEmbeddedNode();
  });
  after(() => node.stop());

  it('are recorded with who and what before they are made, and once more when they are refused', async () => {
    const { tenantId } = await node.makeTenant('Changing');
    const meta = { tenantId, keyId: 'key_x', scopes: ['operate'] };
    await call(node.broker, putAgent, { name: 'returns', instructions: 'Be brief.' }, { meta });
    await rejection(
      call(
        node.broker,
        putAgent,
        { name: 'returns', instructions: 'Be brief.', answerSchema: { type: 'nonsense' } },
        { meta },
      ),
    );
    const { entries } = await call(node.broker, listAudit, {}, { meta });
    expect(entries.map(({ actor, action, target }) => [actor, action, target])).to.deep.equal([
      ['key:key_x', 'agents.put', 'name returns'],
      ['key:key_x', 'agents.put', 'name returns'],
      ['key:key_x', 'agents.put', 'name returns'],
    ]);
    expect(entries.at(-1)!.detail).to.equal('{"refused":"validation-failed"}');
    const checked = await call(node.broker, verifyAudit, {}, { meta });
    expect(checked).to.deep.equal({ intact: true, entries: 3, sealed: true });
  });
});
