// Protects: people of a tenant look after knowledge and runs by pages that everybody can use, on a desk and on a phone.
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openPage, violations, withBrowser } from './chat-page.ts';
import { Client } from './client.ts';
import { OWNER, ownerPassword } from './owner.ts';
import { type Platform, startPlatform } from './platform.ts';

const AXE: BrowserContextOptions = { bypassCSP: true, reducedMotion: 'reduce' };
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true };
const PARTS: readonly (readonly [path: string, sign: string])[] = [
  ['/knowledge', 'Warranty periods'],
  ['/knowledge?tab=add', 'Choose files'],
  ['/knowledge?tab=search', 'A question'],
  ['/knowledge?tab=gaps', 'Questions without an answer'],
  ['/knowledge?tab=review', 'Rules'],
  ['/workflows', 'order-processing'],
  ['/workflows?name=order-processing', 'Start a run'],
  ['/agents', 'fern'],
  ['/agents?name=fern', 'Instructions'],
  ['/channels', 'No account is connected'],
  ['/channels?tab=widget', 'Put this on your page'],
  ['/channels?tab=undelivered', 'Everything has arrived'],
  ['/usage', 'Budgets'],
  ['/team', 'Invite by e-mail'],
  ['/audit', 'Check the chain'],
  ['/settings', 'Every node obeys'],
  ['/settings?tab=configs', 'No config here yet'],
  ['/settings?tab=models', 'The platform’s models are used'],
  ['/settings?tab=routing', 'Nothing was tried yet'],
  ['/settings?tab=issuer', 'Redirect address'],
  ['/settings?tab=data', 'Take everything along'],
  ['/settings?tab=events', 'Every event was processed'],
  ['/inbox?view=settings', 'Replies to hand'],
];

describe('the portal', function () {
  this.timeout(90_000);
  let platform: Platform;
  let shop: Client;
  withBrowser();
  before(async function () {
    this.timeout(240_000);
    platform = await startPlatform();
    shop = new Client(platform.url, platform.apiKey);
  });
  after(() => platform?.stop());

  async function signIn(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openPage(`${platform.url}${path}`, { ...AXE, ...options });
    await page.getByLabel('E-mail').fill(OWNER);
    await page.getByLabel('Password').fill(ownerPassword(platform));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page
      .getByRole('link', { name: 'Knowledge' })
      .or(page.getByRole('button', { name: 'Menu' }))
      .first()
      .waitFor();
    return page;
  }

  it('has no fault that axe finds on any page, in both schemes, and fits 360 pixels', async () => {
    for (const options of [{ colorScheme: 'light' }, { ...PHONE, colorScheme: 'dark' }] as const) {
      const page = await signIn('/knowledge', options);
      for (const [path, sign] of PARTS) {
        // As Back and Forward do: the page stays, and with it what looks for faults.
        await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
        await page.evaluate('dispatchEvent(new PopStateEvent("popstate"))');
        await page.getByText(sign).first().waitFor();
        expect(await violations(page), path).to.deep.equal([]);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect(width, path).to.be.at.most(options.colorScheme === 'dark' ? 360 : 1_280);
      }
    }
  });

  it('takes documents with their progress, finds them, says why, and shows who may read them', async () => {
    const page = await signIn('/knowledge?tab=add');
    await page.locator('input[type=file]').setInputFiles([
      {
        name: 'moor-kettle.md',
        mimeType: 'text/markdown',
        buffer: Buffer.from('# Moor Kettle\n\nThe Moor Kettle whistles in D minor.'),
      },
      { name: 'broken.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 nothing') },
    ]);
    await page.getByTestId('upload').filter({ hasText: 'moor-kettle.md' }).getByText('added').waitFor();
    await page.getByTestId('upload').filter({ hasText: 'broken.pdf' }).getByText('not added').waitFor();
    await page.getByRole('link', { name: 'Try the search' }).click();
    await page
      .getByLabel('A question, as a customer would ask it')
      .fill('In which key does the Moor Kettle whistle?');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByTestId('results').getByText('moor-kettle').first().waitFor();
    expect(await page.getByTestId('quoted').textContent()).to.include('D minor');
    await page.getByText('Why it was found').first().click();
    await page.getByText('By its words').first().waitFor();
    expect(await violations(page)).to.deep.equal([]);

    await page.getByRole('link', { name: 'Documents' }).click();
    const saved = page.waitForResponse('**/access');
    await page.getByLabel('Who may read moor-kettle').selectOption('internal');
    expect((await saved).status()).to.equal(200);
    await page.getByText('staff only').first().waitFor();
    page.once('dialog', dialog => void dialog.accept());
    await page.getByRole('button', { name: 'Remove moor-kettle' }).click();
    await page.getByRole('button', { name: 'Remove moor-kettle' }).waitFor({ state: 'detached' });
  });

  it('starts a run, shows it step by step as it goes, and begins another from one of its steps', async () => {
    const page = await signIn('/workflows?name=order-processing');
    const order = `web-${Date.now()}`;
    const input = { order, sku: 'kettle-blue', quantity: 1, amount: 30_000, card: '4242', address: 'Da Lat' };
    await page.getByLabel('Input, JSON').fill('{');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText('not valid JSON').waitFor();
    await page.getByLabel('Input, JSON').fill(JSON.stringify(input));
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByTestId('phase').getByText('completed').waitFor();
    await page.getByRole('button', { name: /chargePayment.*completed/ }).press('Enter');
    const step = page.getByTestId('step').filter({ hasText: 'chargePayment' });
    expect(await page.getByTestId('step').filter({ hasText: 'shipOrder' }).count()).to.equal(0);
    await step.locator('summary').click();
    await step.getByText('30000').first().waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Fork from chargePayment' }).click();
    await page.getByText('forked from another run').waitFor();

    const second = { ...input, order: `${order}-2` };
    const paid = await shop.request('POST', '/orchestrator/workflows/order-processing/runs', {
      input: second,
      wait: 15_000,
    });
    expect((await paid.json()) as object).to.include({ phase: 'completed' });
    await shop.request('POST', '/orchestrator/workflows/return-refund/runs', {
      input: { order: second.order, sku: 'kettle-blue' },
      runId: `run-${order}`,
    });
    await page.goto(`${platform.url}/workflows?run=run-${order}`);
    await page.getByTestId('task').getByText('Refund 30000 cents').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByLabel('Comment').fill('Fair enough');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByTestId('phase').getByText('completed').waitFor();
    await page.getByRole('button', { name: /refund, .*completed/ }).waitFor();
  });

  it('shows on a phone what a run waits for, takes a signal, and cancels it', async () => {
    const source = `document: {dsl: '1.0.3', namespace: web, name: web-waits, version: '1.0.0'}
do:
  - parcel:
      listen: {to: {one: {with: {type: com.example.parcel}}}}
  - person:
      listen: {to: {one: {with: {type: com.example.person}}}}
`;
    await shop.request('PUT', '/orchestrator/workflows', { source });
    const runId = `run-waits-${Date.now()}`;
    await shop.request('POST', '/orchestrator/workflows/web-waits/runs', { runId });
    const page = await signIn(`/workflows?run=${runId}`, PHONE);
    await page.getByText('The run waits for: com.example.parcel').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page
      .getByText('The run waits for: com.example.person')
      .or(page.getByText('Sent.'))
      .first()
      .waitFor();
    await page.getByRole('button', { name: /person.*waiting/ }).waitFor();
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).to.be.at.most(360);
    page.once('dialog', dialog => void dialog.accept());
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByTestId('phase').getByText('cancelled').waitFor();
  });

  it('connects an account: shows its address and secret once, never a credential, and how it does', async () => {
    const page = await signIn('/channels');
    await page.getByRole('button', { name: 'Connect an account' }).click();
    await page.getByRole('button', { name: 'WhatsApp' }).click();
    await page.getByLabel('Name').fill('Our number');
    await page.getByLabel('Phone number id').fill('106540352242922');
    await page.getByLabel('App secret').fill('the-app-secret');
    await page.getByLabel('Access token').fill('EAAG-the-access-token');
    expect(await violations(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('2. Give this to the platform.').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByTestId('account').getByText('nothing has come yet').waitFor();
    const [address, verifyToken] = await page.getByRole('status').locator('code').allTextContents();
    // As Meta does when the address is given to it.
    const handshake = (token: string) =>
      fetch(`${address}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`);
    expect(await (await handshake(verifyToken!)).text()).to.equal('1158201444');
    expect((await handshake('made-up')).status).to.equal(401);
    const forged = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    expect((await fetch(address!, { method: 'POST', headers: forged, body: '{}' })).status).to.equal(401);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByTestId('account').getByText('its signature does not fit').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    const text = await page.content();
    for (const secret of [verifyToken!, 'the-app-secret', 'EAAG-the-access-token'])
      expect(text).to.not.include(secret);
    await page.getByRole('button', { name: 'Use a template for Our number' }).click();
    await page.getByLabel('Name').fill('answer_ready');
    await page.getByLabel('What stands in its places').fill('Kettlemoor\n{answer}');
    expect(await violations(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByTestId('template').getByText('answer_ready · en').waitFor();
    await page.getByRole('button', { name: 'Change the template of Our number' }).click();
    expect(await page.getByLabel('What stands in its places').inputValue()).to.equal('Kettlemoor\n{answer}');
    page.once('dialog', dialog => void dialog.accept());
    await page.getByRole('button', { name: 'Disconnect Our number' }).click();
    await page.getByText('No account is connected').waitFor();
  });

  it('switches a flag, keeps a secret, and tells who changed what', async () => {
    const page = await signIn('/settings');
    await page.getByRole('button', { name: 'Add a flag' }).click();
    await page.getByLabel('Key').fill('new-greeting');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Switch off new-greeting' }).click();
    await page.getByRole('button', { name: 'Switch on new-greeting' }).waitFor();
    await page.getByRole('button', { name: 'History of new-greeting' }).click();
    await page.getByTestId('version').getByText(OWNER).nth(1).waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.getByRole('link', { name: 'Configs' }).click();
    await page.getByRole('button', { name: 'Add a config' }).click();
    await page.getByLabel('Key').fill('pay-key');
    await page.getByLabel('A secret').check();
    await page.getByLabel('Value').fill('s3cr3t-of-the-till');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('sealed', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'History of pay-key' }).click();
    await page.getByTestId('version').waitFor();
    expect(await page.content()).to.not.include('s3cr3t-of-the-till');
    await page.getByRole('link', { name: 'Data', exact: true }).click();
    await page.getByLabel('For ever').uncheck();
    await page.getByLabel('Days after the last message').fill('90');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.goto(`${platform.url}/audit`);
    await page.getByText('privacy.retain').first().waitFor();
    await page.getByText(OWNER).first().waitFor();
  });

  it('tries another way of choosing models, takes it back, and tells whether anything has changed', async () => {
    const page = await signIn('/settings?tab=routing');
    await page.getByRole('button', { name: 'Begin a trial' }).click();
    await page.getByLabel('What to try').selectOption('SLM_B');
    await page.getByLabel('Conversations in percent').fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    const canary = page.getByTestId('canary');
    await canary.getByText('under way').waitFor();
    expect(await canary.textContent()).to.include('SLM_B for everything · 5 %');
    expect(await page.getByRole('button', { name: 'Begin a trial' }).count()).to.equal(0);
    expect(await violations(page)).to.deep.equal([]);
    await canary.getByRole('button', { name: 'Take back' }).click();
    await canary.getByText('taken back').waitFor();
    await page.getByRole('button', { name: 'Compare now' }).click();
    await page
      .getByRole('status')
      .getByText(/outcomes/)
      .waitFor();
    expect(await violations(page)).to.deep.equal([]);
  });

  it('makes a key that is shown once, and tells an agent what to do in a new version', async () => {
    const page = await signIn('/team');
    await page.getByLabel('Name of a new key').fill('till');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const key = await page.getByRole('status').locator('code').textContent();
    const visitor = new Client(platform.url, key!);
    expect((await visitor.request('GET', '/chat/conversations')).status).to.equal(403);
    page.once('dialog', dialog => void dialog.accept());
    await page.getByRole('button', { name: 'End till' }).click();
    await page.getByRole('button', { name: 'End till' }).waitFor({ state: 'detached' });
    await page.goto(`${platform.url}/agents?name=fern`);
    await page.getByLabel('What the model is told').press('End');
    await page.getByLabel('What the model is told').pressSequentially(' Be kind.');
    await page.getByRole('button', { name: 'Save as a new version' }).click();
    await page.getByText('Saved: version 1.').waitFor();
    await page.getByRole('button', { name: 'Promote version 1 to production' }).click();
    await page.getByTestId('stage-production').getByText('version 1').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await page.goto(`${platform.url}/audit`);
    await page.getByText('agents.put').first().waitFor();
    await page.getByRole('button', { name: 'Check the chain' }).click();
    await page.getByText('as they were written').waitFor();
  });
});
