/**
 * Mail by a server that a tenant names: its address is checked as every address that others choose (outbound-guard)
 * and connected to as it was resolved; what became of a mail is told by how far the conversation with it came.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type Delivery, deliveryOfSmtp } from '../core/channels/delivery.ts';
import { bareHost, createOutboundGuard } from './outbound-guard.ts';

export interface MailToSend {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Without angle brackets: the same for each attempt, so that who gets it twice can tell. */
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly attachments?: readonly { readonly filename?: string; readonly content: Buffer }[];
}

/** Sends one mail by `smtp://` or `smtps://user:password@host:port`. Never rejects: the outcome tells. */
export type SendMail = (server: string, mail: MailToSend) => Promise<Delivery>;

const CONNECT_MS = 5_000;
const SILENCE_MS = 15_000;
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

export function openSmtp(allowed: readonly string[]): SendMail {
  const guard = createOutboundGuard(allowed);
  const writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  async function connectionTo(server: URL): Promise<SMTPConnection> {
    const host = bareHost(server.hostname);
    const addresses = await lookup(host, { all: true });
    guard.checkAddresses(host, addresses);
    const { address } = addresses[0]!;
    const local = address === '127.0.0.1' || address === '::1';
    return new SMTPConnection({
      host: address,
      port: Number(server.port) || PORTS[server.protocol as keyof typeof PORTS],
      secure: server.protocol === 'smtps:',
      // A password never travels in the clear, except within this machine.
      requireTLS: server.username !== '' && !local,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
    });
  }

  return async (address, { messageId, from, to, ...mail }) => {
    let step: 'connect' | 'login' | 'envelope' | 'data' = 'connect';
    let connection: SMTPConnection | undefined;
    try {
      const server = new URL(address);
      if (!(server.protocol in PORTS)) return { outcome: 'refused', code: 'no-smtp-address' };
      // Addresses as objects: a string would be parsed, and may name several people.
      const { message } = await writer.sendMail({
        ...mail,
        messageId: `<${messageId}>`,
        from: { name: '', address: from },
        to: { name: '', address: to },
        disableFileAccess: true,
        disableUrlAccess: true,
      } as never);
      connection = await connectionTo(server);
      const failed = new Promise<never>((_, reject) => {
        connection!.once('error', reject);
        connection!.once('end', () =>
          reject(Object.assign(new Error('The server went'), { code: 'ECONNRESET' })),
        );
      });
      failed.catch(() => {}); // told by whichever step it strikes
      const during = <T>(work: (done: (error?: unknown, result?: T) => void) => void): Promise<T> =>
        Promise.race([
          failed,
          new Promise<T>((resolve, reject) =>
            work((error, result) => (error ? reject(error as Error) : resolve(result as T))),
          ),
        ]);
      await during(done => connection!.connect(done));
      if (server.username !== '') {
        step = 'login';
        const [user, pass] = [server.username, server.password].map(decodeURIComponent) as [string, string];
        await during(done => connection!.login({ user, pass } as never, done));
      }
      step = 'envelope';
      const bytes = Readable.from(
        (function* () {
          step = 'data';
          yield message as Buffer;
        })(),
      );
      await during(done => connection!.send({ from, to: [to] }, bytes, done as never));
      connection.quit();
      return { outcome: 'sent', platformId: messageId };
    } catch (error) {
      connection?.close();
      const { responseCode, code } = error as { responseCode?: number; code?: string };
      return deliveryOfSmtp({ step, status: responseCode ?? null, code: code ?? 'connection' });
    }
  };
}
