/** A tenant on an embedded node with an account on every chat platform, a model that answers from a list, and what tests do with them. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { CHANNELS, EXTERNAL, SECRET, signed, type Tested, webhook } from './channel-webhooks.ts';
import { startChatPlatform } from './chat-platform.ts';
import { startEmbeddedNode } from './embedded-node.ts';
import { startOpenAiServer } from './openai-server.ts';

export type ChannelTenant = Awaited<ReturnType<typeof startChannelTenant>>;

export async function startChannelTenant() {
  const answers: string[] = [];
  const platform = await startChatPlatform();
  const model = await startOpenAiServer({
    script: () => ({ kind: 'text', text: answers.shift() ?? 'I see.' }),
  });
  const node = await startEmbeddedNode({
    TROUPE_CHANNEL_BASES: CHANNELS.map(channel => `${channel}=${platform.url}`).join(','),
    TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
    TROUPE_CHANNEL_MERGE_WINDOW_MS: '0',
  });
  const { apiKey } = await node.makeTenant('files', {
    model: { provider: 'openai', baseUrl: model.url, model: 'seer', images: true },
  });
  const accounts: Partial<Record<Tested, { id: string; path: string }>> = {};

  const api = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${node.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
    return { status: response.status, body: (await response.json()) as any };
  };
  async function eventually<T>(
    look: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    const end = Date.now() + 15_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > end) throw new Error('it did not come to hold');
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }
  const deliver = async (channel: Tested, payload: object) => {
    const body = JSON.stringify(payload);
    const response = await fetch(node.url + accounts[channel]!.path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...signed(channel, body) },
    });
    expect(response.status).to.equal(200);
  };
  const say = (channel: Tested, customer: string, text: string, at = Date.now()) =>
    deliver(channel, webhook(channel, customer, text, randomBytes(6).toString('hex'), at));
  const conversationWith = (words: string) =>
    eventually(async () => {
      const { body } = await api('GET', '/chat/conversations');
      for (const { id } of body.conversations as { id: string }[]) {
        const { messages } = (await api('GET', `/chat/conversations/${id}`)).body;
        if (messages.some(({ text }: { text: string }) => text.includes(words))) return id;
      }
      return undefined;
    });
  const give = async (name: string, content: Buffer): Promise<string> => {
    const { status, body } = await api('POST', '/chat/attachments', {
      name,
      content: content.toString('base64'),
    });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.id;
  };
  const post = async (path: string, body: unknown, expected = 200) => {
    const answer = await api('POST', path, body);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(expected);
    return answer.body;
  };
  const undelivered = async () =>
    (await api('GET', '/channels/undelivered')).body.undelivered as {
      id: string;
      state: string;
      code: string;
    }[];

  for (const channel of CHANNELS) {
    const { body } = await api('POST', '/channels', {
      channel,
      externalId: EXTERNAL[channel],
      name: channel,
      signingSecrets: [SECRET],
      appId: '77',
      accessToken: 'token',
    });
    accounts[channel] = { id: body.accountId, path: body.webhookPath };
  }
  return {
    ...{ node, platform, model, answers, accounts },
    ...{ api, eventually, deliver, say, conversationWith, give, post, undelivered },
    async stop() {
      await node.stop();
      await platform.close();
      await model.close();
    },
  };
}
