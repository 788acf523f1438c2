// Protects: a message that a platform was told is taken is answered once, though the process dies right after saying so.
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { type ChatPlatform, startChatPlatform } from '../suites/chat-platform.ts';
import { Client } from './client.ts';
import { type Platform, startPlatform } from './platform.ts';

const MESSAGES = 12;

describe('a platform killed between accepting a webhook and answering it', () => {
  let chat: ChatPlatform;
  let platform: Platform;
  before(async () => {
    chat = await startChatPlatform();
    platform = await startPlatform({
      env: {
        TROUPE_CHANNEL_BASES: `whatsapp=${chat.url}`,
        TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
        TROUPE_CHANNEL_MERGE_WINDOW_MS: '0',
      },
    });
  });
  after(async () => {
    await platform.stop();
    await chat.close();
  });

  it('answers each message once after it has started again', async () => {
    const api = new Client(platform.url, platform.apiKey);
    const connected = await api.request('POST', '/channels', {
      channel: 'whatsapp',
      externalId: '222',
      name: 'crash',
      signingSecrets: ['secret'],
      accessToken: 'token',
    });
    const { webhookPath } = (await connected.json()) as { webhookPath: string };
    const deliver = async (n: number) => {
      const value = {
        messaging_product: 'whatsapp',
        metadata: { display_phone_number: '1', phone_number_id: '222' },
        messages: [
          {
            from: `49${n}`,
            id: `wamid.${n}`,
            timestamp: String(Math.floor(Date.now() / 1_000)),
            type: 'text',
            text: { body: 'Hello' },
          },
        ],
      };
      const body = JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [{ id: '9', changes: [{ field: 'messages', value }] }],
      });
      const signature = createHmac('sha256', 'secret').update(body).digest('hex');
      return await fetch(platform.url + webhookPath, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      });
    };
    const taken = await Promise.all(Array.from({ length: MESSAGES }, (_, n) => deliver(n)));
    expect(taken.map(({ status }) => status)).to.deep.equal(taken.map(() => 200));
    await platform.kill();
    platform = await platform.restart();
    // The platform was told that they are taken, yet sends some again: they are known.
    await Promise.all([deliver(0), deliver(1)]);
    const answered = () => new Set(chat.shown.map(({ body }) => body.to)).size;
    const unknown = async () => {
      const response = await new Client(platform.url, platform.apiKey).request(
        'GET',
        '/channels/undelivered',
      );
      return ((await response.json()) as { undelivered: unknown[] }).undelivered.length;
    };
    const end = Date.now() + 90_000;
    while (answered() < MESSAGES && answered() + (await unknown()) < MESSAGES && Date.now() < end)
      await new Promise(resolve => setTimeout(resolve, 200));
    const times = Array.from(
      { length: MESSAGES },
      (_, n) => chat.shown.filter(({ body }) => body.to === `49${n}`).length,
    );
    expect(Math.max(...times), 'shown twice').to.equal(1);
    // What was on its way at the moment of death may be in doubt: then a person is asked, and it is not sent again.
    expect(times.filter(count => count === 1).length + (await unknown())).to.be.at.least(MESSAGES);
  });
});
