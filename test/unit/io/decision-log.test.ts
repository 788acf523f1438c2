// Protects: a decision is told as kept once it is, nobody waits for others to gather, and what nobody waits for is written together.
import { expect } from 'chai';
import type { Database } from '../../../lib/io/database.ts';
import { DecisionLog } from '../../../lib/io/routing/decision-log.ts';
import type { DecisionRow } from '../../../lib/io/sql/routing.ts';

const TENANT_IDS = 3; // after the two names of a statement and its text come the columns, the tenants first

describe('the log of decisions', () => {
  const row = (tenantId: string) => ({ tenantId, basis: {}, decision: {} }) as unknown as DecisionRow;
  let written: string[][];
  let log: DecisionLog;
  beforeEach(() => {
    written = [];
    const statement = async (...given: unknown[]) => {
      written.push((given[TENANT_IDS] as readonly string[][])[0]!.slice());
      return [];
    };
    log = new DecisionLog({ statement } as unknown as Database);
  });
  afterEach(() => log.close());

  it('writes what is waited for at once, one after the other', async () => {
    await log.append(row('a'));
    expect(written).to.deep.equal([['a']]);
    const next = log.append(row('b'));
    // Without a turn of the timers: nothing was gathered for.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(written).to.deep.equal([['a'], ['b']]);
    await next;
  });

  it('writes what nobody waits for together, and with the first that somebody waits for', async () => {
    await log.append(row('a'), true);
    const gathered = [log.append(row('b'), true), log.append(row('c'), true)];
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(written, 'not yet').to.deep.equal([['a']]);
    await log.append(row('d'));
    expect(written).to.deep.equal([['a'], ['b', 'c', 'd']]);
    await Promise.all(gathered);
  });

  it('does not pause when somebody waits already', async () => {
    await Promise.all([log.append(row('a')), log.append(row('b'))]);
    expect(written).to.deep.equal([['a'], ['b']]);
  });

  it('tells each whether it was written, and goes on', async () => {
    const failing = new DecisionLog({
      statement: () => Promise.reject(new Error('no database')),
    } as unknown as Database);
    const results = await Promise.allSettled([failing.append(row('a')), failing.append(row('b'))]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    await failing.close();
  });
});
