// Protects: colleagues find, assign and prepare what they answer without treading on each other, and the customer hears nothing of it.
import { expect } from 'chai';
import { until } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, signUpAndIn } from '../suites/identity-client.ts';

describe('the desk', function () {
  this.timeout(30_000);
  let node: TestNode;
  let key: string;
  let id: string;
  before(async () => {
    node = await startEmbeddedNode();
    ({ apiKey: key } = await node.makeTenant('desk'));
    id = (await call('POST', '/chat/messages', { message: 'Khi nào hoàn tiền cho đơn KM-10234?' })).body
      .conversationId;
  });
  after(() => node?.stop());

  const call = (method: string, path: string, body?: unknown, headers = {}) =>
    ask(node.url, method, `/api/v1${path}`, { key, headers, ...(body === undefined ? {} : { body }) });
  const verb = (name: string, body: object) => call('POST', `/chat/conversations/${id}/${name}`, body);
  const listed = async (query: string) =>
    (await call('GET', `/chat/conversations?${query}`)).body.conversations as { id: string }[];
  const found = (query: string) =>
    until(
      () => listed(query),
      rows => rows.some(row => row.id === id),
    );

  it('finds what was said by its words, their beginnings, without accents, and what colleagues noted', async () => {
    await verb('notes', { text: 'Promised a call on Monday', by: 'Mai', noteId: 'n1' });
    await verb('notes', { text: 'Promised a call on Monday', by: 'Mai', noteId: 'n1' });
    for (const query of ['hoan tien', 'HOÀN', 'km-10234', '10234', 'promis monday'])
      await found(`query=${encodeURIComponent(query)}`);
    expect(await listed('query=teapot')).to.deep.equal([]);
    expect(await listed(`query=${encodeURIComponent('hoan teapot')}`)).to.deep.equal([]);
  });

  it('says nothing of notes and whispers to the customer, and tells the agent what is whispered', async () => {
    await verb('whisper', { text: 'Offer free shipping', by: 'Mai' });
    const { messages } = (await call('GET', `/chat/conversations/${id}`)).body;
    expect(JSON.stringify(messages)).to.not.match(/Monday|free shipping/);
    const { state } = (await call('GET', `/chat/conversations/${id}/state`)).body;
    expect(state.context.at(-1)).to.deep.equal({ role: 'whisper', text: 'Offer free shipping' });
    const { rows } = (await call('GET', `/chat/conversations/${id}/history`)).body;
    const notes = rows.flatMap((row: { events: { type: string }[] }) =>
      row.events.filter(({ type }) => type === 'Noted'),
    );
    expect(notes).to.have.length(1);
  });

  it('assigns once of two at the same time, and hands over what a person already has', async () => {
    const [one, two] = await Promise.all(
      ['Mai', 'Bo'].map(to => verb('assign', { to, expected: null, by: to })),
    );
    expect([one!.status, two!.status].sort()).to.deep.equal([200, 409]);
    const first = one!.status === 200 ? 'Mai' : 'Bo';
    await found(`assignee=${first}`);
    expect(await listed('assignee=')).to.deep.equal([]);
    await verb('takeover', { by: 'Mai' });
    expect((await verb('assign', { to: null, by: 'Mai' })).body.code).to.equal('conflict');
    expect((await verb('assign', { to: 'Bo', expected: 'Mai', by: 'Mai' })).status).to.equal(200);
    expect((await verb('reply', { text: 'x', by: 'Mai' })).body.code).to.equal('conflict');
    const replied = await verb('reply', { text: 'Shall I?\n[[Yes]]\n[[No]]', by: 'Bo' });
    expect(replied.status).to.equal(200);
    const { messages } = (await call('GET', `/chat/conversations/${id}`)).body;
    expect(messages.at(-1)).to.deep.include({ text: 'Shall I?', quickReplies: ['Yes', 'No'] });
  });

  it('tells since when a customer has had no answer, from the first message that has none', async () => {
    const row = async () =>
      (await listed('')).find(each => each.id === id) as never as { unansweredSince: string | null };
    await until(row, ({ unansweredSince }) => unansweredSince === null);
    await call('POST', '/chat/messages', { conversationId: id, message: 'Hello?' });
    const { unansweredSince } = await until(row, each => each.unansweredSince !== null);
    await call('POST', '/chat/messages', { conversationId: id, message: 'Anybody?' });
    const rebuilt = await call('POST', '/operations/consumers/conversations/rebuild', {});
    expect(rebuilt.status, JSON.stringify(rebuilt.body)).to.equal(200);
    expect((await row()).unansweredSince).to.equal(unansweredSince);
    await verb('reply', { text: 'Here.', by: 'Bo' });
    await until(row, each => each.unansweredSince === null);
  });

  it('keeps replies to hand: one change wins, a shortcut belongs to one', async () => {
    const put = (replyId: string, shortcut: string, ifVersion?: number) =>
      call('PUT', `/desk/replies/${replyId}`, {
        shortcut,
        text: 'Hello!',
        ...(ifVersion === undefined ? {} : { ifVersion }),
      });
    expect((await put('hello', 'hello', 0)).body).to.deep.equal({ replyId: 'hello', version: 1 });
    expect((await put('hello', 'hi', 0)).body.code).to.equal('conflict');
    expect((await put('hello', 'hi', 1)).body.version).to.equal(2);
    expect((await put('other', 'hi')).body.code).to.equal('conflict');
    const { replies } = (await call('GET', '/desk/replies')).body;
    expect(replies).to.have.length(1);
    expect((await call('DELETE', '/desk/replies/hello')).body).to.deep.equal({ deleted: true });
    expect((await call('DELETE', '/desk/replies/hello')).status).to.equal(404);
  });

  it('keeps its times of answer, and refuses a change of what somebody else has changed', async () => {
    const before = await call('GET', '/desk/policy');
    expect(before.body).to.deep.equal({ firstReplyMinutes: 10, nextReplyMinutes: 5 });
    const policy = { firstReplyMinutes: 3, nextReplyMinutes: 2 };
    const tag = { 'if-match': before.headers.get('etag')! };
    expect((await call('PUT', '/desk/policy', policy, tag)).body).to.deep.equal(policy);
    expect((await call('PUT', '/desk/policy', { ...policy, nextReplyMinutes: 9 }, tag)).status).to.equal(412);
  });

  it('believes of who does it what they signed in with, not what they say', async () => {
    const person = await signUpAndIn(
      node.url,
      node.dataDir,
      'mai@shop.example',
      'correct horse battery staple',
    );
    const as = (method: string, path: string, body?: unknown) =>
      ask(node.url, method, `/api/v1${path}`, { key: person.accessToken, ...(body ? { body } : {}) });
    const own = (await as('POST', '/chat/messages', { message: 'Hello' })).body.conversationId;
    const spoken = { by: 'The boss' };
    expect((await as('POST', `/chat/conversations/${own}/takeover`, spoken)).status).to.equal(200);
    await as('POST', `/chat/conversations/${own}/whisper`, { text: 'Be kind', ...spoken });
    await as('POST', `/chat/conversations/${own}/reply`, { text: 'Good day', ...spoken });
    const { rows } = (await as('GET', `/chat/conversations/${own}/history`)).body;
    const by = rows.flatMap((row: { events: { type: string; by?: string }[] }) =>
      row.events.filter(each => each.by !== undefined).map(each => `${each.type} ${each.by}`),
    );
    expect(by).to.deep.equal([
      'TakenOver mai@shop.example',
      'Whispered mai@shop.example',
      'PersonReplied mai@shop.example',
    ]);
  });
});
