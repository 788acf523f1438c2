// Protects: the page asks the platform as its contracts say, repeats a message byte for byte, and outlives the end of its token.
import { expect } from 'chai';
import { ChatApi, Refusal } from '../../../web/src/chat/api.ts';
import type { Outbox } from '../../../web/src/chat/types.ts';

const OUTBOX: Outbox = {
  messageId: 'm1',
  text: 'Hi',
  conversationId: null,
  acceptedAs: 'm1',
  failure: null,
};

/** A platform that gives these answers in turn, and takes one token at a time. */
function platform(token: () => string, answers: (() => Response)[]) {
  const asked: { path: string; init: RequestInit }[] = [];
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const fetchFrom = async (path: string, init: RequestInit = {}) => {
    asked.push({ path, init });
    if (path === '/web/session') return Response.json({ publicKey: 'wpk_1' });
    if (path === OPEN)
      return Response.json({
        title: 'T',
        greeting: 'G',
        suggestions: [],
        token: token(),
        expiresInSeconds: 9,
      });
    const { authorization } = init.headers as Record<string, string>;
    return authorization === `Bearer ${token()}`
      ? answers.shift()!()
      : Response.json({ code: 'unauthenticated' }, { status: 401 });
  };
  return { api: new ChatApi(fetchFrom as typeof fetch, { store }), asked };
}

const OPEN = '/api/v1/widget/sessions';
const stream = (text: string) => () =>
  new Response(text, { headers: { 'content-type': 'text/event-stream' } });

async function eventsOf(source: AsyncIterable<{ event: { type: string } }>): Promise<string[]> {
  const types: string[] = [];
  for await (const { event } of source) types.push(event.type);
  return types;
}

const live = () => new AbortController().signal;

describe('the API as the page uses it', () => {
  it('sends a message under its id, and the same bytes when it is sent again', async () => {
    const answer = stream('id: 1.0\nevent: accepted\ndata: {}\n\nid: 1.1\nevent: new thing\ndata: {}\n\n');
    const { api, asked } = platform(() => 'k', [answer, answer]);
    expect(await eventsOf(api.send(OUTBOX, live()))).to.deep.equal(['accepted']);
    await eventsOf(api.send({ ...OUTBOX, acceptedAs: null }, live()));
    const [first, second] = asked.filter(({ path }) => path === '/api/v1/chat/messages');
    expect(first?.init.body).to.equal('{"message":"Hi"}').and.to.equal(second?.init.body);
    for (const sent of [first, second])
      expect(sent?.init.headers).to.include({ 'idempotency-key': 'm1', accept: 'text/event-stream' });
  });

  it('asks for a new token when the old one is not good any more, and shows who it was', async () => {
    let key = 'old';
    const view = () => Response.json({ id: 'c', messages: [] });
    const { api, asked } = platform(() => key, [view, view]);
    await api.conversation('c', 0);
    key = 'new';
    expect(await api.conversation('c', 7)).to.include({ id: 'c' });
    expect(asked.map(({ path }) => path)).to.deep.equal([
      '/web/session',
      OPEN,
      '/api/v1/chat/conversations/c',
      '/api/v1/chat/conversations/c?after=7',
      '/web/session',
      OPEN,
      '/api/v1/chat/conversations/c?after=7',
    ]);
    const opened = asked.filter(({ path }) => path === OPEN).map(({ init }) => String(init.body));
    expect(opened).to.deep.equal(['{"publicKey":"wpk_1"}', '{"publicKey":"wpk_1","token":"old"}']);
  });

  it('is one customer when two parts of a page ask at once', async () => {
    const view = () => Response.json({ id: 'c', messages: [] });
    const { api, asked } = platform(() => 'k', [view, view]);
    await Promise.all([api.conversation('c', 0), api.conversation('c', 0)]);
    expect(asked.filter(({ path }) => path === OPEN)).to.have.length(1);
  });

  it('is one customer when several pages of a browser open at once, with locks and without', async () => {
    for (const locks of [true, false]) {
      const kept = new Map<string, string>();
      const store = {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
      };
      let customers = 0;
      const spoke: string[] = [];
      const fetchFrom = async (path: string, init: RequestInit = {}) => {
        if (path === '/web/session') return Response.json({ publicKey: 'wpk_1' });
        if (path === OPEN) {
          const { token } = JSON.parse(String(init.body)) as { token?: string };
          const customer = token ?? `customer ${++customers}`;
          await Promise.resolve();
          return Response.json({
            title: 'T',
            greeting: '',
            suggestions: [],
            token: customer,
            expiresInSeconds: 9,
          });
        }
        spoke.push((init.headers as Record<string, string>).authorization!);
        return Response.json({ id: 'c', messages: [] });
      };
      let line: Promise<unknown> = Promise.resolve();
      const inLine = <T>(work: () => Promise<T>) => {
        const done = line.then(work);
        line = done;
        return done;
      };
      const pages = [1, 2, 3].map(
        () => new ChatApi(fetchFrom as typeof fetch, { store, ...(locks ? { alone: inLine } : {}) }),
      );
      await Promise.all(pages.map(page => page.conversation('c', 0)));
      expect(new Set(spoke).size, `locks: ${locks}`).to.equal(1);
      if (locks) expect(customers).to.equal(1);
    }
  });

  it('watches from a position, and tells a refusal with its time to wait', async () => {
    const busy = () =>
      Response.json({ code: 'overloaded' }, { status: 503, headers: { 'retry-after': '3' } });
    const { api, asked } = platform(() => 'k', [busy, () => new Response('<html>', { status: 502 })]);
    for (const expected of [
      { code: 'overloaded', status: 503, retryAfter: 3 },
      { code: '', status: 502, retryAfter: null },
    ]) {
      const refusal = await eventsOf(api.watch('c/../x', { seq: 4 }, live())).catch(
        (error: unknown) => error,
      );
      expect(refusal).to.be.instanceOf(Refusal);
      expect((refusal as Refusal).problem).to.include(expected);
    }
    expect(asked.at(-1)?.path).to.equal('/api/v1/chat/conversations/c%2F..%2Fx/events?after=4');
  });
});
