/** Writes the pictures of docs/images: starts a platform of its own, has a short conversation, and looks at it. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from '../test/e2e/browser.ts';
import { Client } from '../test/e2e/client.ts';
import { type Platform, startPlatform } from '../test/e2e/platform.ts';

const IMAGES = join(import.meta.dirname, '../docs/images');

interface Picture {
  readonly file: string;
  readonly context: BrowserContextOptions;
  readonly words: { readonly input: string; readonly send: string };
  readonly questions: readonly string[];
  /** Opens the source of this answer, counted from 0. */
  readonly openSourceOf?: number;
  /** Waits for this notice, which comes after the answer. */
  readonly banner?: string;
}

const EN = { input: 'Your message', send: 'Send' };
const VI = { input: 'Tin nhắn của bạn', send: 'Gửi' };
const RETURNS = 'How many days do I have to return something?';
const ORDER = 'Where is my order KM-10234? My e-mail is linh.tran@example.com';

const PICTURES: readonly Picture[] = [
  {
    file: 'chat-desktop.png',
    context: { viewport: { width: 1200, height: 960 }, locale: 'en-GB' },
    words: EN,
    questions: [RETURNS, ORDER],
    openSourceOf: 0,
  },
  {
    file: 'chat-phone.png',
    context: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'vi-VN' },
    words: VI,
    questions: ['Tôi có bao nhiêu ngày để trả hàng?'],
    openSourceOf: 0,
  },
  {
    file: 'chat-dark.png',
    context: { viewport: { width: 1200, height: 960 }, colorScheme: 'dark', locale: 'en-GB' },
    words: EN,
    questions: [ORDER, 'I want to talk to a human'],
    banner: 'Waiting for a person',
  },
];

async function take(browser: Browser, url: string, picture: Picture): Promise<void> {
  const { file, context: options, words, questions, openSourceOf, banner } = picture;
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(url);
  for (const [index, question] of questions.entries()) {
    await page.getByLabel(words.input).fill(question);
    await page.getByLabel(words.input).press('Enter');
    await page.getByTestId('assistant').nth(index).waitFor();
    await page.getByRole('button', { name: words.send }).waitFor();
  }
  if (openSourceOf !== undefined)
    await page.getByTestId('assistant').nth(openSourceOf).locator('summary').first().click();
  if (banner !== undefined) await page.getByTestId('banner').getByText(banner).waitFor();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(IMAGES, file) });
  await context.close();
  console.log(`docs/images/${file}`);
}

/** The inbox with a customer who waits, as a colleague sees it who has just taken over. */
async function takeInbox(
  browser: Browser,
  { url, apiKey }: Platform,
  file: string,
  options: BrowserContextOptions,
) {
  const customer = new Client(url, apiKey);
  const { conversationId } = await customer.ask(ORDER);
  await customer.ask('I want to talk to a human', { conversationId });
  await customer.ask('Can a human call me about my refund?');
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(`${url}/inbox`);
  await page.getByLabel('API key').fill(apiKey);
  await page.getByLabel('Your name').fill('Mai');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByTestId('row').filter({ hasText: ORDER }).first().click();
  await page.getByRole('button', { name: 'Take over' }).click();
  await page.getByLabel('Your reply').fill('Hello, this is Mai. Your parcel is on its way.');
  await page.getByTestId('steps').first().locator('summary').click();
  await page.screenshot({ path: join(IMAGES, file) });
  await context.close();
  console.log(`docs/images/${file}`);
}

async function takeWidget(browser: Browser, url: string, file: string, options: BrowserContextOptions) {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(`${url}/widget-demo`);
  await page.getByRole('button', { name: 'Chat with us' }).click();
  await page.getByLabel('Your message').fill(RETURNS);
  await page.getByLabel('Your message').press('Enter');
  await page.getByTestId('assistant').getByTestId('source').first().locator('summary').click();
  await page.screenshot({ path: join(IMAGES, file) });
  await context.close();
  console.log(`docs/images/${file}`);
}

const DESK: BrowserContextOptions = { viewport: { width: 1200, height: 800 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };

const platform = await startPlatform();
try {
  const browser = await launchBrowser();
  try {
    await takeInbox(browser, platform, 'inbox-desktop.png', DESK);
    await takeInbox(browser, platform, 'inbox-phone.png', PHONE);
    await takeWidget(browser, platform.url, 'widget-desktop.png', DESK);
    await takeWidget(browser, platform.url, 'widget-phone.png', PHONE);
    for (const picture of PICTURES) await take(browser, platform.url, picture);
  } finally {
    await browser.close();
  }
} finally {
  await platform.stop();
}
