// Protects: who listens to a conversation hears everything once and in order, whatever its socket does, and nobody else does.
import { expect } from 'chai';
import { createApiKey } from '../../lib/contracts/platform.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { PEOPLE_SCOPE } from '../../services/gateway/realtime/socket-server.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { SocketClient } from '../suites/socket-client.ts';

describe('sockets', () => {
  let node: TestNode;
  let tenant: { tenantId: string; apiKey: string };
  let other: { tenantId: string; apiKey: string };
  const open: SocketClient[] = [];

  before(async () => {
    node = await startEmbeddedNode();
    tenant = await node.makeTenant('sockets');
    other = await node.makeTenant('others');
  });
  after(() => node.stop());
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });

  async function connect(token: string | undefined = tenant.apiKey, options = {}): Promise<SocketClient> {
    const client = new SocketClient(node.url, token, options);
    open.push(client);
    await client.connected();
    return client;
  }
  const isAnswer = ({ event }: { event: string }) => event === 'message';
  async function talk(client: SocketClient, message: string, conversationId?: string) {
    const messageId = `m-${Math.random().toString(36).slice(2)}`;
    return await client.ask<{ conversationId: string; seq: number; duplicate: boolean }>('message', {
      messageId,
      message,
      ...(conversationId ? { conversationId } : {}),
    });
  }

  it('carry a question, and its answer as events in the order of the journal', async () => {
    const client = await connect();
    const { conversationId } = await talk(client, 'Hello');
    const answer = await client.heard(isAnswer);
    expect(answer.conversationId).to.equal(conversationId);
    const ids = client.durable.map(({ id }) => id);
    expect(ids[0]).to.equal('1.0');
    expect(ids).to.deep.equal([...new Set(ids)]);
  });

  it('accept a message once, however often it is sent', async () => {
    const client = await connect();
    const first = await client.ask<{ conversationId: string }>('message', {
      messageId: 'twice',
      message: 'Hello',
      conversationId: 'cnv_twice',
    });
    const again = await client.ask<{ duplicate: boolean }>('message', {
      messageId: 'twice',
      message: 'Hello',
      conversationId: first.conversationId,
    });
    expect(again.duplicate).to.equal(true);
    await client.heard(isAnswer);
    expect(client.durable.filter(({ event }) => event === 'accepted')).to.have.length(1);
  });

  it('resume in the middle of a journal row, without gap or repetition', async () => {
    const first = await connect();
    const { conversationId } = await talk(first, 'Hello');
    await first.heard(isAnswer);
    await talk(first, 'And goodbye', conversationId);
    await first.heard(event => isAnswer(event) && event.data.turn === 2);
    const all = first.durable;
    for (const [at, { id }] of all.entries()) {
      const second = await connect();
      await second.ask('subscribe', { conversationId, after: id });
      const missing = all.slice(at + 1).map(event => event.id);
      if (missing.length > 0) await second.heard(event => event.id === missing.at(-1));
      expect(
        second.durable.map(event => event.id),
        `after ${id}`,
      ).to.deep.equal(missing);
      second.close();
    }
  });

  it('of two listeners hear the same; one that claims to know the future cuts nobody off', async () => {
    const speaker = await connect();
    const { conversationId } = await talk(speaker, 'Hello');
    await speaker.heard(isAnswer);
    const liar = await connect();
    await liar.ask('subscribe', { conversationId, after: '999999999.0' });
    const late = await connect();
    await late.ask('subscribe', { conversationId });
    await talk(speaker, 'Once more', conversationId);
    const second = (event: { event: string; data: Readonly<Record<string, unknown>> }) =>
      isAnswer(event) && event.data.turn === 2;
    await Promise.all([speaker, liar, late].map(client => client.heard(second)));
    expect(late.durable.map(({ id }) => id)).to.deep.equal(speaker.durable.map(({ id }) => id));
  });

  it('tell typing and reading to the others, and who is there', async () => {
    const customer = await connect();
    const { conversationId } = await talk(customer, 'Hello');
    const { apiKey } = await call(node.broker, createApiKey, {
      tenantId: tenant.tenantId,
      name: 'public',
      scopes: ['chat'],
    });
    const second = await connect(apiKey);
    await second.ask('subscribe', { conversationId });
    await second.ask('typing', { conversationId });
    expect((await customer.heard(({ event }) => event === 'typing')).data).to.deep.equal({
      who: 'customer',
      typing: 'begins',
    });
    await customer.ask('read', { conversationId, seq: 1 });
    expect((await second.heard(({ event }) => event === 'read')).data).to.deep.equal({
      who: 'person',
      seq: 1,
    });
    expect(await second.ask('presence', { conversationId })).to.deep.equal({
      customers: 1,
      persons: 1,
      read: { customer: 0, person: 1 },
    });
    // Only colleagues hear who of them it is, and by what they signed in with.
    const { keyId } = await call(node.broker, createApiKey, {
      tenantId: tenant.tenantId,
      name: 'desk',
      scopes: ['chat', 'operate'],
    }).then(async ({ apiKey: desk }) => {
      const colleague = await connect(desk);
      await colleague.ask('subscribe', { conversationId });
      await colleague.ask('typing', { conversationId });
      const heard = (await customer.heard(({ event, data }) => event === 'typing' && data.who === 'person'))
        .data;
      const { id, name } = heard.by as { id: string; name: string };
      expect(id).to.match(/^key_/).and.equal(name);
      return { keyId: id };
    });
    const { people } = (await customer.ask('presence', { conversationId })) as { people: { id: string }[] };
    expect(people).to.have.length(2);
    expect(people.map(({ id }) => id)).to.include(keyId);
    const toCustomer = await second.heard(({ event, data }) => event === 'typing' && data.who === 'person');
    expect(toCustomer.data).to.deep.equal({ who: 'person', typing: 'begins' });
    expect(await customer.ask('read', { conversationId, seq: 0 })).to.deep.equal({ customer: 0, person: 1 });
  });

  it('refuse who has no key, a wrong one, and what is not as it should be', async () => {
    for (const token of [undefined, 'no-such-key', 'x'.repeat(300)]) {
      const client = new SocketClient(node.url, token);
      open.push(client);
      const error = await client.connected().then(
        () => undefined,
        (refused: Error & { data: { code: string } }) => refused,
      );
      expect(error?.data.code).to.equal('unauthenticated');
    }
    const client = await connect();
    const bad: [string, unknown][] = [
      ['subscribe', {}],
      ['subscribe', { conversationId: 'x', surplus: 1 }],
      ['subscribe', { conversationId: 'x', after: 'yesterday' }],
      ['message', { messageId: 'a', message: '' }],
      ['message', { messageId: 'a', message: 'x'.repeat(20_000) }],
      ['read', 'text'],
    ];
    for (const [name, params] of bad) {
      const refused = await client.ask(name, params).catch(error => error);
      expect(refused.code, `${name} ${JSON.stringify(params).slice(0, 60)}`).to.equal('validation-failed');
    }
    expect(
      (await client.ask('subscribe', { conversationId: 'cnv_nobody' }).catch(error => error)).code,
    ).to.equal('not-found');
    expect(
      (await client.ask('typing', { conversationId: 'cnv_nobody' }).catch(error => error)).code,
    ).to.equal('conflict');
  });

  it('refuses pages of other sites that the tenant does not allow, and takes those of its own', async () => {
    const from = async (origin: string) => {
      const client = new SocketClient(node.url, tenant.apiKey, { extraHeaders: { origin } });
      open.push(client);
      return await client.connected().then(
        () => 'taken',
        (refused: Error & { data: { code: string } }) => refused.data.code,
      );
    };
    expect(await from('https://elsewhere.example')).to.equal('origin-refused');
    expect(await from(node.url)).to.equal('taken');
  });

  it('of another tenant hear and change nothing', async () => {
    const client = await connect();
    const { conversationId } = await talk(client, 'A secret');
    await client.heard(isAnswer);
    const stranger = await connect(other.apiKey);
    expect((await stranger.ask('subscribe', { conversationId }).catch(error => error)).code).to.equal(
      'not-found',
    );
    // The same id is a conversation of its own there.
    await talk(stranger, 'Hello', conversationId);
    await stranger.heard(isAnswer);
    await talk(client, 'Another', conversationId);
    await client.heard(event => isAnswer(event) && event.data.turn === 2);
    expect(client.durable.filter(({ event }) => event === 'accepted')).to.have.length(2);
    expect(stranger.durable.filter(({ event }) => event === 'accepted')).to.have.length(1);
  });

  it('hear of changes in the list of conversations when they may act as people', async () => {
    expect(PEOPLE_SCOPE).to.equal('operate');
    const person = await connect();
    const customer = await connect();
    const conversationId = 'cnv_listed';
    const heard = new Promise<void>(resolve =>
      person.socket.on('conversations', (change: { conversationIds: string[] }) => {
        if (change.conversationIds.includes(conversationId)) resolve();
      }),
    );
    await customer.ask('message', { messageId: 'listed', message: 'Hello', conversationId });
    await heard;
  });

  it('work by long polling, and upgrade', async () => {
    const polling = await connect(tenant.apiKey, { transports: ['polling'] });
    await talk(polling, 'Hello');
    await polling.heard(isAnswer);
    const upgrading = await connect(tenant.apiKey, { transports: ['polling', 'websocket'] });
    const { engine } = upgrading.socket.io;
    if (engine.transport.name !== 'websocket')
      await new Promise<void>(resolve => engine.once('upgrade', () => resolve()));
    await talk(upgrading, 'Hello');
    await upgrading.heard(isAnswer);
  });

  it('are let go when the gateway stops, so that they come back', async () => {
    const client = await connect();
    const reason = new Promise(resolve => client.socket.once('disconnect', resolve));
    await node.broker.destroyService(node.broker.getLocalService('gateway'));
    // What makes socket.io's client connect again; an 'io server disconnect' would not.
    expect(await reason).to.equal('transport close');
  });
});
