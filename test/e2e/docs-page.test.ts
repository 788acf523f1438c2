// Protects: the documentation runs in a real browser under the policy that it is served with.
import { expect } from 'chai';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { openPage, withBrowser } from './chat-page.ts';

describe('the page of the interface', () => {
  let node: TestNode;
  before(async () => {
    node = await startEmbeddedNode();
  });
  after(() => node?.stop());
  withBrowser();

  it('runs under its own policy without a breach', async () => {
    const page = await openPage(`${node.url}/docs`);
    await page.locator('#operations-tag-chat').click();
    await page.getByText('/api/v1/chat/messages').first().waitFor();
    await page.getByText('/api/v1/chat/messages').first().click();
    await page.getByText('Idempotency-Key').first().waitFor();
    expect(await page.locator('.opblock').count()).to.be.above(5);
    expect(await page.locator('.opblock-tag').count()).to.be.above(5);
    await page.goto(`${node.url}/docs/errors`);
    await page.locator('#idempotency-mismatch').waitFor();
  });
});
