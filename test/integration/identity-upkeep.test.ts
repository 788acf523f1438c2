// Protects: secrets sealed by earlier versions go on working; what identity no longer needs is forgotten and nothing else; sign-ins are in the audit log; what is revoked loses its open connections.
import { createCipheriv, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { io } from 'socket.io-client';
import { FieldSealer } from '../../lib/io/field-sealer.ts';
import { openKms } from '../../lib/io/open-kms.ts';
import { resealSecrets } from '../../lib/io/reseal-secrets.ts';
import { forgetSpent } from '../../lib/io/sql/identity-upkeep.ts';
import { secretPlace } from '../../lib/io/sql/sealed-secrets.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { eventually } from '../suites/coordination.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, type SignedUp, signUpAndIn } from '../suites/identity-client.ts';

const PASSWORD = 'a long enough phrase';

/** As versions before the key service sealed. */
function sealedBefore(key: Buffer, purpose: string, plain: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

describe('identity beside its calls', () => {
  let node: TestNode;
  let owner: SignedUp;
  const post = (path: string, body: unknown, key?: string) =>
    ask(node.url, 'POST', path, { body, ...(key ? { key } : {}) });
  before(async () => {
    node = await startEmbeddedNode({ TROUPE_PUBLIC_URL: 'http://troupe.test' });
    owner = await signUpAndIn(node.url, node.dataDir, 'owner@shop.test', PASSWORD);
  });
  after(async () => node?.stop());

  it('rolls forward what a master key sealed, for tenants and for itself, and leaves what it cannot open', async () => {
    const { database, dataDir } = node;
    const config = readConfig({ TROUPE_DATA_DIR: dataDir });
    const sealer = new FieldSealer(database, openKms(config));
    const master = randomBytes(32);
    writeFileSync(join(dataDir, 'master.key'), master.toString('base64'));
    const { tenantId } = owner;
    await database.asOwner(async tx => {
      await tx.query('insert into widget_key (tenant_id, key_id, sealed_secret) values ($1, $2, $3)', [
        tenantId,
        'wgt_old',
        sealedBefore(master, `widget-key/${tenantId}/wgt_old`, 'for customers'),
      ]);
      await tx.query(
        `insert into oidc_provider (tenant_id, issuer, client_id, sealed_secret, default_role)
         values ($1, 'https://issuer.test', 'us', $2, 'viewer')`,
        [tenantId, sealedBefore(randomBytes(32), `oidc/${tenantId}`, 'of another key')],
      );
      await tx.query(
        "insert into signing_key (key_id, public_jwk, sealed_private, created_at) values ('sgn_old', '{}', $1, now() - interval '2 hours')",
        [sealedBefore(master, 'signing-key/sgn_old', '{"kty":"OKP"}')],
      );
    });
    expect(await resealSecrets({ database, sealer, log: silentLog }, config)).to.equal(2);
    expect(await resealSecrets({ database, sealer, log: silentLog }, config), 'again').to.equal(0);
    const [row] = await database.asOwner(tx =>
      tx.query<{ widget: string; signing: string; oidc: string }>(
        `select (select sealed_secret from widget_key where key_id = 'wgt_old') as widget,
           (select sealed_private from signing_key where key_id = 'sgn_old') as signing,
           (select sealed_secret from oidc_provider) as oidc`,
      ),
    );
    expect(await sealer.open(tenantId, secretPlace('widget_key', 'wgt_old'), row!.widget)).to.equal(
      'for customers',
    );
    expect(await sealer.openOwn(secretPlace('signing_key', 'sgn_old'), row!.signing)).to.equal(
      '{"kty":"OKP"}',
    );
    expect(row!.oidc).to.match(/^v1\.[^.]+$/);
    await database.asOwner(async tx => {
      await tx.query("delete from signing_key where key_id = 'sgn_old'");
      await tx.query('delete from oidc_provider');
    });
  });

  it('forgets links, sign-ups and sign-ins that are over, and keeps all others', async () => {
    const { tenantId, userId } = owner;
    await node.database.asOwner(async tx => {
      await tx.query('delete from sign_up');
      await tx.query(`insert into sign_up (link_hash, email, tenant_name, password_hash, expires_at, used_at)
        select sha256(name::bytea), name, name, 'x', now() + expires, now() + used
        from (values ('open', interval '1 hour', null), ('expired', interval '-2 hours', null),
          ('just used', interval '1 hour', interval '-1 minute'), ('used', interval '1 hour', interval '-2 hours')) v (name, expires, used)`);
      await tx.query(
        `insert into password_link (tenant_id, link_hash, user_id, expires_at, used_at)
         select $1, sha256(name::bytea), $2, now() + expires, now() + used
         from (values ('open', interval '1 hour', null), ('expired', interval '-2 days', null),
           ('used', interval '1 hour', interval '-2 days')) v (name, expires, used)`,
        [tenantId, userId],
      );
      await tx.query(
        `insert into sign_in (tenant_id, session_id, user_id, expires_at, revoked_at)
         select $1, name, $2, now() + expires, now() + revoked
         from (values ('ses_expired', interval '-2 days', null), ('ses_just_ended', interval '1 day', interval '-1 hour'),
           ('ses_ended', interval '1 day', interval '-2 days')) v (name, expires, revoked)`,
        [tenantId, userId],
      );
      await tx.query(
        `insert into refresh_token (tenant_id, token_hash, session_id, used_at)
         select $1, sha256((session_id || n)::bytea), session_id, now()
         from sign_in, generate_series(1, 2) n where session_id in ('ses_expired', 'ses_just_ended')`,
        [tenantId],
      );
    });
    expect(await forgetSpent(node.database)).to.deep.equal({
      signUps: 2,
      passwordLinks: 2,
      signIns: 2,
      refreshTokens: 2,
    });
    const [left] = await node.database.asOwner(tx =>
      tx.query<{ signUps: string[]; signIns: number; spent: number }>(
        `select (select array_agg(email order by email) from sign_up) as "signUps",
           (select count(*)::int from sign_in) as "signIns",
           (select count(*)::int from refresh_token where session_id = 'ses_just_ended') as spent`,
      ),
    );
    expect(left).to.deep.equal({ signUps: ['just used', 'open'], signIns: 2, spent: 2 });
  });

  it('writes sign-ins, refused ones and reused refresh tokens into the audit log, without addresses', async () => {
    const signedIn = await post('/api/v1/auth/login', { email: 'owner@shop.test', password: PASSWORD });
    await post('/api/v1/auth/login', { email: 'owner@shop.test', password: 'not that phrase' });
    const { refreshToken } = signedIn.body;
    await post('/api/v1/auth/refresh', { refreshToken });
    expect((await post('/api/v1/auth/refresh', { refreshToken })).status).to.equal(401);
    const wanted = ['identity.signed-in', 'identity.sign-in-failed', 'identity.refresh-token-reused'];
    // Each was written before it was answered: nothing is waited for.
    const { body } = await ask(node.url, 'GET', '/api/v1/control/audit?limit=100', { key: owner.apiKey });
    const actions = (body.entries as { action: string; actor: string }[])
      .filter(({ actor }) => actor === `user:${owner.userId}`)
      .map(({ action }) => action);
    expect(actions).to.include.members(wanted);
    expect(JSON.stringify(body)).to.not.include('owner@shop.test');
  });

  it('lets sockets and streams of a revoked key go, and those of others stay', async () => {
    const made = await post(
      '/api/v1/tenants/keys',
      { name: 'doomed', scopes: ['chat', 'operate'] },
      owner.apiKey,
    );
    const { keyId, apiKey: doomed } = made.body;
    const chat = await post('/api/v1/chat/messages', { message: 'Hello' }, owner.apiKey);
    const { conversationId } = chat.body;
    const connect = (token: string) =>
      io(node.url, { path: '/ws/chat', auth: { token }, transports: ['websocket'], reconnection: false });
    const [gone, staying] = [connect(doomed), connect(owner.apiKey)];
    const events: string[] = [];
    await Promise.all(
      ([gone, staying] as const).map(
        (socket, at) =>
          new Promise<void>((resolve, reject) => {
            socket.once('connect', resolve).once('connect_error', reject);
            socket.once('disconnect', () => events.push(['doomed', 'other'][at]!));
          }),
      ),
    );
    const watch = (key: string) =>
      fetch(`${node.url}/api/v1/chat/conversations/${conversationId}/events`, {
        headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      });
    const stream = await watch(doomed);
    const otherStream = await watch(owner.apiKey);
    const told = stream.text();
    await ask(node.url, 'DELETE', `/api/v1/tenants/keys/${keyId}`, { key: owner.apiKey });
    expect(await told).to.match(/event: error\ndata: .*"code":"unauthenticated"/);
    await eventually('its socket closes', () => events.length > 0);
    expect(events).to.deep.equal(['doomed']);
    expect(staying.connected).to.equal(true);
    const refused = connect(doomed);
    const why = await new Promise<Error & { data?: { code?: string } }>(resolve =>
      refused.once('connect_error', resolve as never),
    );
    expect(why.data?.code).to.equal('unauthenticated');
    for (const socket of [gone, staying, refused]) socket.close();
    await otherStream.body!.cancel();
  });

  it('lets sockets and streams go whose token runs out, says that it is to be renewed, and a renewed one resumes', async () => {
    const { keyId, secret } = (await post('/api/v1/tenants/widget-key', {}, owner.apiKey)).body;
    const token = (seconds: number) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'HS256', kid: keyId, typ: 'widget+jwt' })
        .setSubject('late-customer')
        .setAudience('troupe-widget')
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .sign(Buffer.from(secret));
    const brief = await token(3);
    const chat = await post('/api/v1/chat/messages', { message: 'Hello' }, brief);
    const { conversationId } = chat.body;
    const tokens = [brief, await token(60)];
    const socket = io(node.url, {
      path: '/ws/chat',
      transports: ['websocket'],
      reconnectionDelay: 10,
      auth: give => give({ token: tokens.shift() }),
    });
    const ended = new Promise<{ code: string }>(resolve => socket.once('ended', resolve));
    const stream = await fetch(`${node.url}/api/v1/chat/conversations/${conversationId}/events`, {
      headers: { authorization: `Bearer ${brief}`, accept: 'text/event-stream' },
    });
    expect(await stream.text()).to.match(/event: error\ndata: .*"code":"credentials-expired"/);
    expect((await ended).code).to.equal('credentials-expired');
    await eventually('the client is back with a new one', () => socket.connected && tokens.length === 0);
    expect((await socket.emitWithAck('subscribe', { conversationId })).ok).to.equal(true);
    socket.close();
  });
});
