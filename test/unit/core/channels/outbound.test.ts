// Protects: what we send is what each platform's API takes, within its limits and its window, or is refused before.
import { expect } from 'chai';
import { LIMITS } from '../../../../lib/core/channels/limits.ts';
import { CHANNELS, type Channel } from '../../../../lib/core/channels/message.ts';
import {
  type OutboundContext,
  type OutboundMessage,
  planOutbound,
} from '../../../../lib/core/channels/outbound.ts';
import { lengthOf } from '../../../../lib/core/channels/split.ts';

const NOW = 1_760_000_000_000;
const HOUR = 3_600_000;

function plan(
  channel: Channel,
  message: OutboundMessage,
  context: Partial<OutboundContext> = {},
  threadId: string | null = null,
) {
  const target = { channel, accountId: 'ACC', customerId: '500', threadId };
  return planOutbound(target, message, { nowMs: NOW, lastInboundAtMs: NOW - 1000, ...context });
}
function requests(...given: Parameters<typeof plan>) {
  const planned = plan(...given);
  if (!planned.ok) throw new Error(planned.reason);
  return planned.requests;
}
function reason(...given: Parameters<typeof plan>) {
  const planned = plan(...given);
  return planned.ok ? 'ok' : planned.reason;
}

describe('outbound requests', () => {
  it('of Messenger', () => {
    const message = {
      text: '**Which?**',
      quickReplies: [{ title: 'A size that is far too long for it', payload: 'L' }],
      replyToId: 'm_1',
    };
    const [request] = requests('facebook', message, { correlation: 'turn-7' });
    expect(request).to.deep.include({ method: 'POST', path: '/ACC/messages', part: 0 });
    expect(request?.body).to.deep.equal({
      recipient: { id: '500' },
      messaging_type: 'RESPONSE',
      reply_to: { mid: 'm_1' },
      message: {
        text: 'Which?',
        quick_replies: [{ content_type: 'text', title: 'A size that is far…', payload: 'L' }],
        metadata: 'turn-7',
      },
    });
  });

  it('of WhatsApp', () => {
    const [request] = requests(
      'whatsapp',
      { text: 'Go?', quickReplies: [{ title: 'Yes', payload: 'Y' }], replyToId: 'wamid.1' },
      { correlation: 't' },
    );
    expect(request?.body).to.deep.equal({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '500',
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text: 'Go?' },
        action: { buttons: [{ type: 'reply', reply: { id: 'Y', title: 'Yes' } }] },
      },
      context: { message_id: 'wamid.1' },
      biz_opaque_callback_data: 't',
    });
    const media = requests('whatsapp', {
      text: 'bill',
      media: { type: 'document', id: 'M', filename: 'a.pdf' },
    })[0];
    expect(media?.body.document).to.deep.equal({ id: 'M', caption: 'bill', filename: 'a.pdf' });
  });

  it('of Telegram', () => {
    const [request] = requests('telegram', { text: 'a < **b**', replyToId: '11' }, {}, '-100/77');
    expect(request?.path).to.equal('/sendMessage');
    expect(request?.body).to.deep.equal({
      chat_id: '-100',
      message_thread_id: 77,
      text: 'a &lt; <b>b</b>',
      parse_mode: 'HTML',
      reply_parameters: { message_id: 11, allow_sending_without_reply: true },
    });
    expect(requests('telegram', { media: { type: 'image', url: 'https://x' } })[0]).to.deep.include({
      path: '/sendPhoto',
    });
  });

  it('of Zalo and TikTok', () => {
    expect(requests('zalo', { text: 'Chào', replyToId: 'm1' })[0]?.body).to.deep.equal({
      recipient: { user_id: '500' },
      message: { text: 'Chào', quote_message_id: 'm1' },
    });
    const tiktok = requests('tiktok', { text: 'see', media: { type: 'image', id: 'MID' } }, {}, 'c-1');
    expect(tiktok.map(each => [each.part, each.body.message_type, each.body.recipient])).to.deep.equal([
      [0, 'IMAGE', 'c-1'],
      [1, 'TEXT', 'c-1'],
    ]);
  });

  it('of mail, whose headers no text can break', () => {
    const [request] = requests(
      'email',
      { text: 'Hi', subject: 'Re: x\r\nBcc: all@x.vn', replyToId: 'b@x' },
      {},
      'a@x',
    );
    expect(request).to.deep.include({ method: 'SMTP' });
    expect(request?.body).to.deep.include({
      subject: 'Re: x Bcc: all@x.vn',
      inReplyTo: '<b@x>',
      references: '<a@x> <b@x>',
    });
  });
});

describe('limits', () => {
  it('split a long text on every channel, answering the customer once and offering the buttons last', () => {
    const text = 'Một câu dài vừa phải. '.repeat(400);
    for (const channel of CHANNELS) {
      const sent = requests(channel, {
        text,
        replyToId: '1',
        quickReplies: [{ title: 'Ok', payload: 'OK' }],
      });
      const texts = sent.map(each => JSON.stringify(each.body));
      const { textMax, textUnit } = LIMITS[channel];
      expect(sent.map(each => each.part)).to.deep.equal(sent.map((_, index) => index));
      expect(sent.length, channel).to.be.at.least(Math.ceil(lengthOf(text.trim(), textUnit) / textMax));
      if (LIMITS[channel].quickReplies > 0 && channel !== 'whatsapp') {
        expect(
          texts.slice(0, -1).some(each => each.includes('"OK"')),
          channel,
        ).to.equal(false);
        expect(texts.at(-1)).to.contain('"OK"');
      }
    }
  });

  it('close the window by each platform’s own rule', () => {
    const day = { lastInboundAtMs: NOW - 25 * HOUR };
    expect(reason('whatsapp', { text: 'x' }, day)).to.equal('template-required');
    expect(
      reason('whatsapp', { template: { name: 'paid', language: 'vi', parameters: ['1'] } }, day),
    ).to.equal('ok');
    expect(reason('facebook', { text: 'x' }, day)).to.equal('template-required');
    expect(requests('facebook', { text: 'x' }, { ...day, byPerson: true })[0]?.body).to.deep.include({
      messaging_type: 'MESSAGE_TAG',
      tag: 'HUMAN_AGENT',
    });
    expect(reason('tiktok', { text: 'x' }, day)).to.equal('ok');
    expect(reason('tiktok', { text: 'x' }, { lastInboundAtMs: NOW - 49 * HOUR })).to.equal('window-closed');
    expect(reason('tiktok', { text: 'x' }, { sentInWindow: 10 })).to.equal('window-quota');
    expect(reason('zalo', { text: 'x' }, { lastInboundAtMs: null })).to.equal('template-required');
    expect(reason('telegram', { text: 'x' }, { lastInboundAtMs: null })).to.equal('ok');
  });

  it('refuse what the platform has not', () => {
    expect(reason('facebook', {})).to.equal('nothing-to-send');
    expect(reason('tiktok', { media: { type: 'video', id: 'v' } })).to.equal('media-not-supported');
    expect(reason('whatsapp', { media: { type: 'image', url: 'https://x', sizeBytes: 6_000_000 } })).to.equal(
      'media-too-large',
    );
    expect(reason('telegram', { template: { name: 'x', language: 'en', parameters: [] } })).to.equal(
      'not-supported',
    );
    expect(reason('tiktok', { signal: { type: 'typing' } })).to.equal('not-supported');
    expect(reason('whatsapp', { text: 'word '.repeat(50_000) })).to.equal('too-long');
  });
});
