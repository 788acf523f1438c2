// Protects: quick messages are answered as the policy says, operators see and steer what a conversation is, and a broken or full one harms no other.
import { expect } from 'chai';
import type { ConversationState } from '../../actors/conversation/state.ts';
import type { Interruption } from '../../lib/contracts/chat.ts';
import * as contracts from '../../lib/contracts/conversation.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { Client, type Conversation } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';

const WINDOW_MS = 150;

describe('a conversation on a running node', function () {
  this.timeout(30_000);
  let node: TestNode;
  let model: OpenAiServer;
  let client: Client;
  let meta: { tenantId: string };
  let conversations = 0;
  const newConversation = () => `cnv_test${++conversations}`;
  before(async () => {
    // Each answer waits until it is released, and names what it answers.
    model = await startOpenAiServer({
      script: request => ({ kind: 'text', pace: 'manual', text: `on: ${asked(request.body).at(-1)}` }),
    });
    node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
    const { tenantId, apiKey } = await node.makeTenant('talks', {
      model: { provider: 'openai', baseUrl: model.url, model: 'fake' },
    });
    meta = { tenantId };
    client = new Client(node.url, apiKey);
  });
  after(async () => {
    await node?.stop();
    await model?.close();
  });

  beforeEach(() => model.hold());

  /** What customers said, as a request shows it to the model. */
  function asked(body: Record<string, unknown>): string[] {
    const messages = body.messages as readonly { role: string; content: string }[];
    return messages.filter(message => message.role === 'user').map(message => message.content);
  }
  const send = (
    conversationId: string,
    text: string,
    more: { interruption?: Interruption; wait?: 'answer' | 'accepted' } = {},
  ) =>
    call(
      node.broker,
      contracts.sendMessage,
      { conversationId, messageId: `${conversationId}-${text.replaceAll(/\W/g, '')}`, text, ...more },
      { meta },
    );
  const ask = async (conversationId: string, text: string) => {
    model.release(1_000);
    return await send(conversationId, text);
  };
  const stateOf = async (conversationId: string) =>
    (await call(node.broker, contracts.inspectConversation, { conversationId }, { meta }))
      .state as ConversationState;
  const path = (conversationId: string, verb: string) => `/chat/conversations/${conversationId}/${verb}`;
  const get = async <T>(where: string) => (await (await client.request('GET', where)).json()) as T;

  describe('three quick messages', () => {
    const TEXTS = ['hello', 'my kettle', 'is broken'];

    /** Sends all three before anything is answered; gives each turn as the messages that it answered. */
    async function turnsUnder(interruption: Interruption): Promise<string[]> {
      const conversationId = newConversation();
      model.hold();
      const first = model.requests.length;
      for (const text of TEXTS) {
        await send(conversationId, text, { interruption, wait: 'accepted' });
        // Without a window the model has been asked before the next message comes.
        if (interruption.mergeWindowMs === 0) await model.request(first);
      }
      model.release(1_000);
      const answers = await Promise.all(TEXTS.map(text => send(conversationId, text, { interruption })));
      const turns = new Map<number, string[]>();
      for (const [i, { turn }] of answers.entries()) turns.set(turn, [...(turns.get(turn) ?? []), TEXTS[i]!]);
      const { messages } = await get<Conversation>(`/chat/conversations/${conversationId}`);
      expect(messages.filter(({ role }) => role === 'user').map(({ text }) => text)).to.deep.equal(TEXTS);
      return [...turns].sort(([a], [b]) => a - b).map(([, texts]) => texts.join(' + '));
    }

    it('are answered one by one under queue, with a window or without', async () => {
      for (const mergeWindowMs of [0, WINDOW_MS])
        expect(await turnsUnder({ policy: 'queue', mergeWindowMs })).to.deep.equal(TEXTS);
    });

    it('are answered as first and rest under merge, and together with a window', async () => {
      expect(await turnsUnder({ policy: 'merge', mergeWindowMs: 0 })).to.deep.equal([
        'hello',
        'my kettle + is broken',
      ]);
      expect(await turnsUnder({ policy: 'merge', mergeWindowMs: WINDOW_MS })).to.deep.equal([
        'hello + my kettle + is broken',
      ]);
    });

    it('are answered together under interrupt, and the model’s calls in between are broken off', async () => {
      const first = model.requests.length;
      expect(await turnsUnder({ policy: 'interrupt', mergeWindowMs: 0 })).to.deep.equal([
        'hello + my kettle + is broken',
      ]);
      await model.requests[first]!.ended;
      expect(model.requests[first]!.aborted).to.equal(true);
      expect(await turnsUnder({ policy: 'interrupt', mergeWindowMs: WINDOW_MS })).to.deep.equal([
        'hello + my kettle + is broken',
      ]);
    });
  });

  it('takes a forwarded message and its comment for one, and waits while the customer types', async () => {
    const conversationId = newConversation();
    const interruption: Interruption = { policy: 'merge', mergeWindowMs: 5_000 };
    const first = model.requests.length;
    const forwarded = await send(conversationId, 'Fwd: your parcel is late', {
      interruption,
      wait: 'accepted',
    });
    expect(forwarded.status).to.equal('accepted');
    const before = (await stateOf(conversationId)).window!;
    await client.request('POST', path(conversationId, 'typing'));
    const typing = (await stateOf(conversationId)).window!;
    expect(typing.until).to.be.greaterThan(before.until);
    expect(typing.latest, 'the bound stays').to.equal(before.latest);
    model.release(1_000);
    // The comment shortens nothing and asks for no window of its own: the answer comes with what was forwarded.
    await send(conversationId, 'Can you look?', {
      interruption: { policy: 'merge', mergeWindowMs: 1 },
      wait: 'accepted',
    });
    const { turn } = await send(conversationId, 'Can you look?');
    expect(turn).to.equal(1);
    expect(asked(model.requests[first]!.body)).to.deep.equal(['Fwd: your parcel is late', 'Can you look?']);
    expect(model.requests).to.have.length(first + 1);
  });

  it('is forked at turn 5 and answered differently, the original untouched', async () => {
    const conversationId = newConversation();
    for (let turn = 1; turn <= 7; turn++) await ask(conversationId, `question ${turn}`);
    const original = await get<Conversation>(`/chat/conversations/${conversationId}`);
    const response = await client.request('POST', path(conversationId, 'fork'), { turn: 5 });
    expect(response.status).to.equal(201);
    const fork = (await response.json()) as { id: string; turn: number };
    expect(fork.turn).to.equal(5);
    const answer = await ask(fork.id, 'another way');
    expect(answer).to.deep.include({ turn: 6, status: 'answered' });
    expect(answer.message!.text).to.equal('on: another way');
    expect(asked(model.requests.at(-1)!.body)).to.deep.equal([
      ...[1, 2, 3, 4, 5].map(n => `question ${n}`),
      'another way',
    ]);
    expect(await get<Conversation>(`/chat/conversations/${conversationId}`)).to.deep.equal(original);
  });

  it('keeps in a fork the answer that stands in one row with the next turn’s begin', async () => {
    const conversationId = newConversation();
    for (const text of ['one', 'two']) await send(conversationId, text, { wait: 'accepted' });
    await ask(conversationId, 'two');
    const fork = await call(node.broker, contracts.forkConversation, { conversationId, turn: 1 }, { meta });
    const { context, turns } = await stateOf(fork.id);
    expect(turns).to.equal(1);
    expect(context.map(item => 'text' in item && item.text)).to.deep.equal(['one', 'on: one']);
  });

  it('is silent while a person has it, and answers again when it is handed back', async () => {
    const conversationId = newConversation();
    await ask(conversationId, 'first');
    const before = model.requests.length;
    await client.request('POST', path(conversationId, 'takeover'));
    expect(await send(conversationId, 'is anyone there?')).to.include({
      status: 'with-person',
      message: null,
    });
    await client.request('POST', path(conversationId, 'reply'), { text: 'I am.' });
    expect(model.requests, 'the agent was not asked').to.have.length(before);
    await client.request('POST', path(conversationId, 'handback'));
    await ask(conversationId, 'thanks');
    const { messages } = await get<Conversation>(`/chat/conversations/${conversationId}`);
    expect(messages.map(({ role, text }) => `${role}: ${text}`)).to.deep.equal([
      'user: first',
      'assistant: on: first',
      'user: is anyone there?',
      'person: I am.',
      'user: thanks',
      'assistant: on: thanks',
    ]);
  });

  it('shows operators its state, its journal and what it was, and leaves memory when told', async () => {
    const conversationId = newConversation();
    await ask(conversationId, 'one');
    await ask(conversationId, 'two');
    const now = await get<{ seq: number; mailbox: number; state: ConversationState }>(
      path(conversationId, 'state'),
    );
    expect(now).to.deep.include({ seq: 4, mailbox: 0 });
    const { rows } = await get<{ rows: { seq: number; events: { type: string }[] }[] }>(
      path(conversationId, 'history'),
    );
    expect(rows.map(({ seq, events }) => [seq, ...events.map(({ type }) => type)])).to.deep.equal([
      [1, 'MessageReceived', 'TurnStarted'],
      [2, 'TurnCompleted'],
      [3, 'MessageReceived', 'TurnStarted'],
      [4, 'TurnCompleted'],
    ]);
    const then = await get<{ seq: number; state: ConversationState }>(
      `${path(conversationId, 'replay')}?seq=2`,
    );
    expect(then.state.turns).to.equal(1);
    const last = await get<{ seq: number; state: ConversationState }>(
      `${path(conversationId, 'replay')}?seq=${2 ** 52}`,
    );
    expect(last).to.deep.equal({ seq: 4, state: now.state });
    expect(await (await client.request('POST', path(conversationId, 'evict'))).json()).to.deep.equal({
      evicted: true,
    });
    expect((await ask(conversationId, 'three')).turn).to.equal(3);
    expect((await client.request('GET', `${path('cnv_nobody', 'replay')}?seq=9`)).status).to.equal(404);
  });

  it('refuses what its mailbox cannot hold, says when to come again, and others go on', async () => {
    const conversationId = newConversation();
    const first = model.requests.length;
    const texts = Array.from({ length: 55 }, (_, n) => `message ${n}`);
    const outcomes = await Promise.allSettled(
      texts.map(text => send(conversationId, text, { wait: 'accepted' })),
    );
    const refused = outcomes.flatMap(outcome =>
      outcome.status === 'rejected' ? [outcome.reason as { code: string; data?: object }] : [],
    );
    expect(refused).to.have.length(4);
    for (const { code } of refused) expect(code).to.equal('mailbox-full');
    const response = await client.request('POST', '/chat/messages', { conversationId, message: 'one more' });
    expect(response.status).to.equal(429);
    expect(Number(response.headers.get('retry-after'))).to.be.greaterThan(0);
    await model.request(first);
    await client.request('POST', path(conversationId, 'pause'));
    expect((await ask(newConversation(), 'and me?')).status).to.equal('answered');
    const { messages } = await get<Conversation>(`/chat/conversations/${conversationId}`);
    expect(
      messages.filter(({ role }) => role === 'user'),
      'what was accepted is kept',
    ).to.have.length(51);
  });

  it('with a corrupt row stays shut and names the row, and the others are not harmed', async () => {
    const broken = newConversation();
    const whole = newConversation();
    for (const id of [broken, whole]) for (const text of ['one', 'two']) await ask(id, text);
    for (const conversationId of [broken, whole])
      await call(node.broker, contracts.evictConversation, { conversationId }, { meta });
    await node.database.asOwner(async tx => {
      await tx.query(
        `insert into journal (tenant_id, actor, seq, epoch, unfinished, events)
         select tenant_id, actor, 5, epoch, false, $1 from journal where actor = $2 and seq = 4`,
        ['[{"type":"MessageReceived"', `conversation/${broken}`],
      );
    });
    const before = await node.rowCounts();
    const response = await client.request('POST', '/chat/messages', {
      conversationId: broken,
      message: 'three',
    });
    const problem = (await response.json()) as { code: string; detail: string };
    expect(problem.code).to.equal('journal-corrupt');
    expect(problem.detail).to.include(`Row 5 of conversation/${broken}`);
    expect((await node.rowCounts()).journal, 'nothing is written behind a row that cannot be read').to.equal(
      before.journal,
    );
    expect((await ask(whole, 'three')).turn).to.equal(3);
  });
});
