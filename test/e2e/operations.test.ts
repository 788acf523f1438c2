// Protects: what follows from conversations is there for its tenant over HTTP: the list, usage, dead letters, rebuilding.
import { expect } from 'chai';
import { Client, until, widgetToken } from './client.ts';
import { type Platform, startPlatform } from './platform.ts';

interface Listed {
  readonly conversations: readonly { id: string; status: string; turns: number; lastMessageLength: number }[];
  readonly next: string | null;
}
interface Used {
  readonly usage: readonly { turns: number }[];
  readonly total: { readonly turns: number };
}

describe('operations over HTTP', function () {
  this.timeout(120_000);
  let platform: Platform;
  let client: Client;
  before(async () => {
    platform = await startPlatform();
    client = new Client(platform.url, platform.apiKey);
  });
  after(() => platform?.stop());

  const get = async <T>(path: string) => (await (await client.request('GET', path)).json()) as T;
  const ask = async () => (await client.ask('How many days do I have to return something?')).conversationId;

  it('lists conversations newest first, page by page, each once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await ask());
    await until(
      () => get<Listed>('/chat/conversations'),
      ({ conversations }) => conversations.filter(c => c.turns === 1 && ids.includes(c.id)).length === 5,
    );
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Listed = await get(`/chat/conversations?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.conversations.map(c => c.id));
      cursor = page.next;
    }
    expect(seen.slice(0, 5)).to.deep.equal(ids);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it('shows what a person took over, by its status', async () => {
    const id = await ask();
    await client.request('POST', `/chat/conversations/${id}/takeover`, {});
    const taken = await until(
      () => get<Listed>('/chat/conversations?status=with-person'),
      ({ conversations }) => conversations.length > 0,
    );
    expect(taken.conversations.map(c => c.id)).to.deep.equal([id]);
  });

  it('counts each turn once, also after kill -9, a restart and a rebuild', async () => {
    const counted = () => get<Used>('/billing/usage');
    const { total } = await until(counted, ({ total: t }) => t.turns === 6);
    await platform.kill();
    platform = await platform.restart();
    client = new Client(platform.url, platform.apiKey);
    await ask();
    await until(counted, ({ total: t }) => t.turns === total.turns + 1);
    const before = await counted();
    const rebuilt = await client.request('POST', '/operations/consumers/metering/rebuild', {});
    expect(rebuilt.status).to.equal(200);
    expect(await counted()).to.deep.equal(before);
  });

  it('refuses what it does not understand, and the token of a customer', async () => {
    const bad = [
      '/billing/usage?from=2026-02-30',
      '/billing/usage?from=2020-01-01',
      '/chat/conversations?cursor=x',
    ];
    for (const path of bad) expect((await client.request('GET', path)).status, path).to.equal(422);
    const unknown = await client.request('POST', '/operations/dead-letters/dlt_none/replay', {});
    expect(unknown.status).to.equal(404);
    expect(await get('/operations/dead-letters')).to.deep.equal({ deadLetters: [], next: null });
    const visitor = new Client(platform.url, await widgetToken(platform.url));
    for (const path of ['/chat/conversations', '/billing/usage', '/operations/dead-letters'])
      expect((await visitor.request('GET', path)).status, path).to.equal(403);
  });
});
