// Protects: what is sealed is read only where it was sealed for, with the tenant's own keys, through every rotation, and never again once they are gone.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { FieldSealer } from '../../lib/io/field-sealer.ts';
import { decrypt, encrypt, type Kms, localKms, parseKeys, vaultKms } from '../../lib/io/kms.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';
import { refusal } from '../suites/rejection.ts';

const PLACE = { table: 'channel_account', column: 'credentials', row: 'cha_1' };
const keysOf = (...names: string[]) => new Map(names.map(name => [name, randomBytes(32)]));

for (const [name, open] of [
  ['PGlite', pgliteInMemory],
  ['PostgreSQL', postgresAsPlainUser],
] as const) {
  describe(`sealed fields on ${name}`, () => {
    let db: TestDatabase;
    const keys = keysOf('first');
    const tenant = newId('tenant');
    const other = newId('tenant');
    before(async () => {
      db = await open();
      await migrate(db.database);
    });
    after(() => db.close());
    const sealer = (kms: Kms = localKms(keys)) => new FieldSealer(db.database, kms);

    it('open to what was sealed, also on another node, and hold nothing of it', async () => {
      const sealed = await sealer().seal(tenant, PLACE, 'a token, ă');
      expect(sealed).to.not.include('token');
      expect(await sealer().open(tenant, PLACE, sealed)).to.equal('a token, ă');
      expect(await sealer().seal(tenant, PLACE, 'a token, ă')).to.not.equal(sealed);
    });

    it('do not open elsewhere: in another row, column, table or tenant, or altered', async () => {
      const sealed = await sealer().seal(tenant, PLACE, 'secret');
      const elsewhere = [
        [tenant, { ...PLACE, row: 'cha_2' }, sealed],
        [tenant, { ...PLACE, column: 'name' }, sealed],
        [tenant, { ...PLACE, table: 'users' }, sealed],
        [other, PLACE, sealed],
        [tenant, PLACE, `${sealed.slice(0, -2)}AA`],
        [tenant, PLACE, 'v1.dek_x'],
        [tenant, PLACE, ''],
      ] as const;
      for (const [who, place, text] of elsewhere)
        await refusal(sealer().open(who, place, text), 'sealed-unreadable');
    });

    it('stay readable through rotations of the data key', async () => {
      const one = sealer();
      const old = await one.seal(tenant, PLACE, 'old');
      await one.rotate(tenant);
      const fresh = await one.seal(tenant, PLACE, 'new');
      expect(fresh.split('.')[1]).to.not.equal(old.split('.')[1]);
      expect(await one.isOutdated(tenant, old)).to.equal(true);
      expect(await one.isOutdated(tenant, fresh)).to.equal(false);
      expect(await sealer().open(tenant, PLACE, old)).to.equal('old');
    });

    it('stay readable while the key-encryption key is rotated, which rewrites no field', async () => {
      const sealed = await sealer().seal(tenant, PLACE, 'kept');
      const rotated = new Map([...keysOf('second'), ...keys]);
      const during = sealer(localKms(rotated));
      expect(await during.open(tenant, PLACE, sealed)).to.equal('kept');
      expect(await during.rewrap()).to.be.greaterThan(0);
      expect(await during.rewrap()).to.equal(0);
      const after = sealer(localKms(new Map([['second', rotated.get('second')!]])));
      expect(await after.open(tenant, PLACE, sealed)).to.equal('kept');
      await new FieldSealer(db.database, localKms(new Map([...keys, ...rotated]))).rewrap();
    });

    it('are gone for ever once the tenant’s keys are', async () => {
      const doomed = newId('tenant');
      const one = sealer();
      const sealed = await one.seal(doomed, PLACE, 'personal');
      await one.shred(doomed);
      await refusal(one.open(doomed, PLACE, sealed), 'sealed-unreadable');
      await refusal(sealer().open(doomed, PLACE, sealed), 'sealed-unreadable');
      expect(await sealer().open(doomed, PLACE, await sealer().seal(doomed, PLACE, 'anew'))).to.equal('anew');
    });
  });
}

describe('a key service', () => {
  it('takes keys as they are configured, and says what is wrong with others', () => {
    expect([
      ...parseKeys(`a:${randomBytes(32).toString('base64')},b:${randomBytes(32).toString('base64')}`).keys(),
    ]).to.deep.equal(['a', 'b']);
    for (const bad of ['', 'a', 'a:short', `:${randomBytes(32).toString('base64')}`])
      expect(() => parseKeys(bad), bad).to.throw('TROUPE_KMS_KEYS');
  });

  it('decrypts the published AES-256-GCM vector (SP 800-38D validation, 256-bit key)', () => {
    // NIST CAVP gcmEncryptExtIV256, Keylen 256, IVlen 96, PTlen 128, AADlen 0, Taglen 128, count 0.
    const key = Buffer.from('31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22', 'hex');
    const sealed = Buffer.from(
      '0d18e06c7c725ac9e362e1ce' + 'fa4362189661d163fcd6a56d8bf0405a' + 'd636ac1bbedd5cc3ee727dc2ab4a9489',
      'hex',
    ).toString('base64url');
    expect(decrypt(key, sealed, '').toString('hex')).to.equal('2db5168e932556f8089a0622981d017d');
  });

  it('refuses every altered byte', () => {
    const key = randomBytes(32);
    const bytes = Buffer.from(encrypt(key, Buffer.from('value'), 'here'), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at]! ^= 1;
      expect(() => decrypt(key, altered.toString('base64url'), 'here')).to.throw('cannot be opened');
    }
    expect(() => decrypt(key, bytes.toString('base64url'), 'there')).to.throw('cannot be opened');
  });

  it('may be Vault’s transit engine', async () => {
    // A stand-in that speaks the transit engine's protocol over a key of its own.
    const key = randomBytes(32);
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const part of request) text += part;
      const body = JSON.parse(text) as { plaintext?: string; ciphertext?: string; associated_data: string };
      const answer = (status: number, data: object) =>
        response.writeHead(status).end(JSON.stringify({ data }));
      if (request.headers['x-vault-token'] !== 'root') return void answer(403, {});
      if (request.url === '/v1/transit/encrypt/troupe')
        return void answer(200, {
          ciphertext: `vault:v1:${encrypt(key, Buffer.from(body.plaintext!, 'base64'), body.associated_data)}`,
        });
      try {
        const plain = decrypt(key, body.ciphertext!.slice('vault:v1:'.length), body.associated_data);
        answer(200, { plaintext: plain.toString('base64') });
      } catch {
        answer(400, {});
      }
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kms = vaultKms({ url, token: 'root', key: 'troupe' });
    const wrapped = await kms.wrap(Buffer.from('data key'), 'here');
    expect((await kms.unwrap(wrapped, 'here')).toString()).to.equal('data key');
    await refusal(kms.unwrap(wrapped, 'there'), 'sealed-unreadable');
    await refusal(vaultKms({ url, token: 'wrong', key: 'troupe' }).wrap(Buffer.from('x'), ''), 'unavailable');
    await new Promise(resolve => server.close(resolve));
    await refusal(kms.wrap(Buffer.from('x'), ''), 'unavailable');
  });
});
