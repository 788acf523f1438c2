// Protects: an account's owner is told what came last, and not of a fault that is over.
import { expect } from 'chai';
import { accountHealth } from '../../../../lib/core/channels/health.ts';

const NEVER = { receivedMs: null, sentMs: null, refusedMs: null, failedMs: null };

describe("an account's health", () => {
  it('is what came last', () => {
    for (const [times, health] of [
      [{}, 'silent'],
      [{ receivedMs: 5 }, 'working'],
      [{ sentMs: 5 }, 'working'],
      [{ refusedMs: 5 }, 'unverified'],
      [{ receivedMs: 4, refusedMs: 5 }, 'unverified'],
      [{ receivedMs: 6, refusedMs: 5 }, 'working'],
      [{ receivedMs: 6, failedMs: 7 }, 'failing'],
      [{ receivedMs: 6, sentMs: 8, failedMs: 7 }, 'working'],
      [{ receivedMs: 4, refusedMs: 5, failedMs: 7 }, 'unverified'],
    ] as const)
      expect(accountHealth({ ...NEVER, ...times }), JSON.stringify(times)).to.equal(health);
  });
});
