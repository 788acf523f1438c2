// Protects: whatever a customer writes reaches PostgreSQL's arrays, and comes back, unchanged.
import { expect } from 'chai';
import fc from 'fast-check';
import pg from 'pg';
import { encodeArray } from '../../lib/io/postgres-arrays.ts';
import { provided } from '../../scripts/provision/settings.ts';

/** PostgreSQL's text holds every character but U+0000, and no half of a pair. */
const text = fc.string({ unit: 'binary', maxLength: 40 }).map(s => s.replaceAll('\0', '').toWellFormed());

describe('arrays in the binary format', () => {
  const client = new pg.Client({ connectionString: provided('pg') });
  before(() => client.connect());
  after(() => client.end());

  async function echo(type: string, values: readonly (string | number | boolean | null)[]) {
    const { rows } = await client.query<{ back: (string | boolean | null)[] }>(
      `select coalesce(array_agg(v order by n), '{}')::${type === 'boolean' ? type : 'text'}[] as back
       from unnest($1::${type}[]) with ordinality as t(v, n)`,
      [encodeArray(values)],
    );
    return rows[0]!.back;
  }

  it('carry every list of texts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { maxLength: 30 }), async values => {
        expect(await echo('text', values)).to.deep.equal(values);
      }),
      { numRuns: 150 },
    );
  });

  it('carry every list of whole numbers that JavaScript holds exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.maxSafeInteger()), { minLength: 1 }), async values => {
        if (values.every(value => value === null)) return;
        expect(await echo('bigint', values)).to.deep.equal(
          values.map(value => (value === null ? null : String(value))),
        );
      }),
      { numRuns: 80 },
    );
  });

  it('carry every list of flags', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1 }), async values => {
        expect(await echo('boolean', values)).to.deep.equal(values);
      }),
      { numRuns: 40 },
    );
  });

  it('carry a text of a million characters', async () => {
    const long = 'ệ'.repeat(1_000_000);
    expect(await echo('text', [long, 'end'])).to.deep.equal([long, 'end']);
  });
});
