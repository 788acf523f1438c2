// Protects: people sign in by their company's issuer in a real browser, come back signed in, and are told why when not.
import { expect } from 'chai';
import { startIssuer } from '../suites/oidc-issuer.ts';
import { openPage, violations, withBrowser } from './chat-page.ts';
import { OWNER, ownerPassword } from './owner.ts';
import { type Platform, startPlatform } from './platform.ts';

const AXE = { bypassCSP: true, reducedMotion: 'reduce' } as const;
const ADA = { sub: 'ada-1', email: 'ada@kettlemoor.example', email_verified: true };

describe('sign-in by an issuer, in a browser', function () {
  this.timeout(60_000);
  let platform: Platform;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let link: string;
  withBrowser();
  before(async function () {
    this.timeout(240_000);
    issuer = await startIssuer();
    issuer.visitedBy(ADA);
    platform = await startPlatform({ env: { TROUPE_OUTBOUND_ALLOW: '127.0.0.1' } });
  });
  after(async () => {
    await platform?.stop();
    issuer?.close();
  });

  it('is set up by an owner, who gets the link for their people', async () => {
    const page = await openPage(`${platform.url}/settings?tab=issuer`, AXE);
    await page.getByLabel('E-mail').fill(OWNER);
    await page.getByLabel('Password').fill(ownerPassword(platform));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('Issuer', { exact: true }).fill('http://127.0.0.1:1');
    await page.getByLabel('Client id').fill('troupe');
    await page.getByLabel('Client secret').fill('the secret');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('cannot be reached').waitFor();
    await page.getByLabel('Issuer', { exact: true }).fill(issuer.issuer);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved: the issuer answers.').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    link = (await page.locator('code').filter({ hasText: 'way=issuer' }).textContent())!;
    expect(link).to.match(/\/sign-in\?way=issuer&tenant=ten_/);
    await page.reload();
    expect(await page.getByLabel('Client secret').inputValue()).to.equal('');
  });

  it('lets a person in by the button, under the address that the issuer vouches for', async () => {
    const page = await openPage(link, AXE);
    await page.getByRole('button', { name: 'Go on to sign in' }).click();
    await page.getByRole('link', { name: 'Yes' }).click();
    await page.getByText(ADA.email).waitFor();
    expect(new URL(page.url()).pathname).to.equal('/inbox');
    expect(page.url()).to.not.include('code=');
    await page.reload();
    await page.getByText(ADA.email).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('brings a person back to the part that they had come for', async () => {
    const page = await openPage(new URL('/settings?part=flags', link).href, AXE);
    await page.getByRole('link', { name: 'Sign in with your company account' }).click();
    await page.getByLabel('Your organisation').fill(new URL(link).searchParams.get('tenant')!);
    await page.getByRole('button', { name: 'Go on to sign in' }).click();
    await page.getByRole('link', { name: 'Yes' }).click();
    await page.getByText(ADA.email).waitFor();
    await page.waitForURL('**/settings?part=flags');
  });

  it('says why it did not work, and lets one try again', async () => {
    const page = await openPage(link, AXE);
    await page.getByRole('button', { name: 'Go on to sign in' }).click();
    await page.getByRole('link', { name: 'No' }).click();
    await page.getByRole('alert').getByText('did not let you in').waitFor();
    expect(await violations(page)).to.deep.equal([]);
    issuer.twist({ nonce: 'of somebody else' });
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(await page.getByLabel('Your organisation').inputValue()).to.match(/^ten_/);
    await page.getByRole('button', { name: 'Go on to sign in' }).click();
    await page.getByRole('link', { name: 'Yes' }).click();
    await page.getByRole('alert').getByText('did not succeed').waitFor();
    issuer.twist({});
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Go on to sign in' }).click();
    const back = await page.getByRole('link', { name: 'Yes' }).getAttribute('href');
    // The address that came back, opened where the sign-in was not begun.
    const stranger = await openPage(back!, AXE);
    await stranger.getByRole('alert').getByText('begun in another tab').waitFor();
  });
});
