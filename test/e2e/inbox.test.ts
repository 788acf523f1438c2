// Protects: people answer customers from the inbox, see who has what and what was done, and never tread on each other.
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { ORDER, openPage, RETURNS, violations, withBrowser } from './chat-page.ts';
import { Client, widgetToken } from './client.ts';
import { type Platform, startPlatform } from './platform.ts';

/** The page's policy keeps axe out; the test in Vietnamese runs under it. */
const AXE: BrowserContextOptions = { bypassCSP: true };
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

  async function signIn(name: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openPage(`${platform.url}/inbox`, { ...AXE, ...options });
    await page.getByLabel('API key').fill(platform.apiKey);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  }

  it('tells a key that is not known, and one that may only chat, why it stays outside', async () => {
    const page = await openPage(`${platform.url}/inbox`, AXE);
    const apiKey = await widgetToken(platform.url);
    expect(await violations(page)).to.deep.equal([]);
    await page.getByLabel('Your name').fill('Mai');
    for (const [key, told] of [
      ['trp_wrong', 'That key is not known'],
      [apiKey, 'may only chat'],
    ] as const) {
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').getByText(told).waitFor();
    }
  });

  it('shows who waits the moment it happens; one person takes over, answers and hands back', async () => {
    const page = await signIn('Mai');
    await page.getByText('Nobody is waiting for a person.').waitFor();
    const { conversationId } = await customer.ask(ORDER);
    await customer.ask('I want to talk to a human', { conversationId });
    const row = page.getByTestId('row').filter({ hasText: 'KM-10234' });
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
    await other.getByTestId('row').filter({ hasText: 'KM-10234' }).click();
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
    await page.getByLabel('Show').selectOption('all');
    await page.getByTestId('row').filter({ hasText: RETURNS }).click();
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

  it('finds a conversation by what the customer said, and shows one at a time on a phone', async () => {
    await customer.ask('What does express delivery cost?');
    const page = await signIn('Lan', PHONE);
    await page.getByLabel('Show').selectOption('all');
    await page.getByTestId('row').filter({ hasText: 'express delivery' }).waitFor();
    await page.getByLabel('Search in this list').fill('express DELIVERY');
    await page.getByText('1 conversation', { exact: true }).waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByTestId('row').press('Enter');
    await page.getByTestId('said-agent').first().waitFor();
    expect(await page.getByTestId('row').first().isVisible()).to.equal(false);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).to.be.at.most(360);
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByTestId('row').first().waitFor();
  });

  it('speaks Vietnamese to those who read it', async () => {
    const page = await openPage(`${platform.url}/inbox`, { locale: 'vi-VN' });
    await page.getByRole('heading', { name: 'Hộp thư' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('vi');
    await page.getByLabel('Khóa API').fill(platform.apiKey);
    await page.getByLabel('Tên của bạn').fill('Lan');
    await page.getByRole('button', { name: 'Đăng nhập' }).click();
    await page.getByText('Trực tiếp').waitFor();
  });
});
