// Protects: every error has a stable code with a status that fits it, and ids sort by the time at which they were made.
import { expect } from 'chai';
import { fullJitter, seededRandom } from '../../../lib/kernel/clock.ts';
import { ERRORS, hasCode, invariant, isErrorCode, TroupeError } from '../../../lib/kernel/errors.ts';
import { ID_PREFIXES, type IdKind, newId } from '../../../lib/kernel/ids.ts';
import { describeError } from '../../../lib/kernel/log.ts';

describe('the table of errors', () => {
  for (const [code, { status, retryable, title }] of Object.entries(ERRORS))
    it(`${code} is in its form`, () => {
      expect(code).to.match(/^[a-z]+(-[a-z]+)*$/);
      expect(status).to.be.within(400, 599);
      expect(title).to.match(/^[A-Z].*[^.]$/);
      if ([401, 403, 404, 413, 422].includes(status)) expect(retryable).to.equal(false);
      if ([429, 503, 504].includes(status)) expect(retryable).to.equal(true);
    });

  it('is asked by own codes only', () => {
    expect(isErrorCode('not-found')).to.equal(true);
    expect(isErrorCode('toString')).to.equal(false);
    expect(isErrorCode(404)).to.equal(false);
  });
});

describe('an error', () => {
  it('has the status of its code, its facts, its cause', () => {
    const cause = new Error('below');
    const error = new TroupeError('mailbox-full', 'too many', {
      data: { waiting: 50 },
      cause,
      retryAfter: 2,
    });
    expect(error).to.include({ status: 429, retryable: true, retryAfter: 2, cause, message: 'too many' });
    expect(error.data).to.deep.equal({ waiting: 50 });
  });

  it('is known by its code also without its class', () => {
    expect(hasCode({ code: 'not-found' }, 'not-found')).to.equal(true);
    expect(hasCode(new Error('not-found'), 'not-found')).to.equal(false);
    expect(hasCode(null, 'not-found')).to.equal(false);
  });

  it('in a log line is told without its message', () => {
    const told = JSON.stringify(
      describeError(new TroupeError('internal', 'card 4111', { data: { pin: '1234' } })),
    );
    expect(told).to.include('internal').and.not.include('4111').and.not.include('1234');
  });

  it('of a broken invariant says which', () => {
    expect(() => invariant(false, 'two is even')).to.throw('broken invariant: two is even');
  });
});

describe('ids', () => {
  it('carry their kind, and no two kinds share a prefix', () => {
    const prefixes = Object.values(ID_PREFIXES);
    expect(new Set(prefixes).size).to.equal(prefixes.length);
    for (const kind of Object.keys(ID_PREFIXES) as IdKind[])
      expect(newId(kind)).to.match(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-z]{26}$`));
  });

  it('are never the same, and sort by the time at which they were made', () => {
    const ids = Array.from({ length: 5_000 }, () => newId('message'));
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.toSorted()).to.deep.equal(ids);
  });
});

describe('pauses', () => {
  it('grow with the attempts, up to their cap, and are spread over all of it', () => {
    const random = seededRandom(7);
    for (let attempt = 0; attempt < 12; attempt++) {
      const pauses = Array.from({ length: 200 }, () => fullJitter(attempt, 50, 1_000, random));
      const top = Math.min(1_000, 50 * 2 ** attempt);
      expect(Math.max(...pauses)).to.be.within(top * 0.9, top);
      expect(Math.min(...pauses)).to.be.within(0, top * 0.1);
    }
  });
});
