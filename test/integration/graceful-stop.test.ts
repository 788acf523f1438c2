// Protects: a node that stops finishes what it has accepted, ends open streams whole, lets sockets go so that they come back, and does not wait for readers.
import { expect } from 'chai';
import { io } from 'socket.io-client';
import { Client } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';

describe('a node that stops', function () {
  this.timeout(30_000);
  let node: TestNode;
  let model: OpenAiServer;
  before(async () => {
    model = await startOpenAiServer({ script: () => ({ kind: 'text', text: 'It is on its way.' }) });
    node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
  });
  after(() => model?.close());

  it('answers what is under way, ends streams whole and lets sockets go', async () => {
    const { apiKey } = await node.makeTenant('stopping', {
      model: { provider: 'openai', baseUrl: model.url, model: 'fake' },
    });
    const client = new Client(node.url, apiKey);
    const { conversationId } = (await (
      await client.request('POST', '/chat/messages', { message: 'Where is it?' })
    ).json()) as { conversationId: string };
    const stream = await client.request('GET', `/chat/conversations/${conversationId}/events`, undefined, {
      accept: 'text/event-stream',
    });
    const told = stream.text();
    const socket = io(node.url, {
      path: '/ws/chat',
      auth: { token: apiKey },
      transports: ['websocket'],
      reconnection: false,
    });
    await new Promise((resolve, reject) =>
      socket.once('connect', () => resolve(undefined)).once('connect_error', reject),
    );
    const left = new Promise<string>(resolve => socket.once('disconnect', resolve));
    const underWay = client.request('POST', '/chat/messages', { message: 'And now?' });
    await model.request(1);
    const [answer] = await Promise.all([underWay, node.stop()]);
    expect(answer.status).to.equal(200);
    expect(((await answer.json()) as { message: { text: string } }).message.text).to.equal(
      'It is on its way.',
    );
    expect(await told, 'ended, not cut off').to.match(/event: message\ndata: .*\n\n$/);
    expect(await left).to.equal('transport close');
  });
});
