/**
 * A stand-in for the chat platforms' send APIs (Messenger and WhatsApp of the Graph API, the Telegram Bot API, Zalo OA,
 * TikTok Business Messaging): their paths, credentials and answers, with faults to order. They cannot be reached in tests.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sent {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  /** What a customer would see of it. */
  readonly text: string;
}

/** `lost`: it is shown to the customer, and the connection breaks before the answer. */
export type Fault = 'busy' | 'down' | 'lost' | 'refuse';

export interface ChatPlatform {
  readonly url: string;
  /** What customers were shown, in order. */
  readonly shown: Sent[];
  /** Faults for the next requests, one each. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

export async function startChatPlatform(): Promise<ChatPlatform> {
  const shown: Sent[] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += part;
    const tell = (status: number, body: object, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    const fault = faults.shift();
    if (fault === 'busy')
      return void tell(429, { ok: false, parameters: { retry_after: 1 } }, { 'retry-after': '0' });
    if (fault === 'refuse') return void tell(403, { error: { code: 10, message: 'outside of the window' } });
    if (fault === 'down') return void request.socket.destroy();
    const body = JSON.parse(text) as Record<string, unknown>;
    const path = request.url ?? '';
    shown.push({ path, headers: request.headers, body, text: textOf(body) });
    if (fault === 'lost') return void request.socket.destroy();
    const id = `sent-${shown.length}`;
    if (path.startsWith('/bot')) tell(200, { ok: true, result: { message_id: shown.length } });
    else if (path.startsWith('/v3.0/oa'))
      tell(200, { error: 0, message: 'Success', data: { message_id: id } });
    else if (path.startsWith('/business')) tell(200, { code: 0, data: { message: { message_id: id } } });
    else if (body.messaging_product === 'whatsapp') tell(200, { messages: [{ id }] });
    else tell(200, { recipient_id: '1', message_id: id });
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shown,
    faults,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function textOf(body: Record<string, unknown>): string {
  const { text, message } = body as { text?: unknown; message?: { text?: unknown } };
  if (typeof text === 'string') return text;
  if (typeof text === 'object' && text !== null && 'body' in text) return String(text.body);
  return typeof message?.text === 'string' ? message.text : '';
}
