/** One request to a platform's send API, with its file where it has one, and what became of it. */
import {
  type Delivery,
  deliveryOfAnswer,
  deliveryOfFailure,
  type PlatformAnswer,
} from '../../lib/core/channels/delivery.ts';
import type { Channel } from '../../lib/core/channels/message.ts';
import type { SendRequest } from '../../lib/core/channels/outbound.ts';
import { type RequestFile, uploadedId, withUploaded } from '../../lib/core/channels/upload.ts';
import { retryAfterOf } from '../../lib/io/models/upstream.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import type { MailToSend, SendMail } from '../../lib/io/smtp.ts';
import type { Clock } from '../../lib/kernel/clock.ts';

export interface PlatformPorts {
  readonly fetch: SafeFetch;
  readonly sendMail: SendMail;
  readonly clock: Clock;
  /** Addresses in place of the platforms' own, by channel. */
  readonly bases: Readonly<Partial<Record<Channel, string>>>;
}

export interface PlatformCall {
  readonly channel: Channel;
  readonly token: string;
  readonly request: SendRequest;
  /** The same however often a mail is tried, without its host. */
  readonly name: string;
  /** The bytes of a file; undefined when it is gone. */
  readonly read: (attachmentId: string) => Promise<Uint8Array | undefined>;
  /** Told the request once its file is with the platform: tried again, it is not uploaded again. */
  readonly uploaded: (request: SendRequest) => Promise<void>;
}

const SEND_MS = 20_000;
const UPLOAD_MS = 60_000;
const MOST_ANSWER_BYTES = 65_536;

/** Where the platforms' APIs are. */
export const BASES: Readonly<Partial<Record<Channel, string>>> = {
  facebook: 'https://graph.facebook.com/v23.0',
  instagram: 'https://graph.facebook.com/v23.0',
  whatsapp: 'https://graph.facebook.com/v23.0',
  telegram: 'https://api.telegram.org',
  zalo: 'https://openapi.zalo.me',
  tiktok: 'https://business-api.tiktok.com/open_api/v1.3',
};

export async function callPlatform(ports: PlatformPorts, call: PlatformCall): Promise<Delivery> {
  const { channel, token, request, name, read, uploaded } = call;
  const { file } = request;
  const content = file && (await read(file.attachmentId));
  if (file && !content) return { outcome: 'refused', code: 'file-gone' };
  if (request.method === 'SMTP') {
    const mail = request.body as unknown as Omit<MailToSend, 'messageId'>;
    return await ports.sendMail(token, {
      ...mail,
      messageId: `${name}@${mail.from.split('@').at(-1)}`,
      ...(file && content ? { attachments: [{ filename: file.name, content: Buffer.from(content) }] } : {}),
    });
  }
  const base = ports.bases[channel] ?? BASES[channel];
  if (!base || request.method !== 'POST') return { outcome: 'refused', code: 'no-way-to-send' };
  const to = (path: string) => addressed(channel, base, token, path);
  if (!file || !content) return deliveryOf(await post(ports, to(request.path), json(request.body)));
  const { how } = file;
  if (how.way === 'form')
    return deliveryOf(
      await post(ports, to(request.path), await form(request.body, how.field, file, content), UPLOAD_MS),
    );
  if (how.way === 'mail') return { outcome: 'refused', code: 'no-way-to-send' };
  const given = await upload(ports, to(how.path), file, how, content);
  if (typeof given !== 'string') return given;
  const { file: _, ...rest } = request;
  const shown = { ...rest, body: withUploaded(request.body, given) as SendRequest['body'] };
  await uploaded(shown);
  return deliveryOf(await post(ports, to(request.path), json(shown.body)));
}

/** Nothing is shown by an upload, so whatever breaks can be tried again. */
async function upload(
  ports: PlatformPorts,
  address: Address,
  file: RequestFile,
  how: Extract<RequestFile['how'], { way: 'upload' }>,
  content: Uint8Array,
): Promise<string | Delivery> {
  const answer = await post(ports, address, await form(how.fields, how.field, file, content), UPLOAD_MS);
  if ('failure' in answer) return { outcome: 'again', code: answer.failure, afterMs: null };
  const delivery = deliveryOfAnswer(answer);
  if (delivery.outcome === 'unknown') return { outcome: 'again', code: delivery.code, afterMs: null };
  if (delivery.outcome !== 'sent') return delivery;
  return uploadedId(answer.body, how.idAt) ?? { outcome: 'refused', code: 'upload-unnamed' };
}

interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}
interface Payload {
  readonly type: string;
  readonly body: string | Uint8Array;
}

const json = (body: object): Payload => ({ type: 'application/json', body: JSON.stringify(body) });

/** RFC 7578. What is no text goes as JSON, as the Bot API wants it. */
async function form(
  fields: Readonly<Record<string, unknown>>,
  field: string,
  file: RequestFile,
  content: Uint8Array,
): Promise<Payload> {
  const parts = new FormData();
  for (const [name, value] of Object.entries(fields))
    parts.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  parts.append(field, new Blob([Buffer.from(content)], { type: file.mimeType }), file.name);
  const written = new Response(parts);
  return {
    type: written.headers.get('content-type')!,
    body: new Uint8Array(await written.arrayBuffer()),
  };
}

/** What the platform answered, or how the connection failed. */
type Answer = PlatformAnswer | { readonly failure: string };

const deliveryOf = (answer: Answer): Delivery =>
  'failure' in answer ? deliveryOfFailure(answer.failure) : deliveryOfAnswer(answer);

async function post(
  { fetch, clock }: PlatformPorts,
  { url, headers }: Address,
  { type, body }: Payload,
  timeoutMs = SEND_MS,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body,
      timeoutMs,
      maxBytes: MOST_ANSWER_BYTES,
      maxRedirects: 0,
    });
    const text = await response.text();
    const retryAfterMs = retryAfterOf(response.headers.get('retry-after') ?? undefined, clock.now());
    return { status: response.status, body: parsed(text), retryAfterMs: retryAfterMs || null };
  } catch (error) {
    return { failure: codeOf(error) };
  }
}

/** Tokens go where each platform wants them; addresses that hold one are never logged. */
function addressed(channel: Channel, base: string, token: string, path: string): Address {
  switch (channel) {
    case 'telegram':
      return { url: `${base}/bot${token}${path}`, headers: {} };
    case 'zalo':
      return { url: base + path, headers: { access_token: token } };
    case 'tiktok':
      return { url: base + path, headers: { 'access-token': token } };
    default:
      return { url: base + path, headers: { authorization: `Bearer ${token}` } };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page of a proxy: the status says what there is to say
  }
}

/** The innermost code: what the connection itself said. */
function codeOf(error: unknown): string {
  let code = 'connection';
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause)
    if ('code' in at && typeof at.code === 'string') code = at.code;
  return code;
}
