// Protects: what a customer writes over a channel is answered there once, in order, whatever the platform sends twice and whatever is lost on the way.
import { expect } from 'chai';
import { CHANNELS, EXTERNAL, SECRET, signed, type Tested, webhook } from '../suites/channel-webhooks.ts';
import { type ChatPlatform, startChatPlatform } from '../suites/chat-platform.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

describe('channels', () => {
  let node: TestNode;
  let platform: ChatPlatform;
  let apiKey: string;
  const paths: Partial<Record<Tested, string>> = {};

  const api = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${node.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const post = (path: string, body: string, headers: Record<string, string>) =>
    fetch(node.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const deliver = (channel: Tested, customer: string, text: string, id: string) => {
    const body = JSON.stringify(webhook(channel, customer, text, id));
    return post(paths[channel]!, body, signed(channel, body));
  };
  /** Until it holds; the workers look twice a second. */
  async function eventually(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error('it did not come to hold');
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }
  const shownTo = (customer: string) =>
    platform.shown.filter(
      ({ body }) =>
        JSON.stringify(body).includes(`"${customer}"`) || JSON.stringify(body).includes(`:${customer},`),
    );

  before(async () => {
    platform = await startChatPlatform();
    node = await startEmbeddedNode({
      TROUPE_CHANNEL_BASES: CHANNELS.map(channel => `${channel}=${platform.url}`).join(','),
      TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
      TROUPE_CHANNEL_MERGE_WINDOW_MS: '0',
    });
    ({ apiKey } = await node.makeTenant('channels'));
    for (const channel of CHANNELS) {
      const { status, body } = await api('POST', '/channels', {
        channel,
        externalId: EXTERNAL[channel],
        name: channel,
        signingSecrets: [SECRET],
        verifyToken: 'verify-me',
        appId: '77',
        accessToken: `token-of-${channel}`,
      });
      expect(status, JSON.stringify(body)).to.equal(201);
      paths[channel] = body.webhookPath;
    }
  });
  after(async () => {
    await node.stop();
    await platform.close();
  });

  for (const channel of CHANNELS)
    it(`${channel}: a message five times is answered once, with the account’s own credentials`, async () => {
      const customer = String(10_000 + CHANNELS.indexOf(channel));
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => deliver(channel, customer, 'Hello', `${channel}-1`)),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 200]);
      const answered = () =>
        platform.shown.filter(({ path, headers }) =>
          JSON.stringify([path, headers]).includes(`token-of-${channel}`),
        );
      await eventually(() => answered().length > 0);
      await deliver(channel, customer, 'Hello', `${channel}-1`);
      await deliver(channel, customer, 'Thank you', `${channel}-2`);
      await eventually(() => answered().length > 1);
      expect(answered()).to.have.length(2);
      expect(answered()[0]!.text).to.not.equal('');
    });

  it('answers each of three messages once that come an hour late, out of order and five times each', async () => {
    const HOUR_MS = 3_600_000;
    const answered: (() => typeof platform.shown)[] = [];
    for (const [n, channel] of CHANNELS.entries()) {
      const customer = String(15_000 + n);
      const before = platform.shown.length;
      const bodies = [3, 1, 2].map(m =>
        JSON.stringify(webhook(channel, customer, 'Hello', `late-${channel}-${m}`, Date.now() - HOUR_MS + m)),
      );
      for (let time = 0; time < 5; time++)
        for (const body of bodies)
          expect((await post(paths[channel]!, body, signed(channel, body))).status, channel).to.equal(200);
      const ofChannel = () =>
        platform.shown
          .slice(before)
          .filter(({ path, headers }) => JSON.stringify([path, headers]).includes(`token-of-${channel}`));
      await eventually(() => ofChannel().length === 3);
      answered.push(ofChannel);
    }
    await deliver('telegram', '15999', 'Hello', 'after-all');
    await eventually(() => shownTo('15999').length === 1);
    // The last of them is the message after all.
    expect(
      answered.map(shown => shown().filter(({ body }) => !JSON.stringify(body).includes('15999'))),
    ).to.satisfy((all: unknown[][]) => all.every(shown => shown.length === 3));
  });

  it('refuses what the platform has not signed: another secret, altered bytes, none, too old', async () => {
    for (const channel of CHANNELS) {
      const body = JSON.stringify(webhook(channel, '20000', 'forged', 'forged'));
      const forged = [
        signed(channel, body, 'another'),
        {},
        ...(channel === 'telegram'
          ? []
          : [signed(channel, JSON.stringify(webhook(channel, '20000', 'other', 'other')))]),
      ];
      if (channel === 'tiktok')
        forged.push(signed(channel, body, SECRET, Math.floor(Date.now() / 1000) - 3_600));
      for (const headers of forged)
        expect((await post(paths[channel]!, body, headers)).status, channel).to.equal(401);
    }
    expect(shownTo('20000')).to.have.length(0);
  });

  it('finds the account by what the payload names, and answers the handshake of its address only', async () => {
    const body = JSON.stringify(webhook('whatsapp', '30000', 'Hello', 'by-payload'));
    expect((await post('/whatsapp/webhook', body, signed('whatsapp', body))).status).to.equal(200);
    await eventually(() => shownTo('30000').length === 1);
    const ask = (token: string) =>
      fetch(
        `${node.url}${paths.facebook}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=echo-me`,
      );
    const right = await ask('verify-me');
    expect([right.status, await right.text()]).to.deep.equal([200, 'echo-me']);
    expect((await ask('guess')).status).to.equal(401);
  });

  it('keeps what is its own of a body that is for many accounts, and refuses one that is for too many', async () => {
    const { object, entry } = webhook('facebook', '31000', 'Hello', 'among-many') as {
      object: string;
      entry: { id: string }[];
    };
    const among = (others: number) =>
      JSON.stringify({
        object,
        entry: [...Array.from({ length: others }, (_, i) => ({ ...entry[0], id: `9${i}` })), ...entry],
      });
    const many = among(1_000);
    expect((await post('/facebook/webhook', many, signed('facebook', many))).status).to.equal(413);
    const some = among(45);
    expect((await post('/facebook/webhook', some, signed('facebook', some))).status).to.equal(200);
    await eventually(() => shownTo('31000').length === 1);
  });

  it('refuses what is no webhook: no JSON, 30 MB, an unknown account', async () => {
    expect((await post(paths.telegram!, '{', signed('telegram', '{}'))).status).to.equal(400);
    const large = await post(paths.telegram!, 'x'.repeat(30_000_000), signed('telegram', '')).catch(
      () => undefined,
    );
    expect(large?.status ?? 413).to.equal(413);
    expect((await post('/telegram/webhook/cha_nobody', '{}', signed('telegram', ''))).status).to.equal(404);
  });

  it('answers messages of one thread in the order in which they came', async () => {
    for (let n = 1; n <= 3; n++) {
      await deliver('telegram', '40000', `Question ${n}`, `ordered-${n}`);
      await eventually(() => shownTo('40000').length === n);
    }
    const { body } = await api('GET', '/chat/conversations');
    expect(JSON.stringify(body)).to.include('cnv_');
  });

  it('sends again what the platform certainly did not take, and nothing else', async () => {
    platform.faults.push('busy');
    await deliver('whatsapp', '50000', 'Hello', 'busy-1');
    await eventually(() => shownTo('50000').length === 1);

    platform.faults.push('lost');
    await deliver('whatsapp', '60000', 'Hello', 'lost-1');
    const unknown = async () => {
      const { body } = await api('GET', '/channels/undelivered');
      return (body.undelivered as unknown as { id: string; state: string; kind: string }[]).filter(
        each => each.state === 'unknown',
      );
    };
    await eventually(async () => (await unknown()).length === 1);
    expect(shownTo('60000')).to.have.length(1);

    // The platform's own status tells what became of it, by what was attached to the message.
    const [lost] = await unknown();
    const correlation = lost!.id.replace(' ', '.');
    const status = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '9',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '1', phone_number_id: '222' },
                statuses: [
                  {
                    id: 'wamid.found',
                    status: 'delivered',
                    timestamp: '1790000000',
                    recipient_id: '60000',
                    biz_opaque_callback_data: correlation,
                  },
                ],
              },
            },
          ],
        },
      ],
    });
    await post(paths.whatsapp!, status, signed('whatsapp', status));
    await eventually(async () => (await unknown()).length === 0);
    expect(shownTo('60000')).to.have.length(1);
  });

  it('lets a person decide what is sent once more', async () => {
    platform.faults.push('refuse');
    await deliver('facebook', '70000', 'Hello', 'refused-1');
    const refused = async () => {
      const { body } = await api('GET', '/channels/undelivered');
      return (body.undelivered as unknown as { id: string; state: string; kind: string }[]).filter(
        each => each.state === 'refused',
      );
    };
    await eventually(async () => (await refused()).length === 1);
    expect(shownTo('70000')).to.have.length(0);
    const [one] = await refused();
    expect(
      (
        await api('POST', '/channels/undelivered/settle', {
          kind: 'outbound',
          id: one!.id,
          decision: 'retry',
        })
      ).status,
    ).to.equal(200);
    await eventually(() => shownTo('70000').length === 1);
    expect(await refused()).to.have.length(0);
  });

  it('shows secrets to nobody, and another tenant nothing', async () => {
    const { body } = await api('GET', '/channels');
    const text = JSON.stringify(body);
    expect(text).to.not.match(/a-signing-secret|token-of|verify-me/);
    const stranger = await node.makeTenant('strangers');
    const theirs = await fetch(`${node.url}/api/v1/channels`, {
      headers: { authorization: `Bearer ${stranger.apiKey}` },
    });
    expect(await theirs.json()).to.deep.equal({ channels: [] });
    const stored = await node.database.asOwner(tx =>
      tx.query('select signing, credentials from channel_account'),
    );
    expect(JSON.stringify(stored)).to.not.match(/a-signing-secret|token-of|verify-me/);
  });
});
