// Protects: whose a key is, is believed for less than a second; nobody who is known waits; what was revoked while it was asked about stays forgotten.
import { expect } from 'chai';
import type { ServiceBroker } from 'moleculer';
import type { Clock } from '../../../lib/kernel/clock.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { silentLog } from '../../../lib/kernel/log.ts';
import { createAuthenticator } from '../../../services/gateway/authenticator.ts';
import { refusal } from '../../suites/rejection.ts';

type Asked = { readonly keyHashes: readonly string[] };

/** Keys belong to tenants `t1` and `t2` by turns of the question; questions can be held back. */
function platform() {
  let now = 0;
  const questions: Asked[] = [];
  const held: (() => void)[] = [];
  const state = { hold: false, gone: new Set<string>(), fails: false };
  const tenants = new Map<string, string>();
  const broker = {
    async call(_name: string, asked: Asked) {
      questions.push(asked);
      if (state.hold) await new Promise<void>(resolve => held.push(resolve));
      if (state.fails) throw new TroupeError('unavailable', 'not now');
      return {
        owners: asked.keyHashes
          .filter(keyHash => !state.gone.has(keyHash))
          .map(keyHash => {
            if (!tenants.has(keyHash)) tenants.set(keyHash, `t${tenants.size + 1}`);
            return {
              keyHash,
              tenantId: tenants.get(keyHash),
              keyId: 'k',
              scopes: [],
              plan: 'free',
              region: null,
            };
          }),
      };
    },
  } as unknown as ServiceBroker;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => ({ cancel() {} }) };
  const authenticator = createAuthenticator(broker, clock, silentLog);
  const ask = (key: string) =>
    authenticator.request({ headers: { authorization: `Bearer ${key}` } } as never);
  return {
    authenticator,
    questions,
    state,
    ask,
    pass: (ms: number) => {
      now += ms;
    },
    release: () => {
      for (const each of held.splice(0)) each();
    },
  };
}

/** Whatever was begun has ended: questions of the fake are answered within a few turns. */
const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('whose a key is', () => {
  it('is asked once for many requests, and known without waiting from then on', async () => {
    const { ask, questions } = platform();
    await Promise.all([ask('a'), ask('a'), ask('a')]);
    expect(questions).to.have.length(1);
    expect(ask('a')).to.not.be.instanceOf(Promise);
    expect(ask('a')).to.include({ tenantId: 't1' });
  });

  it('is confirmed beside requests, in one question for all keys that came again', async () => {
    const { ask, questions, pass } = platform();
    await Promise.all([ask('a'), ask('b'), ask('once')]);
    for (const key of ['a', 'b']) ask(key);
    pass(400);
    expect(ask('a')).to.include({ tenantId: 't1' });
    await turns();
    expect(questions).to.have.length(4);
    expect(questions[3]!.keyHashes).to.have.length(2);
    pass(800);
    expect(ask('b'), 'counts from when it was confirmed').to.include({ tenantId: 't2' });
  });

  it('is forgotten when it was revoked while it was asked about', async () => {
    const { ask, pass, state, release, authenticator, questions } = platform();
    await ask('a');
    ask('a');
    pass(400);
    state.hold = true;
    ask('a');
    authenticator.forget('t1');
    state.gone.add(questions[0]!.keyHashes[0]!);
    release();
    await turns();
    state.hold = false;
    await refusal(Promise.resolve(ask('a')), 'unauthenticated');
  });

  it('is refused after a confirmation in which it was missing', async () => {
    const { ask, pass, state, questions } = platform();
    await ask('a');
    ask('a');
    pass(400);
    state.gone.add(questions[0]!.keyHashes[0]!);
    ask('a');
    await turns();
    await refusal(Promise.resolve(ask('a')), 'unauthenticated');
  });

  it('is believed for less than a second when it cannot be confirmed', async () => {
    const { ask, pass, state } = platform();
    await ask('a');
    ask('a');
    state.fails = true;
    pass(400);
    expect(ask('a')).to.include({ tenantId: 't1' });
    await turns();
    pass(501);
    await refusal(Promise.resolve(ask('a')), 'unavailable');
  });
});
