// Protects: a call that is safe to repeat outlives nodes that go, and no call is repeated when that is useless or too late.
import { expect } from 'chai';
import { authenticateKeys } from '../../../lib/contracts/platform.contracts.ts';
import type { Clock } from '../../../lib/kernel/clock.ts';
import { type ErrorCode, TroupeError } from '../../../lib/kernel/errors.ts';
import { persistentCall } from '../../../lib/moleculer/persistent-call.ts';
import { refusal } from '../../suites/rejection.ts';

const answer = { tenantId: 'ten_1', keyId: 'key_1', scopes: [] };

function failing(...codes: ErrorCode[]) {
  const calls: unknown[] = [];
  return {
    calls,
    async call(_name: string, params: unknown) {
      calls.push(params);
      const code = codes[calls.length - 1];
      if (code) throw new TroupeError(code, 'not now');
      return answer;
    },
  };
}

/** A clock that goes on by so much with each look. */
function ticking(stepMs: number): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => (now += stepMs),
    after: () => ({ cancel() {} }),
  };
}

const ask = (caller: ReturnType<typeof failing>, limitMs = 60_000, stepMs = 1, signal?: AbortSignal) =>
  persistentCall(caller, authenticateKeys, { keyHashes: ['x'] }, {}, ticking(stepMs), limitMs, signal);

describe('a persistent call', () => {
  it('asks again while nodes are gone or hand over', async () => {
    const caller = failing('unavailable', 'activation-stale', 'activation-elsewhere');
    expect(await ask(caller)).to.equal(answer);
    expect(caller.calls).to.deep.equal(Array(4).fill({ keyHashes: ['x'] }));
  });

  for (const code of ['unauthenticated', 'validation-failed', 'mailbox-full', 'timeout', 'internal'] as const)
    it(`does not repeat ${code}`, async () => {
      const caller = failing(code);
      await refusal(ask(caller), code);
      expect(caller.calls).to.have.length(1);
    });

  it('gives up with the last error when its time is over', async () => {
    const caller = failing(...Array<ErrorCode>(50).fill('unavailable'));
    await refusal(ask(caller, 100, 40), 'unavailable');
    expect(caller.calls.length).to.be.within(1, 4);
  });

  it('does not ask again for somebody who no longer wants the answer', async () => {
    const caller = failing(...Array<ErrorCode>(5).fill('unavailable'));
    await refusal(ask(caller, 60_000, 1, AbortSignal.abort()), 'unavailable');
    expect(caller.calls).to.have.length(1);
  });
});
