// Protects: a mailbox's password and its mails travel by TLS alone, to a server whose certificate is trusted, and a failure of TLS is known to have sent nothing.
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { openSmtp } from '../../lib/io/smtp.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../suites/test-certificate.ts';

const MAIL = {
  from: 'help@shop.example',
  to: 'an@customer.example',
  subject: 'Hello',
  text: 'Hello',
  messageId: 'x@shop.example',
};

describe('mail of channels over TLS', () => {
  const servers: SMTPServer[] = [];
  const seen = { logins: 0, mails: [] as string[], secure: [] as boolean[] };
  const start = async (options: SMTPServerOptions) => {
    const server = new SMTPServer({
      ...options,
      onAuth({ username, password }, session, done) {
        seen.logins++;
        seen.secure.push(session.secure);
        done(username === 'shop' && password === 'p@ss' ? null : new Error('no'), { user: username });
      },
      onData(stream, _session, done) {
        let text = '';
        stream.on('data', (part: Buffer) => {
          text += part.toString();
        });
        stream.on('end', () => {
          seen.mails.push(text);
          done();
        });
      },
    });
    server.on('error', () => {}); // clients that do not trust it break off
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return (server.server.address() as AddressInfo).port;
  };
  after(() =>
    Promise.all(servers.map(server => new Promise<void>(resolve => server.close(() => resolve())))),
  );

  it('gives nothing to a server whose certificate nobody vouches for', async () => {
    const send = openSmtp(['127.0.0.1', 'localhost']);
    for (const secure of [true, false]) {
      const port = await start({ secure });
      const delivery = await send(`${secure ? 'smtps' : 'smtp'}://shop:p%40ss@127.0.0.1:${port}`, MAIL);
      expect(delivery.outcome, JSON.stringify(delivery)).to.equal('again');
    }
    expect(seen).to.deep.equal({ logins: 0, mails: [], secure: [] });
  });

  it('gives a mail to one that is trusted, from the first byte or after STARTTLS', async () => {
    const known = getCACertificates('default');
    setDefaultCACertificates([...known, TEST_CERTIFICATE]);
    try {
      const send = openSmtp(['127.0.0.1']);
      for (const secure of [true, false]) {
        const port = await start({ secure, cert: TEST_CERTIFICATE, key: TEST_KEY });
        const delivery = await send(`${secure ? 'smtps' : 'smtp'}://shop:p%40ss@127.0.0.1:${port}`, MAIL);
        expect(delivery).to.deep.equal({ outcome: 'sent', platformId: MAIL.messageId });
      }
    } finally {
      setDefaultCACertificates(known);
    }
    expect(seen.secure).to.deep.equal([true, true]);
    expect(seen.mails.map(text => /Message-ID: <(.*)>/.exec(text)?.[1])).to.deep.equal([
      MAIL.messageId,
      MAIL.messageId,
    ]);
  });
});
