/** A stand-in for a mail server: SMTP (RFC 5321) over plain TCP with AUTH PLAIN, with faults to order. It delivers nothing. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** `lost`: the mail is taken, and the connection breaks before that is said. */
export type SmtpFault = 'busy' | 'refuse' | 'lost';

export interface SmtpServer {
  /** With user and password. */
  readonly url: string;
  readonly mails: { readonly from: string; readonly to: string; readonly text: string }[];
  readonly faults: SmtpFault[];
  readonly logins: string[];
  close(): Promise<void>;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const mails: SmtpServer['mails'] = [];
  const faults: SmtpFault[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    const say = (line: string) => socket.write(`${line}\r\n`);
    let rest = '';
    let data: string | undefined;
    let from = '';
    let to = '';
    say('220 localhost');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (data !== undefined) {
          if (line !== '.') {
            data += `${line}\r\n`;
            continue;
          }
          mails.push({ from, to, text: data });
          data = undefined;
          if (faults[0] === 'lost') {
            faults.shift();
            socket.destroy();
            return;
          }
          say('250 taken');
          continue;
        }
        const [word = ''] = line.toUpperCase().split(' ');
        if (word === 'EHLO') say('250-localhost\r\n250 AUTH PLAIN');
        else if (word === 'AUTH') {
          logins.push(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString());
          say('235 welcome');
        } else if (word === 'MAIL') {
          from = /<(.*?)>/.exec(line)?.[1] ?? '';
          say('250 ok');
        } else if (word === 'RCPT') {
          to = /<(.*?)>/.exec(line)?.[1] ?? '';
          const fault = faults[0] === 'lost' ? undefined : faults.shift();
          say(fault === 'busy' ? '451 later' : fault === 'refuse' ? '550 nobody' : '250 ok');
        } else if (word === 'DATA') {
          data = '';
          say('354 go on');
        } else if (word === 'QUIT') socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://shop:p%40ss@127.0.0.1:${port}`,
    mails,
    faults,
    logins,
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
