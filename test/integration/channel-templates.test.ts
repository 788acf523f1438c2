// Protects: what a platform's window does not allow waits or goes as a template, and is never lost; what is said unasked goes out once; chats are linked by their customer's own words.
import { expect } from 'chai';
import { type ChannelTenant, startChannelTenant } from '../suites/channel-tenant.ts';

const DAY_MS = 86_400_000;

describe('templates, notices and linked chats', () => {
  let shop: ChannelTenant;
  before(async () => {
    shop = await startChannelTenant();
  });
  after(() => shop?.stop());

  it('keeps an answer for which the window has closed until the customer writes', async () => {
    await shop.say('whatsapp', '8501', 'An old question', Date.now() - 2 * DAY_MS);
    const id = await shop.conversationWith('An old question');
    const parked = await shop.eventually(async () =>
      (await shop.undelivered()).find(
        ({ state, code }) => state === 'parked' && code === 'template-required',
      ),
    );
    expect(parked).to.include({ conversationId: id });
    const { body } = await shop.api('GET', `/channels/deliveries?conversationId=${id}`);
    expect(body.deliveries).to.have.length(1);
    expect(body.deliveries[0]).to.include({ state: 'parked', code: 'template-required' });
    const toThem = () => shop.platform.shown.filter(({ body: sent }) => sent.to === '8501');
    expect(toThem()).to.deep.equal([]);
    await shop.say('whatsapp', '8501', 'Are you there?');
    await shop.eventually(() => toThem().length === 2);
  });

  it('sends the template of the account: with the answer in it, or as an invitation before it', async () => {
    const path = `/channels/templates/${shop.accounts.whatsapp!.id}`;
    const set = (template: unknown) => shop.api('PUT', path, { template });
    const refused = await shop.api('PUT', `/channels/templates/${shop.accounts.tiktok!.id}`, {
      template: { name: 'x', language: 'en', parameters: [] },
    });
    expect([refused.status, refused.body.code]).to.deep.equal([422, 'validation-failed']);
    expect((await set({ name: 'answer_ready', language: 'en', parameters: ['{answer}'] })).status).to.equal(
      200,
    );
    const toThem = (customer: string) => shop.platform.shown.filter(({ body }) => body.to === customer);
    await shop.say('whatsapp', '8502', 'Old, with a place', Date.now() - 2 * DAY_MS);
    const [sent] = await shop.eventually(() => (toThem('8502').length > 0 ? toThem('8502') : undefined));
    expect(sent!.body).to.deep.include({
      type: 'template',
      template: {
        name: 'answer_ready',
        language: { code: 'en' },
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'I see.' }] }],
      },
    });
    await set({ name: 'please_write', language: 'en', parameters: [] });
    await shop.say('whatsapp', '8503', 'Old, without a place', Date.now() - 2 * DAY_MS);
    await shop.eventually(() => toThem('8503').length === 1);
    const id = await shop.conversationWith('Old, without a place');
    await shop.post(`/chat/conversations/${id}/notify`, { text: 'One thing more' });
    await shop.eventually(
      async () => (await shop.undelivered()).filter(({ state }) => state === 'parked').length === 2,
    );
    expect(toThem('8503').map(({ body }) => body.type)).to.deep.equal(['template']);
    await shop.say('whatsapp', '8503', 'Tell me');
    await shop.eventually(() => toThem('8503').length === 4);
    expect(toThem('8503').map(({ text }) => text)).to.deep.equal(['', 'I see.', 'One thing more', 'I see.']);
    await set(null);
  });

  it('says unasked what a system of the tenant tells it to, once', async () => {
    const id = await shop.conversationWith('Tell me');
    const notice = { messageId: 'msg_notice', text: 'Your parcel has left' };
    for (let i = 0; i < 3; i++) await shop.post(`/chat/conversations/${id}/notify`, notice);
    const told = () => shop.platform.shown.filter(({ text }) => text === notice.text);
    await shop.eventually(() => told().length > 0);
    const { messages } = (await shop.api('GET', `/chat/conversations/${id}`)).body;
    expect(messages.filter(({ text }: { text: string }) => text === notice.text)).to.have.length(1);
    expect(told()).to.have.length(1);
  });

  it('says nothing unasked to customers who want none of it, until they do again, and answers them all the same', async () => {
    const prefer = (value: 'stop' | 'resume', at: number) =>
      shop.deliver('whatsapp', {
        object: 'whatsapp_business_account',
        entry: [
          {
            id: '9',
            changes: [
              {
                field: 'user_preferences',
                value: {
                  messaging_product: 'whatsapp',
                  metadata: { display_phone_number: '1', phone_number_id: '222' },
                  contacts: [{ profile: { name: 'An' }, wa_id: '8504' }],
                  user_preferences: [
                    { wa_id: '8504', detail: 'x', category: 'marketing_messages', value, timestamp: at },
                  ],
                },
              },
            ],
          },
        ],
      });
    const told = () => shop.platform.shown.filter(({ body }) => body.to === '8504').map(({ text }) => text);
    const notify = async (text: string) => {
      const id = await shop.conversationWith('Anything new?');
      await shop.post(`/chat/conversations/${id}/notify`, { text });
    };
    await shop.say('whatsapp', '8504', 'Anything new?');
    await shop.eventually(() => told().length === 1);
    const now = Math.floor(Date.now() / 1_000);
    await prefer('stop', now);
    await shop.say('whatsapp', '8504', 'And now?');
    await shop.eventually(() => told().length === 2);
    await notify('A sale begins');
    await shop.eventually(async () => (await shop.undelivered()).some(({ code }) => code === 'opted-out'));
    await prefer('resume', now + 2);
    // A word that was said before comes late: the later one counts.
    await prefer('stop', now + 1);
    await shop.say('whatsapp', '8504', 'I am back');
    await shop.eventually(() => told().length === 3);
    await notify('A sale ends');
    await shop.eventually(() => told().length === 4);
    expect(told()).to.deep.equal(['I see.', 'I see.', 'I see.', 'A sale ends']);
  });

  it('says unasked what a workflow says', async () => {
    const conversationId = await shop.conversationWith('Tell me');
    const source = `document: {dsl: '1.0.3', namespace: test, name: parcel, version: '1.0.0'}
do:
  - tell:
      call: conversation.notify
      with: {conversationId: '\${ $input.conversationId }', text: '\${ "Parcel " + $input.parcel + " is here" }'}
`;
    expect((await shop.api('PUT', '/orchestrator/workflows', { source })).status).to.equal(200);
    const run = await shop.api('POST', '/orchestrator/workflows/parcel/runs', {
      input: { conversationId, parcel: 'P-7' },
      wait: 15_000,
    });
    expect(run.body.phase, JSON.stringify(run.body)).to.equal('completed');
    const told = () => shop.platform.shown.filter(({ text }) => text === 'Parcel P-7 is here');
    await shop.eventually(() => told().length === 1);
  });

  it('gives customers a code when they ask for one, tells the other chat, and keeps what they consented to', async () => {
    await shop.say('telegram', '9701', 'LINK CODE');
    const told = await shop.eventually(() =>
      shop.platform.shown.find(({ text }) => text.includes('Your code is')),
    );
    const code = /Your code is (\w{8})/.exec(told.text)![1]!;
    const before = shop.model.requests.length;
    await shop.say('whatsapp', '8701', `LINK ${code}`);
    const id = await shop.conversationWith('I linked this chat');
    const warned = await shop.eventually(() =>
      shop.platform.shown.find(({ text }) => text.includes('If that was not you')),
    );
    expect(warned.text).to.include('linked with your chat over whatsapp');
    const linked = async () => (await shop.api('GET', `/channels/links/${id}`)).body;
    const { identities, consents } = await linked();
    expect(identities.map(({ channel }: { channel: string }) => channel).sort()).to.deep.equal([
      'telegram',
      'whatsapp',
    ]);
    expect(consents).to.have.length(1);
    expect(consents[0]).to.include({
      what: 'link',
      byCustomer: true,
      words: 'LINK <code>',
      customerId: '8701',
    });
    await shop.say('telegram', '9701', 'UNLINK');
    await shop.eventually(async () => (await linked()).identities.length === 0);
    // Neither the journal nor the model knows the code.
    expect(JSON.stringify(shop.model.requests.slice(before).map(({ body }) => body))).to.not.include(code);
  });
});
