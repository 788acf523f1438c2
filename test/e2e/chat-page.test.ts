// Protects: a customer's question gets its answer on the chat page, for everybody, by keyboard alone and on a small phone.
import { expect } from 'chai';
import {
  answered,
  answers,
  ask,
  banner,
  conversationOf,
  input,
  ORDER,
  openPage,
  RETURNS,
  violations,
  withBrowser,
} from './chat-page.ts';
import { type Platform, startPlatform } from './platform.ts';

describe('the chat page', function () {
  this.timeout(60_000);
  let platform: Platform;
  withBrowser();
  before(async function () {
    this.timeout(240_000);
    platform = await startPlatform();
  });
  after(() => platform?.stop());

  it('answers a question with the article that it took the answer from', async () => {
    const page = await openPage(platform.url);
    await ask(page, RETURNS);
    const answer = await answered(page, 1);
    expect(await answer.textContent())
      .to.include('30 days')
      .and.include('Answered without a language model');
    const source = answer.getByTestId('source').first();
    expect(await source.locator('blockquote').isVisible()).to.equal(false);
    await source.locator('summary').click();
    expect(await source.locator('blockquote').textContent()).to.include('30 days');
    const thumb = answer.getByRole('button', { name: 'Not helpful' });
    await thumb.click();
    await answer.getByText('Thank you').waitFor();
    expect(await thumb.getAttribute('aria-pressed')).to.equal('true');
  });

  it('answers a suggestion that is clicked, and puts the suggestions away', async () => {
    const page = await openPage(platform.url);
    await page.getByRole('button', { name: RETURNS }).click();
    await answered(page, 1);
    expect(await page.getByTestId('user').textContent()).to.include(RETURNS);
    expect(await page.getByRole('button', { name: RETURNS }).count()).to.equal(0);
  });

  it('shows what was looked up for an order', async () => {
    const page = await openPage(platform.url);
    await ask(page, ORDER);
    const answer = await answered(page, 1);
    const step = answer.getByTestId('tool-step');
    expect(await step.getAttribute('data-status')).to.equal('done');
    expect(await step.textContent()).to.match(/order|parcel/);
    expect(await answer.textContent()).to.include('KM-10234');
  });

  it('keeps the conversation and the draft through a reload, and begins anew when told', async () => {
    const page = await openPage(platform.url);
    await ask(page, RETURNS);
    await answered(page, 1);
    const before = await page.getByRole('log').textContent();
    await input(page).fill('And what about');
    await page.reload();
    await answered(page, 1);
    expect(await page.getByRole('log').textContent()).to.equal(before);
    expect(await input(page).inputValue()).to.equal('And what about');
    await page.getByRole('button', { name: 'New conversation' }).click();
    expect(await answers(page).count()).to.equal(0);
    await page.reload();
    await page.getByRole('button', { name: RETURNS }).waitFor();
    expect(await answers(page).count()).to.equal(0);
  });

  it('hands over to a person, and shows what they write', async () => {
    const page = await openPage(platform.url);
    await ask(page, 'I want to talk to a human');
    await answered(page, 1);
    await banner(page).getByText('Waiting for a person').waitFor();
    const conversationId = await conversationOf(page);
    const operate = async (verb: string, body: object) => {
      const response = await fetch(`${platform.url}/api/v1/chat/conversations/${conversationId}/${verb}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${platform.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status, await response.text()).to.equal(200);
    };
    await operate('takeover', { by: 'Mai' });
    await banner(page).getByText('has taken over').waitFor();
    await operate('reply', { text: 'Hello, this is Mai.', by: 'Mai' });
    await page.getByTestId('person').getByText('Hello, this is Mai.').waitFor();
    await ask(page, 'Thank you, Mai');
    await page.getByRole('button', { name: 'Send' }).waitFor();
    await operate('handback', {});
    await banner(page).getByText('has taken over').waitFor({ state: 'detached' });
  });

  it('speaks Vietnamese to those who read it', async () => {
    const page = await openPage(platform.url, { locale: 'vi-VN' });
    await page.getByRole('heading', { name: 'trợ lý của Kettlemoor' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('vi');
    await page.getByLabel('Tin nhắn của bạn').fill('Tôi có bao nhiêu ngày để trả hàng?');
    await page.getByRole('button', { name: 'Gửi' }).click();
    await answers(page).first().getByText('30').first().waitFor();
  });

  it('is used by keyboard alone, with the focus where the next word goes', async () => {
    const page = await openPage(platform.url);
    await page.getByRole('button', { name: RETURNS }).waitFor();
    const focused = () =>
      page.evaluate<string>(
        'document.activeElement.tagName + " " + (document.activeElement.textContent ?? "")',
      );
    for (let presses = 0; (await focused()) !== `BUTTON ${RETURNS}` && presses < 12; presses++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await answered(page, 1);
    expect(await focused()).to.match(/^TEXTAREA/);
    await page.keyboard.type('How long is');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('the warranty on the Tarn Kettle?');
    expect(await input(page).inputValue()).to.equal('How long is\nthe warranty on the Tarn Kettle?');
    await page.keyboard.press('Enter');
    await answered(page, 2);
    for (let presses = 0; !(await focused()).startsWith('SUMMARY') && presses < 8; presses++)
      await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await answers(page).last().locator('details[open] blockquote').last().isVisible()).to.equal(true);
  });

  it('fits into 320 pixels', async () => {
    const page = await openPage(platform.url, { viewport: { width: 320, height: 640 } });
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
    await page.getByRole('button', { name: RETURNS }).waitFor();
    expect(await width()).to.equal(320);
    await ask(page, `${ORDER} ${'unbroken'.repeat(30)}`);
    const answer = await answered(page, 1);
    await ask(page, RETURNS);
    await (await answered(page, 2)).locator('summary').first().click();
    expect(await width()).to.equal(320);
    for (const part of [answer, page.getByTestId('user').first(), page.getByRole('main')])
      expect(await part.evaluate(element => element.scrollWidth - element.clientWidth)).to.be.at.most(1);
  });

  it('passes axe in both colour schemes, before and after an answer', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(platform.url, { colorScheme, reducedMotion: 'reduce', bypassCSP: true });
      await page.getByRole('button', { name: RETURNS }).waitFor();
      expect(await violations(page)).to.deep.equal([]);
      await ask(page, RETURNS);
      await (await answered(page, 1)).locator('summary').first().click();
      await ask(page, 'I want to talk to a human');
      await answered(page, 2);
      await banner(page).getByText('Waiting for a person').waitFor();
      expect(await violations(page)).to.deep.equal([]);
    }
  });
});
