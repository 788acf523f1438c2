/**
 * A platform that only looks like one, for work on the page: `npm run dev:mock -w web`.
 * Words in a message choose what happens: "order" runs a tool, "fail" fails, "person" asks for one,
 * "drop" breaks the connection once, "long" gives a long answer.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

interface Conversation {
  readonly id: string;
  readonly messages: Record<string, unknown>[];
  readonly answers: Map<string, Record<string, unknown>>;
  wantsPerson: string | null;
  cancelled: boolean;
}

const conversations = new Map<string, Conversation>();
const dropped = new Set<string>();

const SESSION = {
  title: 'Fern, the Kettlemoor assistant',
  greeting:
    'Hello, I am Fern, the assistant of Kettlemoor. Ask me about an order, about shipping, returns or our tea gear.',
  suggestions: [
    'Where is my order KM-10234? My e-mail is linh.tran@example.com',
    'How many days do I have to return something?',
    'How much is shipping to Japan?',
    'How long is the warranty on the Tarn Kettle?',
  ],
  token: 'mock',
  expiresInSeconds: 3_600,
};
const RETURNS =
  'You have **30 days** after delivery to return something [1]. It must be unused and in its packaging:\n\n- write to us, or start the return here\n- pack it well\n- drop it at the post office\n\nYou find the label under https://example.com/returns.';
const ORDER = 'Order **KM-10234** left Da Nang on 18 November and is expected on 24 November.';

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));

async function bodyOf(request: IncomingMessage): Promise<{ message?: string; conversationId?: string }> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function begin(id: string): Conversation {
  const made = { id, messages: [], answers: new Map(), wantsPerson: null, cancelled: false };
  conversations.set(id, made);
  return made;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { message = '', conversationId } = await bodyOf(request);
  const key = String(request.headers['idempotency-key']);
  const id = conversationId ?? `cnv_${key.slice(0, 8)}`;
  const conversation = conversations.get(id) ?? begin(id);
  let sent = 0;
  const emit = (event: string, data: unknown) =>
    response.write(`id: ${++sent}.0\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const turn = conversation.messages.filter(m => m.role === 'user').length + 1;
  emit('accepted', { conversationId: id, turn, messageId: key });
  const old = conversation.answers.get(key);
  if (old) return void response.end(`id: 99.m\nevent: message\ndata: ${JSON.stringify(old)}\n\n`);
  if (!conversation.messages.some(m => m.id === key))
    conversation.messages.push({ id: key, role: 'user', text: message, turn, citations: [], toolCalls: [] });
  conversation.cancelled = false;

  const order = message.includes('order');
  if (order) {
    emit('tool', { name: 'look_up_order', status: 'running' });
    await pause(1_200);
    emit('tool', { name: 'look_up_order', status: 'done' });
  }
  const text = message.includes('long') ? `${RETURNS}\n\n`.repeat(8) : order ? ORDER : RETURNS;
  for (let offset = 0; offset < text.length && !conversation.cancelled; offset += 6) {
    emit('delta', { text: text.slice(offset, offset + 6), offset });
    await pause(25);
    if (message.includes('drop') && offset > 60 && !dropped.has(key)) {
      dropped.add(key);
      return void response.destroy();
    }
  }
  if (conversation.cancelled || message.includes('fail'))
    return void response.end(
      `id: 98.f\nevent: error\ndata: ${JSON.stringify({ code: conversation.cancelled ? 'conflict' : 'model-failed', title: 'The model provider failed' })}\n\n`,
    );
  if (message.includes('person')) conversation.wantsPerson = 'The customer asks for a person';
  const done = {
    id: randomUUID(),
    role: 'assistant',
    text,
    citations: order
      ? []
      : [
          {
            documentId: 'doc_1',
            title: 'Returns policy',
            quote: 'You can return unused goods within 30 days after delivery.',
          },
          {
            documentId: 'doc_2',
            title: 'How to return something',
            quote: 'Write to us before you send a parcel.',
          },
        ],
    toolCalls: order ? [{ name: 'look_up_order', status: 'done' }] : [],
  };
  conversation.messages.push({ ...done, turn });
  const usage = { tier: 'SLM_A', model: 'offline', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
  const final = { conversationId: id, turn, message: done, usage };
  conversation.answers.set(key, final);
  emit('message', final);
  response.end();
}

export function mockApi(): Plugin {
  return {
    name: 'mock-api',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
        const [, id = '', verb] =
          /^\/api\/v1\/chat\/conversations\/([^/]+)(?:\/(\w+))?$/.exec(pathname) ?? [];
        const conversation = conversations.get(id);
        if (pathname === '/web/session') reply(response, 200, { publicKey: 'mock' });
        else if (pathname === '/api/v1/widget/sessions') reply(response, 200, SESSION);
        else if (pathname === '/api/v1/chat/messages') void answer(request, response);
        else if (!pathname.startsWith('/api/')) next();
        else if (!conversation) reply(response, 404, { code: 'not-found', title: 'There is nothing here' });
        else if (verb === 'cancel') {
          conversation.cancelled = true;
          reply(response, 200, { id, status: 'open', seq: conversation.messages.length });
        } else if (verb === 'events') {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
        } else
          reply(response, 200, {
            id,
            status: 'open',
            wantsPerson: conversation.wantsPerson,
            answering: false,
            seq: conversation.messages.length,
            more: false,
            messages: conversation.messages.slice(Number(searchParams.get('after') ?? 0)),
          });
      });
    },
  };
}
