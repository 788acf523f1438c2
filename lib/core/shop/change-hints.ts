/** How customers ask for a change of an order, in English and Vietnamese, and how the outcome is said. */
import type { ToolHints } from '../offline/declaration.ts';
import { AN_ORDER, email, orderId, words } from './hints.ts';
import { SHOP_REFUSALS as refusals } from './refusals.ts';

export const CHANGE_ADDRESS_HINTS: ToolHints = {
  intents: [
    {
      all: [
        'change|update|correct|edit|modify|fix|wrong|new|different|another|switch|incorrect|mistake|moved|typo',
        'address~|shipping address|delivery address',
      ],
      none:
        'email address|e mail address|mail address|billing address|leaf post|subscription|mismatch|my account|' +
        'return address|your address',
    },
    {
      all: [
        'send|deliver|ship|redirect|reroute|forward',
        'to another|to a different|to a new|to my new|somewhere else|elsewhere|to my office|to my work',
        `${AN_ORDER}|it|address`,
      ],
      none: 'gift|friend',
    },
    {
      all: ['đổi|thay đổi|sửa|cập nhật|chuyển|sai|nhầm|thay', 'địa chỉ'],
      none: 'địa chỉ email|địa chỉ e mail|leaf post|tài khoản|thanh toán|địa chỉ của shop|địa chỉ cửa hàng',
    },
    {
      all: [
        'giao|gửi|chuyển',
        'sang địa chỉ khác|đến địa chỉ khác|tới địa chỉ khác|địa chỉ mới|sang chỗ khác|đến chỗ khác|nơi khác',
      ],
    },
  ],
  slots: {
    orderId,
    email,
    address: {
      kind: 'address',
      markers:
        'new address is|new address|address is|address to|change it to|deliver it to|deliver to|send it to|' +
        'ship it to|send to|ship to|address|to|địa chỉ mới là|địa chỉ mới|địa chỉ là|địa chỉ thành|địa chỉ sang|' +
        'giao đến|gửi đến|giao tới|chuyển đến|thành|sang|đến|tới',
      ask: {
        en: 'What is the complete new address? Please write street and number, city, postal code and country in one line.',
        vi: 'Địa chỉ mới đầy đủ là gì ạ? Bạn vui lòng ghi số nhà, đường, quận huyện, tỉnh thành và quốc gia trong một dòng.',
      },
    },
  },
  confirm: {
    en: 'Shall I change the delivery address of order {orderId} to: {address}? Please answer yes or no.',
    vi: 'Tôi đổi địa chỉ giao hàng của đơn {orderId} thành: {address} nhé? Bạn vui lòng trả lời có hoặc không.',
  },
  reply: {
    done: {
      en: 'Done. Order {orderId} will be delivered to: {address}.',
      vi: 'Xong rồi ạ. Đơn hàng {orderId} sẽ được giao đến: {address}.',
    },
    refusals,
    words,
  },
};

export const CANCEL_ORDER_HINTS: ToolHints = {
  intents: [
    {
      all: ['cancel~|cancelled|canceled|cancellation|call off|stop|withdraw|annul', AN_ORDER],
      none:
        'subscription|leaf post|was cancelled|been cancelled|got cancelled|was canceled|been canceled|newsletter|' +
        'dont cancel|do not cancel|not cancel',
    },
    {
      all: [
        'dont want|do not want|no longer want|no longer need|dont need|changed my mind',
        'my order|the order|this order|order|{orderId}',
      ],
      none: 'return|refund|subscription|cancel',
    },
    {
      all: ['hủy|bỏ|không muốn mua|không mua nữa|dừng lại', 'đơn hàng|đơn|đặt hàng|{orderId}'],
      none: 'leaf post|bị hủy|đã hủy|đừng hủy|không hủy|chưa hủy',
    },
  ],
  slots: { orderId, email },
  confirm: {
    en: 'Shall I cancel the whole order {orderId}? Please answer yes or no.',
    vi: 'Tôi hủy toàn bộ đơn hàng {orderId} nhé? Bạn vui lòng trả lời có hoặc không.',
  },
  reply: {
    done: {
      en: 'Order {orderId} is cancelled.[ We refund {refund}, which takes {arrives}.]',
      vi: 'Đơn hàng {orderId} đã được hủy.[ Chúng tôi hoàn lại {refund}, thời gian {arrives}.]',
    },
    refusals,
    words,
  },
};

export const REQUEST_REFUND_HINTS: ToolHints = {
  intents: [
    {
      all: [
        'refund~|money back|reimburse|reimbursed|reimbursement',
        'want|need|would like|id like|please|give me|request|get|give|claim|start|ask for|demand|refund my|refund me|{orderId}',
      ],
      none: 'has not arrived|not arrived|when will|where is my refund|wheres my refund|still waiting|policy|how long',
    },
    {
      all: [
        'return~|send back|sending back|give back|send it back|bring back',
        'want|need|would like|id like|please|have to|going to|must|{orderId}',
        `${AN_ORDER}|it|this|item|items|my|the|these|them`,
      ],
      none: 'policy|address|how long|return period|label',
    },
    {
      all: [
        'hoàn tiền|hoàn lại tiền|trả lại tiền|lấy lại tiền|đòi lại tiền|trả hàng|trả lại hàng|hoàn hàng|trả đơn|' +
          'trả lại đơn|trả lại|đổi trả',
        'muốn|cần|xin|yêu cầu|vui lòng|giúp|cho tôi|làm ơn|{orderId}',
      ],
      none: 'chính sách|bao lâu|mấy ngày|bao nhiêu ngày|chưa nhận',
    },
  ],
  slots: {
    orderId,
    email,
    reason: {
      kind: 'text',
      markers:
        'because|the reason is|reason is|reason|since|as it|it is|it was|it does|it doesnt|it arrived|they are|its|' +
        'bởi vì|tại vì|lý do là|lý do|vì|do bị|do hàng|do sản phẩm|bị',
      ask: {
        en: 'What is the reason for the return? A few words are enough.',
        vi: 'Lý do bạn muốn trả hàng là gì ạ? Chỉ cần vài từ.',
      },
      help: {
        en: 'Any reason will do, for example "too small" or "I do not need it".',
        vi: 'Lý do nào cũng được, ví dụ "chật quá" hoặc "không cần nữa".',
      },
    },
    amount: {
      kind: 'money',
      optional: true,
      ask: { en: 'How much should be refunded?', vi: 'Bạn muốn hoàn lại bao nhiêu?' },
    },
  },
  confirm: {
    en: 'Shall I request the return and refund of order {orderId}[ over ${amount}]? Please answer yes or no.',
    vi: 'Tôi yêu cầu trả hàng và hoàn tiền cho đơn {orderId}[, số tiền ${amount}] nhé? Bạn vui lòng trả lời có hoặc không.',
  },
  reply: {
    done: {
      en:
        'The return of order {orderId} is accepted, and the refund is {refund}. Please send the goods back within ' +
        '14 days; the return slip comes by e-mail. After we have checked them the money takes {arrives}.',
      vi:
        'Yêu cầu trả đơn hàng {orderId} đã được chấp nhận, số tiền hoàn là {refund}. Bạn vui lòng gửi hàng về ' +
        'trong vòng 14 ngày; phiếu trả hàng được gửi qua e-mail. Sau khi chúng tôi kiểm tra hàng, tiền về sau {arrives}.',
    },
    refusals,
    words,
  },
};
