// Protects: only what the platform itself signed, over the bytes it sent and not too long ago, is accepted.
import { createHash, createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Channel } from '../../../../lib/core/channels/message.ts';
import { ADAPTERS } from '../../../../lib/core/channels/registry.ts';
import type { ChannelSecrets, WebhookHeaders } from '../../../../lib/core/channels/signature.ts';

const SECRET = 'a-made-up-secret';
const NOW = 1_760_000_000_000;
const bytes = (text: string) => Buffer.from(text, 'utf8');
const hmac = (text: string | Buffer, key = SECRET) => createHmac('sha256', key).update(text).digest('hex');

function check(
  channel: Channel,
  body: string,
  headers: WebhookHeaders,
  secrets: Partial<ChannelSecrets> = {},
  now = NOW,
) {
  const result = ADAPTERS[channel].verify(bytes(body), headers, { signing: [SECRET], ...secrets }, now);
  return result.ok ? 'ok' : result.reason;
}

describe('signatures of Meta', () => {
  // The body in the form Meta sends: non-ASCII escaped.
  const body = '{"text":"xin ch\\u00e0o"}';
  const header = `sha256=${hmac(body)}`;

  it('accepts the published vector', () => {
    const published = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const secrets = { signing: ["It's a Secret to Everybody"] };
    expect(
      check('facebook', 'Hello, World!', { 'X-Hub-Signature-256': `sha256=${published}` }, secrets),
    ).to.equal('ok');
  });

  it('is over the raw bytes: the same JSON written otherwise is refused', () => {
    expect(check('whatsapp', body, { 'x-hub-signature-256': header })).to.equal('ok');
    const rewritten = JSON.stringify(JSON.parse(body));
    expect(check('whatsapp', rewritten, { 'x-hub-signature-256': header })).to.equal('mismatch');
  });

  it('takes several secrets while one is rotated, and none when there is none', () => {
    const rotating = { signing: ['the-new-one', SECRET] };
    expect(check('facebook', body, { 'x-hub-signature-256': header }, rotating)).to.equal('ok');
    expect(
      check('facebook', body, { 'x-hub-signature-256': `sha256=${hmac(body, '')}` }, { signing: [''] }),
    ).to.equal('secret-missing');
  });

  it('refuses a missing, malformed, shortened, repeated or SHA-1 header', () => {
    expect(check('facebook', body, {})).to.equal('header-missing');
    expect(check('facebook', body, { 'x-hub-signature': header })).to.equal('header-missing');
    expect(check('facebook', body, { 'x-hub-signature-256': [header, header] })).to.equal('header-missing');
    expect(check('facebook', body, { 'x-hub-signature-256': header.slice(0, -2) })).to.equal(
      'header-malformed',
    );
    expect(check('facebook', body, { 'x-hub-signature-256': hmac(body) })).to.equal('header-malformed');
  });

  it('reads hexadecimal digits of either case, over an empty body too, and no other algorithm', () => {
    const upper = `sha256=${hmac('').toUpperCase()}`;
    expect(check('facebook', '', { 'X-HUB-SIGNATURE-256': upper })).to.equal('ok');
    expect(check('whatsapp', ' ', { 'x-hub-signature-256': upper })).to.equal('mismatch');
    const sha1 = createHmac('sha1', SECRET).update(body).digest('hex');
    expect(check('whatsapp', body, { 'x-hub-signature-256': `sha1=${sha1}` })).to.equal('header-malformed');
    expect(check('whatsapp', body, { 'x-hub-signature-256': `sha1=${hmac(body)}` })).to.equal(
      'header-malformed',
    );
  });

  it('echoes the challenge to who knows the token', () => {
    const ask = (query: Record<string, unknown>) =>
      ADAPTERS.whatsapp.handshake(query, { signing: [SECRET], verifyToken: 'tok' });
    const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'tok', 'hub.challenge': '1158201444' };
    expect(ask(query)).to.deep.equal({ ok: true, body: '1158201444', contentType: 'text/plain' });
    expect(ask({ ...query, 'hub.verify_token': 'other' })).to.deep.equal({ ok: false, reason: 'mismatch' });
    expect(ask({ ...query, 'hub.mode': 'unsubscribe' })).to.deep.equal({ ok: false, reason: 'malformed' });
    expect(ask({ ...query, 'hub.challenge': ['1', '2'] })).to.deep.equal({ ok: false, reason: 'malformed' });
    expect(ADAPTERS.facebook.handshake(query, { signing: [SECRET] }).ok).to.equal(false);
  });
});

describe('the secret token of Telegram', () => {
  const header = (token: string) => ({ 'X-Telegram-Bot-Api-Secret-Token': token });
  it('must be equal', () => {
    expect(check('telegram', '{}', header(SECRET))).to.equal('ok');
    expect(check('telegram', '{}', header(`${SECRET}x`))).to.equal('mismatch');
    expect(check('telegram', '{}', header(''))).to.equal('header-missing');
    expect(check('telegram', '{}', header('x'), { signing: [] })).to.equal('secret-missing');
  });
});

describe('signatures of Zalo', () => {
  const plain = (body: string, timestamp: string, app = '360') =>
    createHash('sha256').update(`${app}${body}${timestamp}${SECRET}`).digest('hex');
  const body =
    '{"app_id":"360","event_name":"user_send_text","message":{"text":"Chào"},"timestamp":"1760000000123"}';
  const mac = plain(body, '1760000000123');

  it('are a plain hash, with or without its prefix', () => {
    expect(check('zalo', body, { 'X-ZEvent-Signature': `mac=${mac}` }, { appId: '360' })).to.equal('ok');
    expect(check('zalo', body, { 'x-zevent-signature': mac })).to.equal('ok');
    expect(check('zalo', body, { 'x-zevent-signature': `mac=${mac}` }, { appId: '361' })).to.equal(
      'mismatch',
    );
    expect(check('zalo', body.replace('Chào', 'Chao'), { 'x-zevent-signature': `mac=${mac}` })).to.equal(
      'mismatch',
    );
  });

  it('take the timestamp as the body writes it, and refuse a body without one', () => {
    const numeric = '{"app_id":360846524940903967,"timestamp":1760000000123}';
    const signed = plain(numeric, '1760000000123', '360846524940903967');
    expect(check('zalo', numeric, { 'x-zevent-signature': signed })).to.equal('ok');
    expect(
      check('zalo', '{"app_id":"360"}', { 'x-zevent-signature': plain('{"app_id":"360"}', '') }),
    ).to.equal('body-malformed');
    expect(check('zalo', 'no JSON', { 'x-zevent-signature': mac }, { appId: '360' })).to.equal(
      'body-malformed',
    );
  });
});

describe('signatures of TikTok', () => {
  const body = '{"event":"im_receive_msg"}';
  const seconds = NOW / 1000;
  const header = (t: number, digest = hmac(`${t}.${body}`)) => ({ 'TikTok-Signature': `t=${t},s=${digest}` });

  it('count only while they are fresh', () => {
    expect(check('tiktok', body, header(seconds))).to.equal('ok');
    expect(check('tiktok', body, header(seconds - 5))).to.equal('ok');
    expect(check('tiktok', body, header(seconds - 6))).to.equal('stale');
    expect(check('tiktok', body, header(seconds + 3600))).to.equal('stale');
    expect(check('tiktok', body, header(seconds - 3600), { maxAgeMs: 7_200_000 })).to.equal('ok');
  });

  it('may name their parts in any order, with others between', () => {
    const signed = hmac(`${seconds}.${body}`).toUpperCase();
    expect(check('tiktok', body, { 'Tiktok-Signature': `s=${signed}, v=2, t=${seconds}` })).to.equal('ok');
  });

  it('bind the time to the body', () => {
    expect(check('tiktok', body, header(seconds, hmac(`${seconds - 1}.${body}`)))).to.equal('mismatch');
    expect(check('tiktok', body, { 'tiktok-signature': `s=${hmac(body)}` })).to.equal('header-malformed');
    expect(check('tiktok', body, { 'tiktok-signature': `t=1,t=${seconds},s=${hmac(`1.${body}`)}` })).to.equal(
      'header-malformed',
    );
  });
});

describe('signatures of our own channels', () => {
  it('follow Standard Webhooks', () => {
    const key = Buffer.from('32 bytes of a key that is made up');
    const secrets = { signing: [`whsec_${key.toString('base64')}`] };
    const signature = createHmac('sha256', key)
      .update(`msg_1.${NOW / 1000}.{}`)
      .digest('base64');
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(NOW / 1000),
      'webhook-signature': `v1a,x v1,${signature}`,
    };
    expect(check('email', '{}', headers, secrets)).to.equal('ok');
    expect(check('web', '{ }', headers, secrets)).to.equal('mismatch');
    expect(check('web', '{}', headers, secrets, NOW + 301_000)).to.equal('stale');
    expect(check('web', '{}', { ...headers, 'webhook-signature': 'v1,short' }, secrets)).to.equal(
      'header-malformed',
    );
  });
});

describe('any other bytes and headers', () => {
  it('are refused by every channel, without throwing', () => {
    const names = [
      'x-hub-signature-256',
      'x-telegram-bot-api-secret-token',
      'x-zevent-signature',
      'tiktok-signature',
      'webhook-id',
    ];
    const headers = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(fc.string(), fc.stringMatching(/^(sha256=|mac=|t=1,s=)?[0-9a-f]{64}$/)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(ADAPTERS) as Channel[])),
        fc.uint8Array(),
        headers,
        (channel, body, sent) => {
          expect(ADAPTERS[channel].verify(body, sent, { signing: [SECRET] }, NOW).ok).to.equal(false);
        },
      ),
    );
  });
});
