// Protects: an audit log that was edited, cut, reordered or passed off as another tenant's is found out; entries hold no secret.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type ChainedEntry,
  type ChainPosition,
  chain,
  checkChain,
  genesis,
} from '../../../../lib/core/audit/chain.ts';
import { auditDetail } from '../../../../lib/core/audit/detail.ts';
import { createDetector } from '../../../../lib/core/dlp/detect.ts';

const TENANT = 'ten_1';

function chainOf(details: readonly string[]): ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  let last: ChainPosition = genesis(TENANT);
  for (const detail of details) {
    const at = '2026-01-01T00:00:00.000Z';
    const entry = chain(last, {
      tenantId: TENANT,
      at,
      actor: 'key:a',
      action: 'flags.put',
      target: 'f',
      detail,
    });
    entries.push(entry);
    last = entry;
  }
  return entries;
}

const isIntact = (entries: readonly ChainedEntry[], tenantId = TENANT) =>
  !('fault' in checkChain(tenantId, genesis(tenantId), entries));

describe('the chain of the audit log', () => {
  it('holds as it was written, also when it is checked in pages', () => {
    const entries = chainOf(['a', 'b', 'c']);
    expect(isIntact(entries)).to.equal(true);
    const half = checkChain(TENANT, genesis(TENANT), entries.slice(0, 2));
    expect(checkChain(TENANT, half as ChainPosition, entries.slice(2))).to.include({ seq: 3 });
  });

  it('breaks where any field of any entry is changed', () => {
    const fields = [
      'seq',
      'at',
      'actor',
      'action',
      'target',
      'detail',
      'previous',
      'hash',
      'tenantId',
    ] as const;
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.constantFrom(...fields),
        (details, place, field) => {
          const entries = chainOf(details);
          const at = place % entries.length;
          const old = entries[at]!;
          const changed = field === 'seq' ? old.seq + 1 : `${old[field]}x`;
          expect(isIntact(entries.with(at, { ...old, [field]: changed } as ChainedEntry))).to.equal(false);
        },
      ),
    );
  });

  it('breaks when an entry is left out before the end, or two change places', () => {
    const entries = chainOf(['a', 'b', 'c', 'd']);
    for (let at = 0; at < 3; at++) {
      expect(checkChain(TENANT, genesis(TENANT), entries.toSpliced(at, 1))).to.deep.equal({
        seq: at + 1,
        fault: 'gap',
      });
      expect(isIntact(entries.with(at, entries[at + 1]!).with(at + 1, entries[at]!))).to.equal(false);
    }
  });

  it("is not another tenant's", () => {
    const moved = chainOf(['a']).map(entry => ({ ...entry, tenantId: 'ten_2' }));
    expect(isIntact(moved, 'ten_2')).to.equal(false);
  });
});

describe('the detail of an audit entry', () => {
  const detector = createDetector();
  it('keeps names and numbers, and masks secrets, personal data and long texts', () => {
    const kept = auditDetail(
      {
        name: 'returns',
        limit: 3,
        apiKey: 'sk-secret',
        nested: { password: 'hunter2', note: 'write to ann.lee@example.com' },
        instructions: 'x'.repeat(1_000),
      },
      detector,
    ) as Record<string, unknown>;
    expect(kept).to.deep.include({ name: 'returns', limit: 3, apiKey: '[secret]' });
    expect(JSON.stringify(kept)).to.not.match(/hunter2|ann\.lee|sk-secret|xxxx/);
    expect(kept.instructions).to.match(/^\[1000 characters, sha256:[0-9a-f]{64}\]$/);
  });
});
