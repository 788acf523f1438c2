/** Mail: by SMTP when it is configured, else into a mailbox folder of the data folder, one .eml file a message. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Config } from '../kernel/config.ts';
import { TroupeError } from '../kernel/errors.ts';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mail {
  /** Resolves once the server or the disk has it. Rejects with `unavailable`. */
  send(letter: Letter): Promise<void>;
}

export function openMail(
  config: Pick<Config, 'TROUPE_SMTP_URL' | 'TROUPE_MAIL_FROM' | 'TROUPE_DATA_DIR'>,
): Mail {
  const from = config.TROUPE_MAIL_FROM;
  const smtp = config.TROUPE_SMTP_URL
    ? createTransport(config.TROUPE_SMTP_URL, { connectionTimeout: 5_000, socketTimeout: 10_000 } as never)
    : undefined;
  const writer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  const folder = join(config.TROUPE_DATA_DIR, 'mailbox');
  return {
    async send({ to, subject, text }) {
      // As an object: a string would be parsed, and may name several people.
      const letter = { from, to: { name: '', address: to }, subject, text };
      try {
        if (smtp) return void (await smtp.sendMail(letter));
        const { message } = await writer.sendMail(letter);
        await mkdir(folder, { recursive: true });
        const file = join(folder, `${process.hrtime.bigint()}-${randomBytes(4).toString('hex')}.eml`);
        await writeFile(`${file}.part`, message as Buffer, { mode: 0o600 });
        await rename(`${file}.part`, file);
      } catch (cause) {
        throw new TroupeError('unavailable', 'The mail could not be sent', { cause, retryAfter: 30 });
      }
    },
  };
}
