// Guarantee: what customers write in English and Vietnamese leads to the tool, the question or the person it asks for.
import { expect } from 'chai';
import { decideOfflineStep, type OfflineStep } from '../../../../lib/core/offline/decide.ts';
import { SHOP_TOOLS } from '../../../../lib/core/shop/tools.ts';

function decide(text: string): OfflineStep {
  return decideOfflineStep({ messages: [{ role: 'user', text }], tools: SHOP_TOOLS });
}

/** `tool:name`, `ask:needs` or the kind, with the reason of an escalation. */
function summary(step: OfflineStep): string {
  if (step.kind === 'tool') return `tool ${step.calls.map(call => call.name).join()}`;
  if (step.kind === 'ask') return `ask ${step.needs.join()}`;
  return step.kind === 'escalate' ? `escalate ${step.reason}` : step.kind;
}

const cases: Record<string, readonly string[]> = {
  'tool track_parcel': [
    'Where is my order KM-10234? My e-mail is linh.tran@example.com',
    'wheres my package km10234 linh.tran@example.com',
    "My order KM-10234 hasn't arrived yet, linh.tran@example.com",
    'track order 10234, linh.tran@example.com',
    'When will my order KM-10234 arrive? I am linh.tran@example.com.',
    'any news on KM-10234? linh.tran@example.com',
    'KM-10234: still waiting!!! LINH.TRAN@EXAMPLE.COM',
    'Đơn hàng KM-10234 của tôi đang ở đâu? E-mail của tôi là linh.tran@example.com',
    'bao giờ tôi nhận được hàng KM-10234, linh.tran@example.com',
    'don hang KM-10234 den dau roi, linh.tran@example.com',
    'Tôi tên Huy, đơn hàng KM-10234 của tôi đâu rồi? linh.tran@example.com',
    'theo dõi đơn KM-10234 giúp tôi, linh.tran@example.com',
  ],
  'tool look_up_order': [
    'What is the status of order KM-10234? linh.tran@example.com',
    'please check my order KM-10234, linh.tran@example.com',
    'What did I order in KM-10234? linh.tran@example.com',
    'KM-10234 linh.tran@example.com',
    'Kiểm tra đơn hàng KM-10234 giúp tôi, linh.tran@example.com',
    'kiem tra don km10234 linh.tran@example.com',
    'Tình trạng đơn KM-10234 thế nào rồi? linh.tran@example.com',
  ],
  'tool list_orders': [
    'show my order history, linh.tran@example.com',
    'list all orders of mine linh.tran@example.com',
    'Liệt kê các đơn hàng của tôi, linh.tran@example.com',
  ],
  'tool cancel_order': [
    'Cancel my order KM-10308, linh.tran@example.com',
    'pls cancle order km-10308 linh.tran@example.com',
    'Can you cancel order KM-10308 for me? my email is linh.tran@example.com',
    "I don't want order KM-10308 any more. linh.tran@example.com",
    'Tôi muốn hủy đơn KM-10308, email linh.tran@example.com',
    'huỷ giúp mình đơn KM-10308 linh.tran@example.com',
    'huy don hang KM-10308 linh.tran@example.com',
  ],
  'tool change_address': [
    'Change the address of KM-10308 to 5 Bach Dang, Da Nang 50200, Vietnam. My email is linh.tran@example.com',
    'I entered the wrong address for KM-10308, linh.tran@example.com. New address: 5 Bach Dang, Da Nang 50200',
    'send order KM-10308 to a different address: 5 Bach Dang, Da Nang 50200, linh.tran@example.com',
    'Đổi địa chỉ đơn KM-10308 sang số 5 Bạch Đằng, Đà Nẵng 50200, email linh.tran@example.com',
  ],
  'tool request_refund': [
    'I want to return order KM-10200 because it is too small, linh.tran@example.com',
    'refund KM-10200 please, it arrived with a scratch. linh.tran@example.com',
    'Tôi muốn trả hàng đơn KM-10200 vì áo quá chật, email linh.tran@example.com',
    'hoàn tiền đơn KM-10200 giúp tôi vì hàng bị lỗi, linh.tran@example.com',
  ],
  'ask orderId,email': [
    'where is my order',
    'I need to cancel my order',
    'change my shipping adress',
    'I want a refund',
    'I would like to return it',
    'đơn hàng của tôi ở đâu',
    'tôi muốn hủy đơn hàng',
    'Bạn có thể đổi địa chỉ giúp tôi không?',
    'tôi muốn trả hàng',
  ],
  'ask email': ['track KM-10234', 'show me my past orders', 'I want a refund for KM-10200'],
  'ask confirmation': [
    'can I cancel KM-10308? linh.tran@example.com',
    'Is it possible to cancel KM-10308? linh.tran@example.com',
    'Có thể hủy đơn KM-10308 được không? linh.tran@example.com',
  ],
  search: [
    'How do I track my parcel?',
    'How can I return an item?',
    'Can I cancel my order?',
    'What is your refund policy?',
    'refund policy',
    'When will I get my refund?',
    'How long do I have to return something?',
    'How do I change my e-mail address?',
    'what happens if my order was cancelled',
    'How much is shipping to Japan?',
    'Why was my payment declined?',
    'Which tracking number shows nothing?',
    'How do I cancel my Leaf Post subscription?',
    'Làm sao để hủy đơn hàng?',
    'Chính sách hoàn tiền thế nào?',
    'Tôi có bao nhiêu ngày để trả hàng?',
    'Phí vận chuyển trong nước là bao nhiêu?',
    'phi van chuyen la bao nhieu',
    'kettle',
  ],
  'escalate asked-for-person': [
    'Can I talk to a human please',
    'agent',
    'I want to speak with a real person!',
    'connect me to an operator',
    'get me your manager',
    'cho tôi gặp nhân viên',
    'Tôi muốn nói chuyện với người thật',
    'cho toi gap nhan vien',
  ],
  'escalate complaint': [
    'I want to make a complaint',
    'this is unacceptable, you will hear from my lawyer',
    'tôi muốn khiếu nại',
  ],
  'escalate safety': ['my stove exploded', 'Bếp bốc cháy, tay tôi bị bỏng'],
  answer: [
    'hello',
    'Hi Fern!',
    'good morning',
    'xin chào',
    'thanks a lot for your help!',
    'cảm ơn shop nhiều nhé',
    'bye',
    'tạm biệt',
    'ok great',
    'yes',
    'are you a bot?',
    'who are you',
    'bạn có phải người thật không?',
    '',
    '   ',
    '👍🏽👍🏽',
    '?!?!',
  ],
};

describe('what the offline provider understands', () => {
  for (const [expected, sentences] of Object.entries(cases)) {
    describe(expected, () => {
      for (const sentence of sentences) {
        it(JSON.stringify(sentence), () => expect(summary(decide(sentence))).to.equal(expected));
      }
    });
  }

  it('finds the arguments in the sentence', () => {
    expect(decide(cases['tool change_address']?.[0] ?? '')).to.deep.equal({
      kind: 'tool',
      calls: [
        {
          name: 'change_address',
          arguments: {
            orderId: 'KM-10308',
            email: 'linh.tran@example.com',
            address: '5 Bach Dang, Da Nang 50200, Vietnam',
          },
        },
      ],
    });
    expect(
      decide('Refund $12.5 of KM-10200 please because of a scratch, linh.tran@example.com'),
    ).to.deep.equal({
      kind: 'tool',
      calls: [
        {
          name: 'request_refund',
          arguments: {
            orderId: 'KM-10200',
            email: 'linh.tran@example.com',
            reason: 'because of a scratch',
            amount: '12.5',
          },
        },
      ],
    });
  });

  it('takes an address as it is meant, however the order and the e-mail stand around it', () => {
    const address = '5 Bach Dang, Hai Chau, Da Nang 50200, Vietnam';
    for (const sentence of [
      `I want to change the delivery address of KM-10308, linh.tran@example.com, to ${address}`,
      `Change the address for KM-10308, linh.tran@example.com: ${address}`,
      `KM-10308 linh.tran@example.com change address to ${address}.`,
    ])
      expect(decide(sentence), sentence).to.have.nested.property('calls[0].arguments.address', address);
  });

  it('reads several orders at once, but changes one at a time', () => {
    const both = 'KM-10234 and KM-10308, linh.tran@example.com';
    expect(summary(decide(`where are my orders ${both}`))).to.equal('tool track_parcel,track_parcel');
    expect(summary(decide(`cancel my orders ${both}`))).to.equal('ask orderId');
  });

  it('never cancels what it is told not to cancel', () => {
    for (const text of [
      "Please don't cancel KM-10308, linh.tran@example.com",
      'Do not cancel order KM-10308! linh.tran@example.com',
      'Đừng hủy đơn KM-10308, linh.tran@example.com',
    ]) {
      expect(summary(decide(text)), text).not.to.contain('cancel_order');
    }
  });

  it('says that no language model is used', () => {
    for (const text of ['hello', 'are you an AI?', 'xin chào', 'bạn là ai']) {
      const step = decide(text);
      expect(step.kind === 'answer' && step.text).to.match(
        /without a language model|không dùng mô hình ngôn ngữ/,
      );
    }
  });
});
