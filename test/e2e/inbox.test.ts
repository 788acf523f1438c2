// Protects: people answer customers from the inbox, see who has what and what was done, and never tread on each other.
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { ORDER, openPage, RETURNS, violations, withBrowser } from './chat-page.ts';
import { Client, widgetToken } from './client.ts';
import { OWNER, ownerPassword } from './owner.ts';
import { type Platform, startPlatform } from './platform.ts';

/** The page's policy keeps axe out; the test in Vietnamese runs under it. */
const AXE: BrowserContextOptions = { bypassCSP: true };
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true };

describe('the inbox', function () {
  this.timeout(60_000);
  let platform: Platform;
  let customer: Client;
  withBrowser();
  before(async function () {
    this.timeout(240_000);
    platform = await startPlatform();
    customer = new Client(platform.url, platform.apiKey);
  });
  after(() => platform?.stop());

  /** With a key: what is looked at is the inbox. */
  async function signIn(name: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openPage(`${platform.url}/inbox`, { ...AXE, ...options });
    await page.getByRole('link', { name: 'Use an API key' }).click();
    await page.getByLabel('API key').fill(platform.apiKey);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  }

  it('lets a person in by password, keeps the sign-in alive, and ends it', async () => {
    const page = await openPage(`${platform.url}/inbox`, AXE);
    await page.getByLabel('E-mail').fill(OWNER);
    expect(await violations(page)).to.deep.equal([]);
    await page.getByLabel('Password').fill('not the password');
    const enter = page.getByRole('button', { name: 'Sign in', exact: true });
    await enter.click();
    await page.getByRole('alert').getByText('wrong').waitFor();
    await page.getByLabel('Password').fill(ownerPassword(platform));
    await enter.click();
    await page.getByText('Live', { exact: true }).waitFor();
    // A token that has run out is renewed before it is used.
    await page.evaluate(`(() => {
      const kept = JSON.parse(localStorage.getItem('troupe.person'));
      localStorage.setItem('troupe.person', JSON.stringify({ ...kept, expiresAt: 0 }));
    })()`);
    const renewed = page.waitForResponse('**/auth/refresh');
    await page.reload();
    expect((await renewed).status()).to.equal(200);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText(OWNER).first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').waitFor();
    expect(await page.evaluate<string | null>('localStorage.getItem("troupe.person")')).to.equal(null);
  });

  it('tells a key that is not known, and one that may only chat, why it stays outside', async () => {
    const page = await openPage(`${platform.url}/sign-in?way=key`, AXE);
    const token = await widgetToken(platform.url);
    expect(await violations(page)).to.deep.equal([]);
    await page.getByLabel('Your name').fill('Mai');
    for (const [key, told] of [
      ['trp_wrong', 'That key is not known'],
      [token, 'may only chat'],
    ] as const) {
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').getByText(told).waitFor();
    }
  });

  it('shows who waits the moment it happens; one person takes over, answers and hands back', async () => {
    const page = await signIn('Mai');
    const { conversationId } = await customer.ask(ORDER);
    await customer.ask('I want to talk to a human', { conversationId });
    const row = page.getByTestId('row').filter({ hasText: 'KM-10234' }).first();
    await row.getByText('waiting for').waitFor();
    expect(await violations(page)).to.deep.equal([]);

    await row.click();
    const steps = page.getByTestId('steps').first();
    await steps.locator('summary').click();
    await steps
      .getByText(/answered/)
      .first()
      .waitFor();
    await steps
      .getByText(/tokens in/)
      .first()
      .waitFor();
    await page.getByTestId('note').getByText('The agent asks for a person').waitFor();

    const other = await signIn('Bo', PHONE);
    await other.getByTestId('row').filter({ hasText: 'KM-10234' }).first().click();
    await page.getByRole('button', { name: 'Take over' }).click();
    await page.getByLabel('Your reply').fill('Hello, this is Mai.');
    await page.getByLabel('Your reply').press('Enter');
    await page.getByTestId('said-person').getByText('Hello, this is Mai.').waitFor();
    await other.getByTestId('said-person').getByText('Hello, this is Mai.').waitFor();
    await other.getByText('Mai has this conversation.').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    expect(await violations(other)).to.deep.equal([]);

    const { messages, status } = await customer.conversation(conversationId);
    expect(status).to.equal('with-person');
    expect(messages.at(-1)).to.include({ role: 'person', text: 'Hello, this is Mai.' });

    await page.getByRole('button', { name: 'Hand back to the agent' }).click();
    await other.getByRole('button', { name: 'Take over' }).waitFor();
  });

  it('tells whoever was slower that somebody else has it, and who', async () => {
    const { conversationId } = await customer.ask(RETURNS);
    const page = await signIn('Mai');
    await page.goto(`${platform.url}/inbox?c=${conversationId}`);
    await page.getByRole('button', { name: 'Take over' }).waitFor();
    // Between the look and the click; what would tell this page of it does not arrive.
    await page.route('**/history?**', route => route.abort());
    const taken = await customer.request('POST', `/chat/conversations/${conversationId}/takeover`, {
      by: 'Bo',
    });
    expect(taken.status).to.equal(200);
    await page.getByRole('button', { name: 'Take over' }).click();
    await page.unroute('**/history?**');
    await page.getByTestId('trouble').getByText('Somebody was quicker').waitFor();
    await page.getByTestId('holder').getByText('Bo has it').waitFor();
    expect(await page.getByLabel('Your reply').count()).to.equal(0);
  });

  it('takes files in and out, and lets two people in two browsers see each other by name', async () => {
    const given = (name: string) =>
      customer.request('POST', '/chat/attachments', { name, content: PNG.toString('base64') });
    const { id: file } = (await (await given('lid.png')).json()) as { id: string };
    const asked = await customer.request('POST', '/chat/messages', {
      message: 'My lid is broken, I want a human',
      attachments: [file],
    });
    const { conversationId } = (await asked.json()) as { conversationId: string };
    const owner = await openPage(`${platform.url}/inbox?c=${conversationId}`, AXE);
    await owner.getByLabel('E-mail').fill(OWNER);
    await owner.getByLabel('Password').fill(ownerPassword(platform));
    await owner.getByRole('button', { name: 'Sign in', exact: true }).click();
    await owner.getByRole('button', { name: /Show lid.png/ }).click();
    await owner.getByRole('img', { name: 'lid.png' }).waitFor();
    const other = await signIn('Bo', PHONE);
    await other.goto(`${platform.url}/inbox?c=${conversationId}`);
    await other.getByTestId('others').getByText(OWNER).waitFor();
    await owner.getByRole('button', { name: 'Take over' }).click();
    const reply = owner.getByLabel('Your reply');
    await reply.pressSequentially('Here is');
    const elsewhere = await customer.ask('Do you sell lids?');
    await owner.goto(`${platform.url}/inbox?c=${elsewhere.conversationId}`);
    await owner.getByTestId('said-agent').waitFor();
    expect(await reply.count()).to.equal(0);
    await owner.goBack();
    await reply.waitFor();
    expect(await reply.inputValue(), 'what was begun').to.equal('Here is');
    await owner.locator('input[type=file]').setInputFiles([
      { name: 'label.png', mimeType: 'image/png', buffer: PNG },
      { name: 'strange.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 1, 2]) },
    ]);
    await owner.getByRole('alert').getByText('strange.bin could not be uploaded').waitFor();
    await owner.locator('progress').waitFor({ state: 'detached' });
    await reply.pressSequentially(' a label.');
    await other.getByTestId('others').getByText(`${OWNER} is writing`).waitFor();
    expect(await violations(owner)).to.deep.equal([]);
    expect(await violations(other)).to.deep.equal([]);
    await owner.getByLabel('Your reply').press('Enter');
    await other
      .getByTestId('said-person')
      .getByRole('button', { name: /Show label.png/ })
      .waitFor();
    expect(await owner.getByTestId('picked').count()).to.equal(0);
    const { messages } = (await customer.conversation(conversationId)) as never as {
      messages: { role: string; attachments?: { name: string }[] }[];
    };
    expect(messages.at(-1)?.attachments?.map(({ name }) => name)).to.deep.equal(['label.png']);
  });

  it('finds a conversation by what was said in it, and shows one at a time on a phone', async () => {
    const { conversationId } = await customer.ask('Do you ship the Tarn Kettle to Réunion?');
    const page = await signIn('Lan', PHONE);
    await page.getByLabel('Show').selectOption('all');
    await page.getByLabel('Search in what was said').fill('tarn REUNION');
    await page.getByText('1 conversation', { exact: true }).waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByTestId('row').press('Enter');
    await page.getByTestId('said-agent').first().waitFor();
    expect(page.url()).to.include(conversationId);
    expect(await page.getByTestId('row').first().isVisible()).to.equal(false);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).to.be.at.most(360);
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByTestId('row').first().waitFor();
  });

  it('assigns, notes and whispers, answers with a reply to hand, and tells when an answer is late', async () => {
    await customer.request(
      'PUT',
      '/desk/policy',
      { firstReplyMinutes: 1, nextReplyMinutes: 1 },
      { 'if-match': '*' },
    );
    const page = await signIn('Mai');
    await page.getByRole('link', { name: 'Replies and times' }).click();
    await page.getByRole('button', { name: 'Add a reply' }).click();
    await page.getByLabel('Shortcut').fill('sorry');
    await page
      .getByLabel('Reply', { exact: true })
      .fill('We are sorry. Shall we send another?\n[[Yes, please]]\n[[No]]');
    await page.getByRole('button', { name: 'Save' }).last().click();
    await page.getByText('/sorry').first().waitFor();
    expect(await violations(page)).to.deep.equal([]);

    const { conversationId } = await customer.ask('My kettle came broken, I want a human');
    await page.goto(`${platform.url}/inbox?c=${conversationId}`);
    await page.getByTestId('sla').getByText('due in').waitFor();
    const other = await signIn('Bo');
    await other.goto(`${platform.url}/inbox?c=${conversationId}`);
    await other.getByTestId('others').getByText('A colleague is looking').waitFor();
    await page.getByLabel('Whose it is').selectOption({ label: OWNER });
    await other.getByTestId('note').getByText(`It is now for ${OWNER}`).waitFor();
    await page.getByText('Note for colleagues').click();
    await page.getByLabel('Your note').fill('Third time this month.');
    await page.getByLabel('Your note').press('Enter');
    await other.getByTestId('noted').getByText('Third time this month.').waitFor();
    await page.getByText('Whisper to the agent').click();
    await page.getByLabel('Your whisper').fill('Offer free shipping.');
    await page.getByLabel('Your whisper').press('Enter');
    await other.getByTestId('whispered').getByText('Offer free shipping.').waitFor();
    expect(await violations(page)).to.deep.equal([]);

    await page.getByRole('button', { name: 'Take over' }).click();
    await page.getByText('To the customer').click();
    await page.getByLabel('Your reply').fill('/sor');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByLabel('Your reply').press('Enter');
    await page.getByLabel('Your reply').press('Enter');
    await page.getByTestId('said-person').getByText('Offered: Yes, please').waitFor();
    const { messages } = await customer.conversation(conversationId);
    expect(messages.at(-1)).to.deep.include({
      text: 'We are sorry. Shall we send another?',
      quickReplies: ['Yes, please', 'No'],
    });
    expect(JSON.stringify(messages)).to.not.match(/Third time|free shipping/);
  });

  it('speaks Vietnamese to those who read it', async () => {
    const page = await openPage(`${platform.url}/sign-in?way=key`, { locale: 'vi-VN' });
    await page.getByRole('heading', { name: 'Đăng nhập' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('vi');
    await page.getByLabel('Khóa API').fill(platform.apiKey);
    await page.getByLabel('Tên của bạn').fill('Lan');
    await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
    await page.getByText('Trực tiếp').waitFor();
  });
});
