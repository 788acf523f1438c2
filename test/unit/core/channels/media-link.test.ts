// Protects: files are asked for where the platform keeps them and nowhere else, and only a customer's own clear words link two chats.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { deliveryOfSmtp } from '../../../../lib/core/channels/delivery.ts';
import {
  CODE_LENGTH,
  linkCode,
  linkWish,
  toldHistory,
  wantsUnlink,
} from '../../../../lib/core/channels/link.ts';
import { isDigest, planMedia } from '../../../../lib/core/channels/media.ts';

const account = { base: 'https://api.example', token: 'T', accountId: 'biz' };

describe('files of customers', () => {
  it('are asked for in two steps where the platform names them by an id', () => {
    const whatsapp = planMedia('whatsapp', account, { type: 'image', id: 'a/b' });
    expect(whatsapp?.request.url).to.equal('https://api.example/a%2Fb');
    const next = whatsapp?.how === 'ask' ? whatsapp.fileIn({ url: 'https://cdn.example/1' }) : undefined;
    expect(next).to.deep.include({ url: 'https://cdn.example/1', headers: { authorization: 'Bearer T' } });
    const telegram = planMedia('telegram', account, { type: 'voice', id: 'f' });
    expect(telegram?.how === 'ask' && telegram.fileIn({ result: { file_path: 'v/1.oga' } })?.url).to.equal(
      'https://api.example/file/botT/v/1.oga',
    );
    const tiktok = planMedia('tiktok', account, { type: 'image', id: 'm', messageId: 'x', threadId: 'c' });
    expect(tiktok?.request.body).to.include({ business_id: 'biz', media_id: 'm', media_type: 'IMAGE' });
  });

  it('get no token of ours where the address is the sender’s', () => {
    for (const channel of ['facebook', 'zalo', 'email', 'instagram'] as const) {
      const plan = planMedia(channel, account, { type: 'image', url: 'https://elsewhere.example/1' });
      expect(plan).to.deep.equal({
        how: 'fetch',
        request: { url: 'https://elsewhere.example/1', method: 'GET', headers: {} },
      });
    }
    expect(planMedia('facebook', account, { type: 'image', id: 'only' })).to.equal(null);
  });

  it('whose answers are not what they should be lead nowhere', () => {
    for (const channel of ['whatsapp', 'telegram', 'tiktok'] as const) {
      const plan = planMedia(channel, account, { type: 'image', id: '1' });
      for (const answer of [null, 'x', {}, { url: 1 }, { result: { file_path: '../../etc' } }, { data: [] }])
        expect(plan?.how === 'ask' && plan.fileIn(answer)).to.equal(null);
    }
  });

  it('are checked by a digest in hex or base64', () => {
    const digest = createHash('sha256').update('x').digest();
    expect(isDigest(digest.toString('hex').toUpperCase(), digest)).to.equal(true);
    expect(isDigest(digest.toString('base64'), digest)).to.equal(true);
    expect(isDigest('00', digest)).to.equal(false);
  });
});

describe('words that link chats', () => {
  it('are understood in both languages, and nothing else is', () => {
    expect(linkWish(' LINK ABCD2345 ')).to.deep.equal({ code: 'ABCD2345', history: false });
    expect(linkWish('/link abcd2345 with history')).to.deep.equal({ code: 'ABCD2345', history: true });
    expect(linkWish('liên kết ABCD2345 kèm lịch sử')).to.deep.equal({ code: 'ABCD2345', history: true });
    for (const other of ['link', 'link me', 'LINK ABCD2345 please', 'my link ABCD2345', 'LINK ABCD234O'])
      expect(linkWish(other), other).to.equal(undefined);
    expect([wantsUnlink('unlink'), wantsUnlink('Hủy liên kết'), wantsUnlink('unlink that')]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });

  it('hold any code that is made', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: CODE_LENGTH, maxLength: CODE_LENGTH }), random => {
        expect(linkWish(`link ${linkCode(random)}`)?.code).to.equal(linkCode(random));
      }),
    );
  });

  it('tell the newest of what was said, as far as it fits', () => {
    const messages = [
      { role: 'user', text: 'old'.repeat(50) },
      { role: 'user', text: 'new' },
      { role: 'assistant', text: 'answer' },
    ];
    expect(toldHistory(messages, 40)).to.equal('I: new\nYou: answer');
  });
});

describe('a mail server', () => {
  it('that never said whether it took a mail leaves that unknown; what it did not take is sent again', () => {
    const outcome = (step: 'connect' | 'login' | 'envelope' | 'data', status: number | null) =>
      deliveryOfSmtp({ step, status, code: 'ECONNECTION' }).outcome;
    expect(outcome('data', null)).to.equal('unknown');
    expect(outcome('data', 452)).to.equal('again');
    expect(outcome('data', 554)).to.equal('refused');
    expect(outcome('envelope', 550)).to.equal('refused');
    expect(outcome('login', 535)).to.equal('refused');
    for (const step of ['connect', 'login', 'envelope'] as const)
      expect(outcome(step, null)).to.equal('again');
  });
});
