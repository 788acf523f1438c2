// Protects: mail reaches one receiver through a real SMTP server, signed in and as it was written; a server that is away or refuses is said to be.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SMTPServer } from 'smtp-server';
import { openMail } from '../../lib/io/mail.ts';
import { refusal } from '../suites/rejection.ts';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

describe('mail by SMTP', () => {
  const received: Received[] = [];
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'troupe' && password === 's3cret'
        ? done(null, { user: username })
        : done(new Error('who are you?')),
    onRcptTo: ({ address }, _session, done) =>
      address.endsWith('@full.test') ? done(Object.assign(new Error('full'), { responseCode: 552 })) : done(),
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        received.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString('utf8'),
        });
        done();
      });
    },
  });
  let port: number;
  before(async () => {
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    port = (listening.address() as AddressInfo).port;
  });
  const mail = (password = 's3cret') =>
    openMail({
      TROUPE_SMTP_URL: `smtp://troupe:${password}@127.0.0.1:${port}`,
      TROUPE_MAIL_FROM: 'Kettlemoor <no-reply@kettlemoor.test>',
      TROUPE_DATA_DIR: '/nowhere',
    });

  it('brings a letter to the one who is named, with a text of any language', async () => {
    await mail().send({
      to: 'mara@shop.test',
      subject: 'Xin chào',
      text: 'Follow http://troupe.test/#su_token\n',
    });
    const [letter] = received;
    expect(letter).to.include({ from: 'no-reply@kettlemoor.test' });
    expect(letter!.to).to.deep.equal(['mara@shop.test']);
    expect(letter!.text).to.match(/^From: Kettlemoor <no-reply@kettlemoor\.test>\r\nTo: mara@shop\.test\r\n/);
    expect(letter!.text).to.include('Subject: =?UTF-8?Q?Xin_ch=C3=A0o?=');
    expect(letter!.text).to.include('http://troupe.test/#su_token');
  });

  it('names nobody else, whatever is written as an address', async () => {
    const before = received.length;
    await mail()
      .send({ to: 'a@shop.test, b@shop.test', subject: 'x', text: 'x' })
      .catch(() => undefined);
    for (const { to } of received.slice(before)) expect(to).to.have.length(1);
  });

  it('says so when the server refuses the sender or the receiver, or is away', async () => {
    const letter = { to: 'mara@shop.test', subject: 'x', text: 'x' };
    await refusal(mail('wrong').send(letter), 'unavailable');
    await refusal(mail().send({ ...letter, to: 'mara@full.test' }), 'unavailable');
    await new Promise<void>(resolve => server.close(resolve));
    await refusal(mail().send(letter), 'unavailable');
  });
});
