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

/** A file as it was given to a platform: by an upload of its own, or with the request that shows it. */
export interface Uploaded {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

/** `lost`: it is shown to the customer, and the connection breaks before the answer. */
export type Fault = 'busy' | 'down' | 'lost' | 'refuse';

export interface ChatPlatform {
  readonly url: string;
  /** What customers were shown, in order. */
  readonly shown: Sent[];
  readonly uploads: Uploaded[];
  /** Files of customers by their media id, as WhatsApp gives them: an address first. */
  readonly files: Map<string, Buffer>;
  /** Faults for the next requests, one each. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

export async function startChatPlatform(): Promise<ChatPlatform> {
  const shown: Sent[] = [];
  const uploads: Uploaded[] = [];
  const files = new Map<string, Buffer>();
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const type = request.headers['content-type'] ?? '';
    const tell = (status: number, body: object, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    if (request.method === 'GET') {
      const [, cdn, id] = /^\/(cdn\/)?([\w-]+)$/.exec(request.url ?? '') ?? [];
      const file = files.get(id ?? '');
      if (!file) return void tell(404, { error: { code: 100 } });
      if (cdn) return void response.writeHead(200, { 'content-type': 'application/x-whatever' }).end(file);
      return void tell(200, { url: `http://${request.headers.host}/cdn/${id}` });
    }
    const fault = faults.shift();
    if (fault === 'busy')
      return void tell(429, { ok: false, parameters: { retry_after: 1 } }, { 'retry-after': '0' });
    if (fault === 'refuse') return void tell(403, { error: { code: 10, message: 'outside of the window' } });
    if (fault === 'down') return void request.socket.destroy();
    const path = request.url ?? '';
    const form = type.startsWith('multipart/') ? await formOf(bytes, type) : undefined;
    if (form) {
      // Nothing is shown by an upload: what is to be lost is the answer to what shows it.
      if (fault === 'lost' && !path.startsWith('/bot')) faults.unshift(fault);
      uploads.push({ path, ...form });
      const id = `file-${uploads.length}`;
      if (path.includes('/oa/upload'))
        return void tell(200, { error: 0, data: { attachment_id: id, token: id } });
      if (path.startsWith('/business')) return void tell(200, { code: 0, data: { media_id: id } });
      if (!path.startsWith('/bot')) return void tell(200, { id, attachment_id: id });
    }
    const body = form ? form.fields : (JSON.parse(bytes.toString()) as Record<string, unknown>);
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
    uploads,
    files,
    faults,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function formOf(bytes: Buffer, type: string): Promise<Omit<Uploaded, 'path'>> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string> = {};
  let file: File | undefined;
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else file = value;
  }
  if (!file) throw new Error('a form without a file');
  return { fields, name: file.name, type: file.type, content: Buffer.from(await file.arrayBuffer()) };
}

function textOf(body: Record<string, unknown>): string {
  const { text, message } = body as { text?: unknown; message?: { text?: unknown } };
  if (typeof text === 'string') return text;
  if (typeof text === 'object' && text !== null && 'body' in text) return String(text.body);
  return typeof message?.text === 'string' ? message.text : '';
}
