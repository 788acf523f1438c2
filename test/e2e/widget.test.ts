// Protects: one script tag brings the chat to a page of anyone, small, for everybody, and loses nothing without a network.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { ORDER, openPage, RETURNS, violations, withBrowser } from './chat-page.ts';
import { Client, demoPublicKey } from './client.ts';
import { type Platform, startPlatform } from './platform.ts';

/** The page's policy keeps axe out; the other tests run under it. */
const AXE: BrowserContextOptions = { bypassCSP: true, reducedMotion: 'reduce' };
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const PHONE: BrowserContextOptions = { viewport: { width: 320, height: 640 }, hasTouch: true };

describe('the widget', function () {
  this.timeout(60_000);
  let platform: Platform;
  let shop: Client;
  withBrowser();
  before(async function () {
    this.timeout(240_000);
    platform = await startPlatform();
    shop = new Client(platform.url, platform.apiKey);
  });
  after(() => platform?.stop());

  const open = (page: Page) => page.getByRole('button', { name: 'Chat with us' }).click();
  const input = (page: Page) => page.getByLabel('Your message');
  async function say(page: Page, text: string): Promise<void> {
    await input(page).fill(text);
    await input(page).press('Enter');
  }
  const answer = (page: Page, index = 0) => page.getByTestId('assistant').nth(index);

  it('is less than 40 kB on the wire, all together', () => {
    const built = readFileSync(join(import.meta.dirname, '../../web/dist/widget.js'));
    expect(gzipSync(built).byteLength).to.be.lessThan(40_000);
  });

  it('answers with sources, by keyboard alone, and gives the focus back', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type(RETURNS);
    await page.keyboard.press('Enter');
    const source = answer(page).getByTestId('source').first();
    await answer(page).getByText('30 days').first().waitFor();
    expect(await source.locator('blockquote').isVisible()).to.equal(false);
    await source.locator('summary').press('Enter');
    await source.locator('blockquote').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const label = await page.evaluate<string>(
      'document.querySelector("troupe-chat").shadowRoot.activeElement.textContent',
    );
    expect(label).to.equal('Chat with us');
    await page.reload();
    await open(page);
    await answer(page).getByText('30 days').first().waitFor();
  });

  it('keeps what is written without a network, in order, and sends each message once', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await open(page);
    await say(page, RETURNS);
    await answer(page).waitFor();
    await page.context().setOffline(true);
    await say(page, ORDER);
    await say(page, 'What does express delivery cost?');
    await page.getByTestId('queued').getByText('express').waitFor();
    await page.getByTestId('banner').getByText('Connection lost').waitFor();
    await page.context().setOffline(false);
    await answer(page, 2).waitFor();
    const kept = await page.evaluate<string>('localStorage.getItem("widget.troupe.chat")');
    const { conversationId } = JSON.parse(kept) as { conversationId: string };
    const { messages } = await shop.conversation(conversationId);
    expect(messages.filter(({ role }) => role === 'user').map(({ text }) => text)).to.deep.equal([
      RETURNS,
      ORDER,
      'What does express delivery cost?',
    ]);
  });

  it('is one customer in tabs that open at once, and one conversation in all of them', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    const other = await page.context().newPage();
    await other.goto(`${platform.url}/widget-demo`);
    const tokens = new Set<string>();
    for (const tab of [page, other])
      tab.on('request', request => {
        if (request.url().includes('/chat/')) tokens.add(request.headers().authorization ?? '');
      });
    await Promise.all([open(page), open(other)]);
    await say(page, RETURNS);
    await answer(page).getByText('30 days').first().waitFor();
    await other.bringToFront();
    await answer(other).getByText('30 days').first().waitFor();
    await say(other, 'What does express delivery cost?');
    await answer(other, 1).waitFor();
    await page.bringToFront();
    await answer(page, 1).waitFor();
    const customers = [...tokens].map(
      token => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string },
    );
    expect(new Set(customers.map(({ sub }) => sub)).size).to.equal(1);
  });

  it('takes a thumb for an answer, keeps it through a reload, and says when it did not arrive', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await open(page);
    await say(page, RETURNS);
    const thumb = (name: string) => answer(page).getByRole('button', { name, exact: true });
    await thumb('Helpful').waitFor();
    await page.context().route('**/rating', route => route.abort());
    await thumb('Not helpful').click();
    await answer(page).getByText('Not sent. Press again.').waitFor();
    expect(await thumb('Not helpful').getAttribute('aria-pressed')).to.equal('false');
    await page.context().unroute('**/rating');
    const arrived = page.waitForResponse(/\/rating$/);
    await thumb('Helpful').click();
    expect((await arrived).status()).to.equal(200);
    await answer(page).getByText('Thank you').waitFor();
    await page.reload();
    await open(page);
    await thumb('Helpful').waitFor();
    expect(await thumb('Helpful').getAttribute('aria-pressed')).to.equal('true');
  });

  it('says when a person takes over, and shows what they write', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await open(page);
    await say(page, 'I want to talk to a human');
    await page.getByTestId('banner').getByText('Waiting for a person').waitFor();
    const kept = await page.evaluate<string>('localStorage.getItem("widget.troupe.chat")');
    const path = `/chat/conversations/${(JSON.parse(kept) as { conversationId: string }).conversationId}`;
    await shop.request('POST', `${path}/takeover`, { by: 'Mai' });
    await page.getByTestId('banner').getByText('has taken over').waitFor();
    await shop.request('POST', `${path}/reply`, { by: 'Mai', text: 'Hello, this is Mai.' });
    await page.getByTestId('person').getByText('Hello, this is Mai.').waitFor();
  });

  it('takes files with their progress, shows them in the message, and tells what it does not take', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await open(page);
    await input(page).waitFor();
    const choose = (name: string, buffer: Buffer) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
    await choose('strange.bin', Buffer.from([0, 1, 2]));
    await page.getByRole('alert').getByText('strange.bin: we take pictures').waitFor();
    await choose('too-large.png', Buffer.alloc(8 * 1_048_576 + 1));
    await page.getByRole('alert').getByText('larger than 8 MB').waitFor();
    await choose('lid.png', PNG);
    await choose('notes.txt', Buffer.from('It broke on the first day.'));
    await page.getByTestId('file').nth(1).waitFor();
    await page.getByRole('button', { name: 'Take away notes.txt' }).press('Enter');
    await page.locator('progress').waitFor({ state: 'detached' });
    await say(page, RETURNS);
    await answer(page).waitFor();
    await page.getByTestId('user').getByText('lid.png').waitFor();
    expect(await page.getByTestId('file').count()).to.equal(0);
    const kept = await page.evaluate<string>('localStorage.getItem("widget.troupe.chat")');
    const { conversationId } = JSON.parse(kept) as { conversationId: string };
    const { messages } = (await shop.conversation(conversationId)) as never as {
      messages: { attachments?: { name: string; type: string }[] }[];
    };
    expect(messages[0]?.attachments?.map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
      'lid.png image/png',
    ]);
  });

  it('offers the choices of an answer to press, also by keyboard, until something else is said', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await open(page);
    await say(page, 'Which colour is the moon of your accountant?');
    const choice = page.getByTestId('choice');
    await choice.first().waitFor();
    expect(await choice.allTextContents()).to.deep.equal(['Yes', 'No']);
    expect(await answer(page).textContent()).to.not.include('[[');
    await choice.first().press('Enter');
    await answer(page, 1).waitFor();
    await page.getByTestId('banner').getByText('Waiting for a person').waitFor();
    expect(await choice.count()).to.equal(0);
  });

  it('holds no key of the API: its token reaches the customer alone', async () => {
    const page = await openPage(`${platform.url}/widget-demo`);
    await open(page);
    await say(page, RETURNS);
    await answer(page).waitFor();
    const stored = await page.evaluate<string>('JSON.stringify({ ...localStorage })');
    expect(stored).to.not.match(/tk_live_|trp_/);
    const token = await page.evaluate<string>('localStorage.getItem("widget.troupe.token")');
    const asked = await new Client(platform.url, token).request('GET', '/chat/conversations');
    expect(asked.status).to.equal(403);
  });

  it('has no fault that axe finds, closed and open, in both schemes, and fits 320 pixels', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(`${platform.url}/widget-demo`, { ...AXE, ...PHONE, colorScheme });
      expect(await violations(page)).to.deep.equal([]);
      await open(page);
      await page.getByRole('button', { name: RETURNS }).click();
      await answer(page).getByText('30 days').first().waitFor();
      expect(await violations(page)).to.deep.equal([]);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).to.be.at.most(320);
    }
  });

  it('lives on a page of another origin when its tenant allows it, in its words and colours', async () => {
    const publicKey = await demoPublicKey(platform.url);
    const html = `<!doctype html><html lang="vi"><title>Shop</title><h1>Shop</h1><script src="${platform.url}/widget.js"
      data-key="${publicKey}" data-title="Trợ giúp" data-accent="rgb(90, 20, 60)" data-side="left" defer></script></html>`;
    const host = createServer((_request, response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': `default-src 'self'; script-src ${platform.url}; connect-src ${platform.url}`,
        })
        .end(html),
    ).listen(0, '127.0.0.1');
    await once(host, 'listening');
    try {
      const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
      const page = await openPage(origin);
      const launch = page.getByRole('button', { name: 'Trò chuyện với chúng tôi' });
      await launch.waitFor();
      const colour = await page.evaluate<string>(
        'getComputedStyle(document.querySelector("troupe-chat").shadowRoot.querySelector(".launch")).backgroundColor',
      );
      expect(colour).to.equal('rgb(90, 20, 60)');
      await launch.click();
      await page.getByRole('heading', { name: 'Trợ giúp' }).waitFor();
      await page.getByLabel('Tin nhắn của bạn').fill('Tôi có bao nhiêu ngày để trả hàng?');
      await page.getByLabel('Tin nhắn của bạn').press('Enter');
      await page.getByTestId('banner').getByText('Không liên lạc được').waitFor();
      const allowed = await shop.request(
        'PUT',
        '/tenants/origins',
        { origins: [origin] },
        { 'if-match': '*' },
      );
      expect(allowed.status, await allowed.text()).to.equal(200);
      await answer(page).getByText('30').first().waitFor();
    } finally {
      host.closeAllConnections();
      host.close();
    }
  });
});
