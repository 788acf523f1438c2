// Protects: a flag that is flipped and a data key that is rotated under load reach every node within a second and fail no request; secrets are never told; OFREP answers as its specification says.
import { OpenFeature } from '@openfeature/server-sdk';
import { expect } from 'chai';
import {
  configHistory,
  listConfigs,
  putConfig,
  putFlag,
  readConfigValue,
} from '../../lib/contracts/control.contracts.ts';
import { placeOf } from '../../lib/io/control-plane.ts';
import { FieldSealer } from '../../lib/io/field-sealer.ts';
import { localKms, newDataKey } from '../../lib/io/kms.ts';
import { MemoryCoordination } from '../../lib/io/memory-coordination.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { type Control, openControl } from '../../lib/io/open-feature.ts';
import { openRedis } from '../../lib/io/redis.ts';
import { RedisCoordination } from '../../lib/io/redis-coordination.ts';
import * as sql from '../../lib/io/sql/control.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { makeTenant, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { refusal } from '../suites/rejection.ts';

const NODES = 3;
const ON = {
  enabled: true,
  variants: { on: true, off: false },
  defaultVariant: 'off',
  variant: 'on',
} as const;

for (const told of [true, false]) {
  describe(`three nodes under load, ${told ? 'told by Redis' : 'with no news at all'}`, () => {
    let db: TestDatabase;
    let tenantId: string;
    const nodes: (Control & { sealer: FieldSealer; end: () => Promise<void> })[] = [];

    before(async () => {
      db = await postgresAsPlainUser();
      await migrate(db.database);
      tenantId = await makeTenant(db.database, 'flags');
      const kms = localKms(new Map([['k', newDataKey()]]));
      const prefix = `${newId('node')}:`;
      for (let i = 0; i < NODES; i++) {
        const redis = told ? openRedis(redisConfig(), silentLog)! : undefined;
        const coordination = redis
          ? new RedisCoordination(redis, prefix, systemClock, silentLog)
          : new MemoryCoordination(systemClock);
        if (coordination instanceof RedisCoordination) await coordination.connected();
        const sealer = new FieldSealer(db.database, kms);
        const control = await openControl(
          { database: db.database, sealer, clock: systemClock, coordination },
          newId('node'),
        );
        nodes.push({
          ...control,
          sealer,
          async end() {
            await control.close();
            await coordination.close();
            redis?.disconnect();
          },
        });
      }
    });
    after(async () => {
      await Promise.all(nodes.map(node => node.end()));
      await OpenFeature.clearProviders();
      await db.close();
    });

    /** Asks every node all the time while something is changed; tells how long the slowest took to obey. */
    async function underLoad(ask: (node: Control) => Promise<boolean>, change: () => Promise<unknown>) {
      let asked = 0;
      let changedAt: number | undefined;
      const obeyed = await Promise.all([
        ...nodes.map(async node => {
          for (;;) {
            asked++;
            if (await ask(node)) return systemClock.monotonic();
            await new Promise(setImmediate);
          }
        }),
        change().then(() => {
          changedAt = systemClock.monotonic();
          return changedAt;
        }),
      ]);
      return { asked, slowestMs: Math.max(...obeyed) - changedAt! };
    }

    it('all obey a flag within a second of its change, and no request fails', async function () {
      const flip = (flag: typeof ON | (Omit<typeof ON, 'variant'> & { variant: 'off' }), version: number) =>
        nodes[0]!.plane.change(tenantId, tx =>
          sql.insertFlag(tx, { tenantId, key: 'f', version, definition: flag, by: 'key:a' }),
        );
      await flip({ ...ON, variant: 'off' }, 1);
      const ask = (node: Control) => node.features.getBooleanValue('f', false, { tenantId });
      for (const node of nodes) expect(await ask(node)).to.equal(false);
      const { asked, slowestMs } = await underLoad(ask, () => flip(ON, 2));
      expect(asked).to.be.greaterThan(NODES);
      this.test!.title += `: ${Math.round(slowestMs)} ms, ${asked} asked, 0 failed`;
      expect(slowestMs).to.be.lessThan(1_000);
    });

    it('all open a secret at any time while the data key is rotated, and seal by the new key within a second', async function () {
      const row = { environment: 'production', key: 'token', version: 1 };
      const value = await nodes[0]!.sealer.seal(tenantId, placeOf(row), '"s3cret"');
      await nodes[0]!.plane.change(tenantId, tx =>
        sql.insertConfig(tx, { ...row, tenantId, value, secret: true, by: 'key:a' }),
      );
      await underLoad(
        async node => (await node.plane.config(tenantId, 'production', 'token')) !== undefined,
        async () => {},
      );
      let newKey: string | undefined;
      const { asked, slowestMs } = await underLoad(
        async node => {
          const found = await node.plane.config(tenantId, 'production', 'token');
          expect(found).to.deep.equal({ value: 's3cret' });
          const kept = (await node.plane.snapshot(tenantId)).configs.get('production\ntoken')!.value!;
          return newKey !== undefined && kept.includes(newKey);
        },
        async () => {
          const rotated = await nodes[0]!.plane.rotateKey(tenantId);
          expect(rotated.resealed).to.equal(1);
          newKey = rotated.keyId;
        },
      );
      this.test!.title += `: ${Math.round(slowestMs)} ms, ${asked} asked, 0 failed`;
      expect(slowestMs).to.be.lessThan(1_000);
    });
  });
}

const redisConfig = () =>
  readConfig({
    TROUPE_MODE: 'cluster',
    TROUPE_DATABASE_URL: 'postgres://x/x',
    TROUPE_NATS_URL: 'nats://x',
    TROUPE_REDIS_URL: provided('redis'),
  });

describe('the control plane of a platform', () => {
  let node: TestNode;
  let tenant: { tenantId: string; apiKey: string };
  const meta = () => ({ meta: { tenantId: tenant.tenantId, keyId: 'key_x', scopes: ['operate'] } });
  before(async () => {
    node = await startEmbeddedNode();
    tenant = await node.makeTenant('Controlled');
  });
  after(() => node.stop());

  const ofrep = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${node.url}/ofrep/v1/evaluate/flags${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it('answers OFREP: one flag, all of them with an ETag, and its errors', async () => {
    await call(node.broker, putFlag, { key: 'greeting', ...ON }, meta());
    await call(
      node.broker,
      putFlag,
      { ...ON, key: 'half', variant: undefined, rollout: [{ variant: 'on', percent: 100 }] } as never,
      meta(),
    );
    const one = await ofrep('/greeting', { context: { targetingKey: 'c1' } });
    expect(await one.json()).to.deep.equal({ key: 'greeting', value: true, variant: 'on', reason: 'STATIC' });
    const missing = await ofrep('/nothing', { context: {} });
    expect([missing.status, await missing.json()]).to.deep.equal([
      404,
      { key: 'nothing', errorCode: 'FLAG_NOT_FOUND' },
    ]);
    const keyless = await ofrep('/half', { context: {} });
    expect([keyless.status, await keyless.json()]).to.deep.equal([
      400,
      { key: 'half', errorCode: 'TARGETING_KEY_MISSING' },
    ]);
    expect((await ofrep('/half', {})).status).to.equal(400);
    const all = await ofrep('', { context: { targetingKey: 'c1' } });
    expect(((await all.json()) as { flags: unknown[] }).flags).to.have.length(2);
    const again = await ofrep(
      '',
      { context: { targetingKey: 'c1' } },
      { 'if-none-match': all.headers.get('etag')! },
    );
    expect(again.status).to.equal(304);
  });

  it('never tells a secret, keeps it sealed, and opens it for the platform; history says who', async () => {
    const place = { environment: 'production', key: 'crm-token' };
    await call(node.broker, putConfig, { ...place, value: 'tok-123', secret: true }, meta());
    await call(node.broker, putConfig, { ...place, value: 'tok-456', secret: true, ifVersion: 1 }, meta());
    await refusal(call(node.broker, putConfig, { ...place, value: 'x', ifVersion: 1 }, meta()), 'conflict');
    const listed = await call(node.broker, listConfigs, { environment: 'production' }, meta());
    const { versions } = await call(node.broker, configHistory, place, meta());
    expect(JSON.stringify([listed, versions])).to.not.include('tok-');
    expect(versions.map(({ version, changedBy }) => [version, changedBy])).to.deep.equal([
      [2, 'key:key_x'],
      [1, 'key:key_x'],
    ]);
    const stored = await node.database.withTenant(tenant.tenantId, tx =>
      tx.query('select * from config_value, audit_entry'),
    );
    expect(JSON.stringify(stored)).to.not.include('tok-');
    expect(await call(node.broker, readConfigValue, place, meta())).to.deep.equal({
      found: true,
      value: 'tok-456',
    });
    await call(node.broker, putConfig, { environment: 'default', key: 'colour', value: 'blue' }, meta());
    const fallback = await call(
      node.broker,
      readConfigValue,
      { environment: 'staging', key: 'colour' },
      meta(),
    );
    expect(fallback.value).to.equal('blue');
  });
});
