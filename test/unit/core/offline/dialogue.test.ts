// Guarantee: over several turns the offline provider collects what a tool needs, acts once, and only after a clear wish.
import { expect } from 'chai';
import type { ChatItem } from '../../../../lib/contracts/chat.ts';
import { decideOfflineStep, type OfflineStep } from '../../../../lib/core/offline/decide.ts';
import type { ToolDeclaration, ToolOutcome } from '../../../../lib/core/offline/declaration.ts';
import { SHOP_TOOLS } from '../../../../lib/core/shop/tools.ts';

/** A conversation whose answers are the provider's own. */
class Chat {
  readonly messages: ChatItem[] = [];
  readonly tools: readonly ToolDeclaration[];

  constructor(tools: readonly ToolDeclaration[] = SHOP_TOOLS) {
    this.tools = tools;
  }

  say(...texts: readonly string[]): OfflineStep {
    for (const text of texts) this.messages.push({ role: 'user', text });
    return this.#answer();
  }

  toolSays(outcome: ToolOutcome | string): OfflineStep {
    const asked = this.messages.at(-1);
    const calls = asked?.role === 'assistant' ? (asked.toolCalls ?? []) : [];
    const content = typeof outcome === 'string' ? outcome : JSON.stringify(outcome);
    for (const { id, name } of calls) this.messages.push({ role: 'tool', callId: id, name, content });
    return this.#answer();
  }

  #answer(): OfflineStep {
    const step = decideOfflineStep({ messages: this.messages, tools: this.tools });
    const toolCalls =
      step.kind === 'tool'
        ? step.calls.map((call, i) => ({
            id: `call_${this.messages.length}_${i}`,
            name: call.name,
            arguments: JSON.stringify(call.arguments),
          }))
        : [];
    this.messages.push({ role: 'assistant', text: 'text' in step ? step.text : '', toolCalls });
    return step;
  }
}

const text = (step: OfflineStep) => ('text' in step ? step.text : '');
const call = (step: OfflineStep) => (step.kind === 'tool' ? step.calls[0] : undefined);
const address = '5 Bach Dang, Hai Chau, Da Nang 50200, Vietnam';

describe('a conversation with the offline provider', () => {
  it('asks for what is missing, one thing after the other', () => {
    const chat = new Chat();
    expect(chat.say('I want to change my delivery address')).to.deep.include({
      kind: 'ask',
      needs: ['orderId', 'email'],
    });
    expect(chat.say('10308')).to.deep.include({ needs: ['email'] });
    expect(chat.say('linh.tran@example.com')).to.deep.include({ needs: ['address'] });
    expect(call(chat.say(address))).to.deep.equal({
      name: 'change_address',
      arguments: { orderId: 'KM-10308', email: 'linh.tran@example.com', address },
    });
    expect(text(chat.toolSays({ ok: true, result: { orderId: 'KM-10308', address } }))).to.equal(
      `Done. Order KM-10308 will be delivered to: ${address}.`,
    );
  });

  it('does so in Vietnamese, also when the address is all that was written', () => {
    const chat = new Chat();
    chat.say('Tôi muốn đổi địa chỉ đơn KM-10308');
    expect(text(chat.say('linh.tran@example.com'))).to.match(/^Địa chỉ mới đầy đủ/);
    const step = chat.say('Số 5 Bạch Đằng, quận Hải Châu, Đà Nẵng 50200');
    expect(call(step)?.arguments).to.include({ address: 'Số 5 Bạch Đằng, quận Hải Châu, Đà Nẵng 50200' });
    chat.toolSays({ ok: true, result: { orderId: 'KM-10308', address: 'Số 5 Bạch Đằng' } });
    expect(text(chat.say('cảm ơn'))).to.match(/^Không có gì/);
  });

  it('stays in English when an English speaker gives a Vietnamese address', () => {
    const chat = new Chat();
    chat.say('I want to change the address of order KM-10308');
    chat.say('linh.tran@example.com');
    chat.say('Số 5 Bạch Đằng, Đà Nẵng 50200');
    expect(text(chat.toolSays({ ok: true, result: { orderId: 'KM-10308', address } }))).to.match(/^Done/);
  });

  it('takes messages sent in a row as one', () => {
    const step = new Chat().say('hi', 'where is my order', 'KM-10234', 'linh.tran@example.com');
    expect(call(step)?.name).to.equal('track_parcel');
  });

  it('takes the reason as it is written', () => {
    const chat = new Chat();
    expect(chat.say('I want to return order KM-10200, linh.tran@example.com')).to.deep.include({
      needs: ['reason'],
    });
    expect(call(chat.say('wrong size and the parcel came late'))?.arguments).to.include({
      reason: 'wrong size and the parcel came late',
    });
  });

  describe('before an act that was only asked about', () => {
    const ask = () => {
      const chat = new Chat();
      const step = chat.say('Can I cancel KM-10308? linh.tran@example.com');
      expect(text(step)).to.equal('Shall I cancel the whole order KM-10308? Please answer yes or no.');
      return chat;
    };

    for (const yes of ['yes', 'Yes please!', 'ok go ahead', 'sure', 'vâng', 'đúng rồi', 'ừ']) {
      it(`goes on with "${yes}"`, () => expect(call(ask().say(yes))?.name).to.equal('cancel_order'));
    }

    for (const no of [
      'no',
      'No, thanks',
      'nope',
      'never mind',
      'đừng',
      'không',
      'thôi',
      "don't",
      'no please wait',
    ]) {
      it(`stops with "${no}"`, () => {
        const step = ask().say(no);
        expect(step.kind).to.equal('answer');
        expect(text(step)).to.match(/have not changed anything|chưa thay đổi gì/);
      });
    }

    it('asks again when the answer is neither', () => {
      const chat = ask();
      expect(chat.say('hmm the weather')).to.deep.include({ needs: ['confirmation'] });
      expect(chat.say('blue')).to.deep.include({ kind: 'escalate', handOver: 'offered' });
    });

    it('answers a question in between and then asks again', () => {
      const chat = ask();
      const question = 'How long does a refund take?';
      expect(chat.say(question)).to.deep.include({ kind: 'search', query: question });
      const passages = [
        { documentId: 'd', title: 'Refunds', text: 'A refund takes 3 to 5 business days.', score: 1 },
      ];
      const messages = chat.messages.slice(0, -1);
      const step = decideOfflineStep({ messages, tools: SHOP_TOOLS, passages });
      expect(text(step)).to.match(/^A refund takes 3 to 5 business days\.\n\nShall I cancel/);
      expect(call(chat.say('yes'))?.name).to.equal('cancel_order');
    });
  });

  it('asks before it acts on an order that was named for something else', () => {
    const chat = new Chat();
    chat.say('where is my order KM-10308? linh.tran@example.com');
    chat.toolSays({ ok: true, result: { orderId: 'KM-10308', status: 'placed' } });
    expect(chat.say('cancel my order')).to.deep.include({ needs: ['confirmation'] });
  });

  it('does not act twice when a call never came back', () => {
    const chat = new Chat();
    expect(chat.say('cancel order KM-10308, linh.tran@example.com').kind).to.equal('tool');
    for (const next of ['hello?', 'yes', '?', 'linh.tran@example.com']) {
      expect(chat.say(next).kind, next).not.to.equal('tool');
    }
  });

  it('tries a refused call again with a corrected value', () => {
    const chat = new Chat();
    chat.say('cancel order KM-10309, linh.tran@example.com');
    const refusal = chat.toolSays({ ok: false, code: 'order-not-found', message: 'none', data: {} });
    expect(text(refusal)).to.match(/^I find no order .* hand you over to a person\?$/);
    expect(call(chat.say('sorry, KM-10308'))).to.deep.equal({
      name: 'cancel_order',
      arguments: { orderId: 'KM-10308', email: 'linh.tran@example.com' },
    });
  });

  it('hands over when the offer is accepted', () => {
    const chat = new Chat();
    chat.say('cancel order KM-10309, linh.tran@example.com');
    chat.toolSays({ ok: false, code: 'too-late-to-cancel', message: '', data: { orderId: 'KM-10309' } });
    expect(chat.say('yes please')).to.include({
      kind: 'escalate',
      handOver: 'now',
      reason: 'asked-for-person',
    });
  });

  it('offers a person when a tool fails', () => {
    for (const content of [
      '',
      'null',
      '[]',
      'oops',
      '{"ok":false,"code":"timeout","message":"10.0.0.7 down"}',
    ]) {
      const chat = new Chat();
      chat.say('where is my order KM-10234? linh.tran@example.com');
      const step = chat.toolSays(content);
      expect(step).to.include({ kind: 'escalate', reason: 'tool-failed', handOver: 'offered' });
      expect(text(step)).not.to.contain('10.0.0.7');
    }
  });

  it('looks for what the customer does not know', () => {
    const chat = new Chat();
    chat.say('I want to cancel my order, my email is linh.tran@example.com');
    const listed = chat.say('I do not know the order number');
    expect(call(listed)?.name).to.equal('list_orders');
    chat.toolSays({
      ok: true,
      result: {
        count: 1,
        orders: [{ orderId: 'KM-10308', placedOn: '2026-11-20', total: '$195.80', status: 'placed' }],
      },
    });
    expect(call(chat.say('cancel KM-10308'))?.name).to.equal('cancel_order');
  });

  it('tells where to find it, and offers a person when that does not help', () => {
    const chat = new Chat();
    chat.say('where is my parcel');
    expect(text(chat.say('I forgot the number'))).to.match(/subject of your confirmation e-mail/);
    expect(chat.say('I lost the mail')).to.include({ kind: 'escalate', reason: 'missing-details' });
  });

  it('forgets a wish that is taken back', () => {
    const chat = new Chat();
    chat.say('I want to cancel my order');
    expect(text(chat.say('never mind'))).to.match(/have not changed anything/);
    expect(chat.say('KM-10308 linh.tran@example.com').kind).to.equal('tool');
    expect(call(decideAgain(chat))?.name).to.equal('look_up_order');
  });

  it('changes its mind with the customer', () => {
    const chat = new Chat();
    chat.say('I want to cancel order KM-10308');
    const step = chat.say('actually please change the address instead');
    expect(step).to.deep.include({ kind: 'ask', needs: ['email'] });
    chat.say('linh.tran@example.com');
    expect(call(chat.say(address))).to.equal(undefined); // the order was named for something else: it asks
    expect(call(chat.say('yes'))?.name).to.equal('change_address');
  });

  it('puts the question before to one that goes on from it', () => {
    const chat = new Chat();
    chat.say('How much is shipping to Japan?');
    expect(chat.say('and to Canada?')).to.include({ query: 'and to Canada? How much is shipping to Japan?' });
  });

  it('serves any tenant whose tools bring hints', () => {
    const book: ToolDeclaration = {
      name: 'book_table',
      description: 'Books a table.',
      params: { $$strict: true, code: { type: 'string' } },
      effect: 'once',
      hints: {
        intents: [{ all: ['book|reserve', 'table'] }],
        slots: {
          code: { kind: 'shape', shape: '@@/##', ask: { en: 'Your member code?', vi: 'Mã thành viên?' } },
        },
        reply: { done: { en: 'Booked for {people}.', vi: 'Đã đặt cho {people}.' } },
      },
    };
    const chat = new Chat([book, { ...book, name: 'silent', hints: undefined } as ToolDeclaration]);
    expect(text(chat.say('please book a table'))).to.equal('Your member code?');
    expect(call(chat.say('it is ab 07'))).to.deep.equal({ name: 'book_table', arguments: { code: 'AB/07' } });
    expect(text(chat.toolSays({ ok: true, result: { people: 4 } }))).to.equal('Booked for 4.');
    expect(chat.say('where is my order').kind).to.equal('search');
  });

  it('only ever searches or hands over without tools', () => {
    expect(new Chat([]).say('cancel my order KM-10308 linh.tran@example.com').kind).to.equal('search');
    expect(new Chat([]).say('I want to speak to a person').kind).to.equal('escalate');
  });
});

function decideAgain(chat: Chat): OfflineStep {
  return decideOfflineStep({ messages: chat.messages.slice(0, -1), tools: chat.tools });
}
