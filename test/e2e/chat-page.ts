/** The chat page as a customer finds it: what is on it, and what must never happen there. */
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';

const WEB = join(import.meta.dirname, '../../web');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export const RETURNS = 'How many days do I have to return something?';
export const ORDER = 'Where is my order KM-10234? My e-mail is linh.tran@example.com';

let browser: Browser | undefined;
/** Breaches of the page's own policy, and what it threw. */
const complaints: string[] = [];

/** Hooks for a suite: one browser, closed pages after each test, and no complaint of any of them. */
export function withBrowser(): void {
  before(async function () {
    this.timeout(60_000);
    checkBuild();
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser?.contexts().map(context => context.close()) ?? []);
    expect(complaints.splice(0)).to.deep.equal([]);
  });
}

/** The platform serves `web/dist`: a test of an older page would prove nothing. */
function checkBuild(): void {
  const changedMs = (path: string) => statSync(join(WEB, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const built = changedMs('dist/index.html');
  const sources = readdirSync(join(WEB, 'src'), { recursive: true, encoding: 'utf8' });
  if (sources.some(file => /\.(tsx?|css)$/.test(file) && changedMs(join('src', file)) > built))
    throw new Error('web/dist is missing or older than web/src: run `npm run build -w web`');
}

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser!.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', message => {
    if (/Content Security Policy|Warning:|Uncaught/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

export const input = (page: Page): Locator => page.getByLabel('Your message');
export const answers = (page: Page): Locator => page.getByTestId('assistant');
export const banner = (page: Page): Locator => page.getByTestId('banner');

export async function ask(page: Page, question: string): Promise<void> {
  await input(page).fill(question);
  await input(page).press('Enter');
}

/** Waits until there are so many answers and none under way; gives the last. */
export async function answered(page: Page, count: number): Promise<Locator> {
  await answers(page)
    .nth(count - 1)
    .waitFor();
  await page.getByRole('button', { name: 'Send' }).waitFor();
  expect(await answers(page).count()).to.equal(count);
  return answers(page).nth(count - 1);
}

/** What axe finds against WCAG 2.2 AA and its own best practices: rule and elements. */
export async function violations(page: Page): Promise<string[]> {
  const known = await page.evaluate<boolean>('"axe" in window');
  // As a file of the page's own world: its policy allows no inline script.
  if (!known) await page.addScriptTag({ path: AXE });
  const found = await page.evaluate<{ violations: { id: string; nodes: { target: string[] }[] }[] }>(
    'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })',
  );
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(node => node.target.join(' ')).join(', ')}`,
  );
}

export function conversationOf(page: Page): Promise<string> {
  return page.evaluate<string>('JSON.parse(localStorage.getItem("troupe.chat")).conversationId');
}
