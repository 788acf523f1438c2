/** Guarantee: an id is a TypeID over UUIDv7 as others read it, never given twice, and sorts by the time of its making. */
import { expect } from 'chai';
import { TypeID } from 'typeid-js';
import { ID_PREFIXES, type IdKind, newId } from '../../../lib/kernel/ids.ts';

const COUNT = 20_000;

describe('ids', () => {
  it('are read back by the reference implementation as a UUIDv7 of now with the prefix of their kind', () => {
    for (const kind of Object.keys(ID_PREFIXES) as IdKind[]) {
      const before = Date.now();
      const id = newId(kind);
      const [prefix, suffix] = id.split('_') as [string, string];
      expect(prefix).to.equal(ID_PREFIXES[kind]);
      expect(suffix).to.match(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
      const uuid = TypeID.fromString(id).toUUID();
      expect(uuid).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const at = Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16);
      expect(at).to.be.within(before, Date.now() + 100);
    }
  });

  it('differ and sort in the order in which they were made, many in a millisecond', () => {
    const ids = Array.from({ length: COUNT }, () => newId('message'));
    expect(new Set(ids).size).to.equal(COUNT);
    expect(ids.toSorted()).to.deep.equal(ids);
  });
});
