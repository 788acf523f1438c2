// Protects: each documented kind of webhook is read as what it is, and nothing of it is lost.
import { expect } from 'chai';
import { type InboundEvent, startsTurn } from '../../../../lib/core/channels/message.ts';
import { checkPayload } from '../../../../scripts/eval/webhooks/checks.ts';
import { first, normalize, SAMPLES } from './corpus.ts';

describe('channel samples', () => {
  for (const sample of SAMPLES) {
    it(`reads ${sample.id}`, () => {
      const event = normalize(sample)[0]!;
      for (const [name, wanted] of Object.entries(sample.says)) {
        expect(event[name as keyof InboundEvent], name).to.deep.equal(wanted);
      }
      expect(checkPayload(sample.channel, sample.payload).problems).to.deep.equal([]);
    });
  }

  it('answers what a customer says, and only that', () => {
    expect(startsTurn(first('whatsapp/text'))).to.equal(true);
    expect(startsTurn(first('telegram/button'))).to.equal(true);
    const unanswered = [
      'whatsapp/echo',
      'whatsapp/history',
      'whatsapp/read',
      'facebook/standby',
      'facebook/edit',
    ];
    const machines = ['telegram/another bot', 'telegram/channel post', 'email/auto-reply', 'email/bounce'];
    for (const id of [...unanswered, ...machines]) expect(startsTurn(first(id)), id).to.equal(false);
  });
});
