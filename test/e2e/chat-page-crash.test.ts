// Protects: no message and no answer is lost on the chat page when it is reloaded, the answer stopped, or the platform killed.
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { startOpenAiServer } from '../suites/openai-server.ts';
import {
  answered,
  answers,
  ask,
  banner,
  conversationOf,
  openPage,
  RETURNS,
  withBrowser,
} from './chat-page.ts';
import { type Platform, startPlatform } from './platform.ts';

describe('the chat page with a slow language model and a platform that crashes', function () {
  this.timeout(90_000);
  const TEXT = 'Yes, each kettle has a warranty of five years, and the lid as well.';
  const WORDS = TEXT.split(' ').length;
  let platform: Platform;
  withBrowser();
  let model: Awaited<ReturnType<typeof startOpenAiServer>>;
  /** `manual`: a word comes when the test lets it go. */
  let pace: 'manual' | undefined;
  before(async function () {
    this.timeout(240_000);
    model = await startOpenAiServer({
      script: () => ({ kind: 'text', text: TEXT, ...(pace ? { pace } : {}) }),
    });
    platform = await startPlatform({ env: { TROUPE_MODEL_BASE_URL: model.url, TROUPE_MODEL_NAME: 'fake' } });
  });
  after(async () => {
    await platform?.stop();
    await model?.close();
  });

  const writing = (page: Page): Locator => page.getByTestId('writing');

  /** Words for requests that have gone away: each still waits for one. */
  let lost = 0;

  /** Asks, and waits until the first three words of the answer are to be seen. */
  async function halfAnswered(page: Page): Promise<void> {
    pace = 'manual';
    await ask(page, 'Is there a warranty?');
    model.release(lost + 4); // the first chunk holds no word
    lost = 0;
    await writing(page).getByText('Yes, each kettle').waitFor();
  }

  async function history(page: Page): Promise<string[]> {
    const conversationId = await conversationOf(page);
    const response = await fetch(`${platform.url}/api/v1/chat/conversations/${conversationId}`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    });
    const { messages } = (await response.json()) as { messages: { role: string; text: string }[] };
    return messages.map(({ role, text }) => `${role}: ${text}`);
  }

  it('shows the words as they come', async () => {
    const page = await openPage(platform.url);
    await halfAnswered(page);
    expect(await answers(page).count()).to.equal(0);
    expect(await writing(page).textContent()).to.not.include('lid');
    model.release(WORDS - 3);
    const answer = await answered(page, 1);
    expect(await answer.textContent())
      .to.include(TEXT)
      .and.include('fake')
      .and.not.include('without');
  });

  it('goes on with an answer that is under way when the page is reloaded', async () => {
    const page = await openPage(platform.url);
    await halfAnswered(page);
    await page.reload();
    await writing(page).waitFor();
    expect(await page.getByTestId('user').count()).to.equal(1);
    model.release(WORDS - 3);
    expect(await (await answered(page, 1)).textContent()).to.include(TEXT);
    expect(await history(page)).to.deep.equal(['user: Is there a warranty?', `assistant: ${TEXT}`]);
  });

  it('stops the answer, and the model, and keeps what was written', async () => {
    const page = await openPage(platform.url);
    await halfAnswered(page);
    await page.getByRole('button', { name: 'Stop answering' }).click();
    const answer = await answered(page, 1);
    lost = 1;
    expect(await answer.textContent())
      .to.include('Yes, each kettle')
      .and.include('Stopped here');
    const request = model.requests.at(-1)!;
    await request.ended;
    expect(request.aborted).to.equal(true);
    await page.reload();
    expect(await (await answered(page, 1)).textContent()).to.include('Stopped here');
    pace = undefined;
    await ask(page, 'And the lid?');
    expect(await (await answered(page, 2)).textContent()).to.include(TEXT);
  });

  it('goes on by itself when the platform crashes in the middle of an answer', async () => {
    const page = await openPage(platform.url);
    await halfAnswered(page);
    await platform.kill();
    lost = 1;
    await banner(page).getByText('Connection lost').waitFor();
    pace = undefined;
    platform = await platform.restart();
    expect(await (await answered(page, 1)).textContent()).to.include(TEXT);
    await banner(page).getByText('Connection lost').waitFor({ state: 'detached' });
    expect(await history(page)).to.deep.equal(['user: Is there a warranty?', `assistant: ${TEXT}`]);
  });

  it('sends what was written while the platform was down, once it is back, and the history is whole', async () => {
    const page = await openPage(platform.url);
    pace = undefined;
    await ask(page, 'First');
    await answered(page, 1);
    await platform.kill();
    await ask(page, 'Second');
    await banner(page).getByText('Connection lost').waitFor();
    platform = await platform.restart();
    await answered(page, 2);
    await page.reload();
    await answered(page, 2);
    const whole = ['user: First', `assistant: ${TEXT}`, 'user: Second', `assistant: ${TEXT}`];
    expect(await history(page)).to.deep.equal(whole);
  });

  it('begins anew with the words that were not sent when the platform has forgotten the conversation', async () => {
    const page = await openPage(platform.url);
    await page.getByRole('button', { name: RETURNS }).waitFor();
    const outbox = '{"messageId":"m-gone","text":"Are you there?","conversationId":"cnv_gone"}';
    await page.evaluate(
      `localStorage.setItem("troupe.chat", '{"conversationId":"cnv_gone","outbox":${outbox}}')`,
    );
    pace = undefined;
    await page.reload();
    await answered(page, 1);
    expect(await history(page)).to.deep.equal(['user: Are you there?', `assistant: ${TEXT}`]);
  });

  it('says that it waits for a platform that is not there, and opens when it is', async () => {
    const page = await openPage(platform.url);
    await page.getByRole('button', { name: RETURNS }).waitFor();
    await page.route('**/web/session', route => route.abort());
    await page.reload();
    await page.getByText('We cannot reach the assistant').waitFor();
    await page.unroute('**/web/session');
    await page.getByRole('button', { name: RETURNS }).waitFor();
  });
});
