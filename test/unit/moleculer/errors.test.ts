// Protects: an error keeps its class, code, facts and retry time across nodes, and nothing secret travels with it.
import { expect } from 'chai';
import { Errors } from 'moleculer';
import { ERRORS, TroupeError } from '../../../lib/kernel/errors.ts';
import { TroupeRegenerator, toTroupeError } from '../../../lib/moleculer/errors.ts';

const regenerator = new TroupeRegenerator();
regenerator.init({ nodeID: 'here' } as never);

/** As the transporter does it: plain, as JSON, and back. */
function acrossTheNetwork(error: Error): { back: Error; wire: string } {
  const wire = JSON.stringify(regenerator.extractPlainError(error, {} as never));
  return { back: regenerator.restore(JSON.parse(wire) as never, {} as never), wire };
}

describe('an error that crosses the network', () => {
  for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[])
    it(`${code} comes back as itself`, () => {
      const { back } = acrossTheNetwork(
        new TroupeError(code, 'because', { data: { fields: ['a'] }, retryAfter: 3 }),
      );
      expect(back).to.be.instanceOf(TroupeError);
      expect(back).to.include({ code, message: 'because', retryAfter: 3, status: ERRORS[code].status });
      expect((back as TroupeError).data).to.deep.equal({ fields: ['a'] });
    });

  it('has no retry time when it had none', () => {
    const { back } = acrossTheNetwork(new TroupeError('not-found', 'gone'));
    expect((back as TroupeError).retryAfter).to.equal(undefined);
    expect((back as TroupeError).data).to.deep.equal({});
  });

  it('leaves its cause and its stack at home', () => {
    const cause = new Error('password=hunter2');
    const { wire } = acrossTheNetwork(new TroupeError('internal', 'sorry', { cause }));
    expect(wire).to.not.include('hunter2').and.not.include('.ts:');
  });

  it('that claims to be ours with a code that is not is not believed', () => {
    const back = regenerator.restore(
      { name: 'TroupeError', message: 'x', code: 'made-up' } as never,
      {} as never,
    );
    expect(back).to.not.be.instanceOf(TroupeError);
  });
});

describe('an error of the framework', () => {
  const action = { action: 'a.b', nodeID: 'n' };
  const cases: readonly (readonly [Error, string])[] = [
    [new Errors.RequestTimeoutError(action), 'timeout'],
    [new Errors.RequestRejectedError(action), 'unavailable'],
    [new Errors.ServiceNotFoundError(action), 'unavailable'],
    [new Errors.ServiceNotAvailableError(action), 'unavailable'],
    [new Errors.QueueIsFullError({ ...action, size: 1, limit: 1 } as never), 'overloaded'],
    [new Error('SELECT secret FROM t'), 'internal'],
  ];
  for (const [error, code] of cases)
    it(`${error.name} is told as ${code}`, () => {
      const told = toTroupeError(error);
      expect(told.code).to.equal(code);
      expect(told.message).to.not.include('secret');
    });

  it('of ours stays as it is', () => {
    const own = new TroupeError('conflict', 'mine');
    expect(toTroupeError(own)).to.equal(own);
  });
});
