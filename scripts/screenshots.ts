/** Writes the pictures of docs/images: starts a platform of its own, has a short conversation, and looks at it. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from '../test/e2e/browser.ts';
import { startPlatform } from '../test/e2e/platform.ts';

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

const platform = await startPlatform();
try {
  const browser = await launchBrowser();
  try {
    for (const picture of PICTURES) await take(browser, platform.url, picture);
  } finally {
    await browser.close();
  }
} finally {
  await platform.stop();
}
