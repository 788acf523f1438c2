/** Parts of an e-mail: addresses, headers, threads, quotations. */
import { field, list, object, text } from './fields.ts';
import { type Json, parseNested } from './json.ts';

export interface MailAddress {
  readonly address: string;
  readonly name?: string;
}

/** `Name <a@b>`, `a@b`, Postmark's `{Email, Name}` or a list of these, of which the first counts. */
export function addressOf(value: Json | undefined): MailAddress | undefined {
  const one = Array.isArray(value) ? (value as readonly Json[])[0] : value;
  if (typeof one !== 'string') {
    const address = text(field(one, 'Email')) ?? text(field(one, 'email')) ?? text(field(one, 'address'));
    const name = text(field(one, 'Name')) ?? text(field(one, 'name'));
    if (address === undefined) return undefined;
    return { address: address.toLowerCase(), ...(name === undefined ? {} : { name }) };
  }
  // Bounded by indexOf rather than by a pattern: the header is the sender's to write.
  const open = one.lastIndexOf('<');
  const close = one.indexOf('>', open);
  const address = (open >= 0 && close > open ? one.slice(open + 1, close) : one).trim().toLowerCase();
  const name = open > 0 ? text(one.slice(0, open).trim().replace(/^"|"$/g, '')) : undefined;
  return address.includes('@') ? { address, ...(name === undefined ? {} : { name }) } : undefined;
}

/** JSON that a form field holds as text (Mailgun, SendGrid): its value. */
export function nested(value: Json | undefined): Json | undefined {
  return typeof value === 'string' && /^\s*[[{]/.test(value) ? parseNested(value) : value;
}

/** Longest header block read; beyond it a mail is read without its headers. */
const MAX_HEADER_BLOCK = 256 * 1024;

/** Headers by lower-case name, from `[{Name, Value}]`, `[[name, value]]` (also as JSON text), an object or the mail's own block. */
export function headersOf(payload: Json): ReadonlyMap<string, string> {
  const given = nested(
    field(payload, 'Headers') ?? field(payload, 'message-headers') ?? field(payload, 'headers'),
  );
  const found = new Map<string, string>();
  const put = (name: Json | undefined, value: Json | undefined) => {
    if (typeof name === 'string' && typeof value === 'string') found.set(name.toLowerCase(), value);
  };
  for (const each of list(given)) {
    if (Array.isArray(each)) put((each as readonly Json[])[0], (each as readonly Json[])[1]);
    else put(field(each, 'Name') ?? field(each, 'name'), field(each, 'Value') ?? field(each, 'value'));
  }
  for (const [name, value] of Object.entries(object(given))) put(name, value);
  // Folded lines (RFC 5322, 2.2.3) belong to the header above them.
  const block = typeof given === 'string' && given.length <= MAX_HEADER_BLOCK ? given : '';
  for (const line of block.replace(/\r?\n[ \t]/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) put(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return found;
}

/** The conversation that a mail belongs to: the first of its references (RFC 5322, 3.6.4). */
export function threadOf(references: string | undefined, inReplyTo: string | undefined): string | undefined {
  return text(references?.trim().split(/\s+/)[0]?.replace(/^<|>$/g, '')) ?? inReplyTo;
}

/** RFC 3834, and the older headers of lists and out-of-office replies. */
export function isAutomatic(headers: ReadonlyMap<string, string>, from: string): boolean {
  const auto = headers.get('auto-submitted')?.toLowerCase();
  if (auto !== undefined && auto !== 'no') return true;
  if (/^(?:bulk|junk|list|auto_reply)$/i.test(headers.get('precedence') ?? '')) return true;
  if (
    ['x-autoreply', 'x-autorespond', 'x-auto-response-suppress', 'list-id', 'x-failed-recipients'].some(
      name => headers.has(name),
    )
  ) {
    return !/^none$/i.test(headers.get('x-auto-response-suppress') ?? '');
  }
  return (
    /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply)@/i.test(from) ||
    headers.get('return-path')?.trim() === '<>'
  );
}

/** Longest mail whose quotation is looked for; beyond it the whole is kept. */
const MAX_QUOTE_SEARCH = 200_000;

/**
 * The words that the customer wrote, without the quoted mail below them. When nothing would be left the whole is
 * returned: an answer written inside the quotation is still an answer.
 */
export function withoutQuote(body: string): string {
  if (body.length > MAX_QUOTE_SEARCH) return body;
  const lines = body.split(/\r?\n/);
  const end = lines.findIndex((line, index) => startsQuote(line, lines[index + 1] ?? ''));
  const own = (end < 0 ? lines : lines.slice(0, end)).filter(line => !line.startsWith('>'));
  return own.join('\n').trim() || body.trim();
}

function startsQuote(line: string, next: string): boolean {
  const written = line.length > 300 ? '' : line.trim();
  if (/^-{2,}\s*(?:original message|forwarded message|tin nhắn gốc|thư gốc)\s*-{2,}$/i.test(written))
    return true;
  if (/^_{20,}$/.test(written)) return /^(?:from|từ):/i.test(next.trim());
  // "On <date>, <name> wrote:" in one line or wrapped into two; "Vào <ngày>, <tên> đã viết:"
  const opens = /^(?:on|vào) .*\d/i.test(written);
  const closes = /(?:wrote|đã viết):$/i;
  return opens && (closes.test(written) || closes.test(next.slice(0, 300).trim()));
}
