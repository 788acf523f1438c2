/** Writes the pictures of docs/images: starts a platform of its own, has short conversations, and looks at its pages. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../test/e2e/browser.ts';
import { Client } from '../test/e2e/client.ts';
import { OWNER, ownerPassword } from '../test/e2e/owner.ts';
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

/** Signed in as the owner, at a part of the portal. */
async function portal(
  browser: Browser,
  platform: Platform,
  path: string,
  options: BrowserContextOptions,
): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(`${platform.url}${path}`);
  await page.getByLabel('E-mail').fill(OWNER);
  await page.getByLabel('Password').fill(ownerPassword(platform));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  return page;
}

async function keep(page: Page, file: string): Promise<void> {
  await page.screenshot({ path: join(IMAGES, file) });
  await page.context().close();
  console.log(`docs/images/${file}`);
}

/** The inbox with a customer who waits, as a colleague sees it who has just taken over. */
async function takeInbox(browser: Browser, platform: Platform, file: string, options: BrowserContextOptions) {
  const customer = new Client(platform.url, platform.apiKey);
  const { conversationId } = await customer.ask(ORDER);
  await customer.ask('I want to talk to a human', { conversationId });
  await customer.ask('Can a human call me about my refund?');
  const note = { text: 'Third parcel of hers that is late: be generous.', by: 'Bo' };
  await customer.request('POST', `/chat/conversations/${conversationId}/notes`, note);
  const page = await portal(browser, platform, `/inbox?c=${conversationId}`, options);
  await page.getByRole('button', { name: 'Take over' }).click();
  await page.getByLabel('Your reply').fill('Hello, this is Mai. Your parcel is on its way.');
  await page.getByTestId('noted').waitFor();
  await keep(page, file);
}

async function takePortal(browser: Browser, platform: Platform): Promise<void> {
  const context = await browser.newContext({ locale: 'en-GB', ...DESK });
  const door = await context.newPage();
  await door.goto(`${platform.url}/sign-in`);
  await door.getByLabel('E-mail').waitFor();
  await keep(door, 'sign-in.png');
  const search = await portal(browser, platform, '/knowledge?tab=search', DESK);
  await search.getByLabel('A question, as a customer would ask it').fill(RETURNS);
  await search.getByRole('button', { name: 'Search', exact: true }).click();
  await search.getByText('Why it was found').first().click();
  await keep(search, 'knowledge-search.png');
  const channels = await portal(browser, platform, '/channels', DESK);
  await channels.getByRole('button', { name: 'Connect an account' }).click();
  await channels.getByRole('button', { name: 'WhatsApp' }).click();
  await channels.getByLabel('Name').fill('Our number');
  await channels.getByLabel('Phone number id').fill('106540352242922');
  await channels.getByLabel('App secret').fill('an app secret');
  await channels.getByLabel('Access token').fill('an access token');
  await channels.getByRole('button', { name: 'Connect', exact: true }).click();
  await channels.getByText('2. Give this to the platform.').waitFor();
  await keep(channels, 'channels-connect.png');
  const client = new Client(platform.url, platform.apiKey);
  const input = {
    order: 'A-1',
    sku: 'kettle-blue',
    quantity: 1,
    amount: 4_200,
    card: '4242',
    address: 'Da Lat',
  };
  const started = await client.request('POST', '/orchestrator/workflows/order-processing/runs', {
    input,
    wait: 5_000,
  });
  const { id } = (await started.json()) as { id: string };
  for (const [file, options] of [
    ['run-desktop.png', { viewport: { width: 1400, height: 900 } }],
    ['run-phone.png', PHONE],
  ] as const) {
    const run = await portal(browser, platform, `/workflows?run=${id}`, options);
    await run.getByTestId('phase').getByText('completed').waitFor();
    await run.getByTestId('step').first().locator('summary').click();
    await keep(run, file);
  }
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
    await takePortal(browser, platform);
    await takeInbox(browser, platform, 'inbox-desktop.png', { viewport: { width: 1400, height: 860 } });
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
