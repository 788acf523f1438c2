/** How customers ask about orders, in English and Vietnamese, and how the shop's reading tools are said. */
import type { SlotHint, ToolHints } from '../offline/declaration.ts';
import { SHOP_REFUSALS as refusals } from './refusals.ts';

export const AN_ORDER =
  'order|orders|purchase|parcel|package|delivery|shipment|đơn hàng|đơn|kiện hàng|{orderId}';

export const orderId: SlotHint = {
  kind: 'shape',
  shape: 'KM-#####',
  markers: 'order|order number|order no|order id|number|đơn hàng|mã đơn|mã đơn hàng|đơn số|đơn',
  unknownTool: 'list_orders',
  ask: {
    en: 'Which order is it? Please tell me the order number: KM- and five digits.',
    vi: 'Đó là đơn hàng nào ạ? Bạn vui lòng cho tôi mã đơn hàng: KM- và năm chữ số.',
  },
  help: {
    en: 'The order number is in the subject of your confirmation e-mail. It begins with KM- and has five digits.',
    vi: 'Mã đơn hàng nằm trong tiêu đề e-mail xác nhận, bắt đầu bằng KM- và có năm chữ số.',
  },
};

export const email: SlotHint = {
  kind: 'email',
  ask: {
    en: 'Which e-mail address did you use for the order?',
    vi: 'Bạn đã dùng địa chỉ e-mail nào để đặt hàng?',
  },
  help: {
    en: 'It is the address at which you received the confirmation of the order.',
    vi: 'Đó là địa chỉ nhận e-mail xác nhận đơn hàng.',
  },
};

export const words = {
  placed: { en: 'placed and waits to be packed', vi: 'đã đặt và đang chờ đóng gói' },
  packed: { en: 'packed and waits for the courier', vi: 'đã đóng gói và đang chờ bưu tá' },
  shipped: { en: 'on its way', vi: 'đang trên đường giao' },
  delivered: { en: 'delivered', vi: 'đã giao' },
  cancelled: { en: 'cancelled', vi: 'đã hủy' },
  returned: { en: 'returned', vi: 'đã trả lại' },
  '3-5 business days': { en: '3-5 business days', vi: '3-5 ngày làm việc' },
  '10 business days': { en: '10 business days', vi: '10 ngày làm việc' },
  '1 hour': { en: '1 hour', vi: '1 giờ' },
};

const eventWords = {
  'Handed to the courier': { en: 'handed to the courier', vi: 'đã giao cho bưu tá' },
  Sorted: { en: 'sorted', vi: 'đã phân loại' },
  'Left Vietnam': { en: 'left Vietnam', vi: 'đã rời Việt Nam' },
  'Cleared by customs': { en: 'cleared by customs', vi: 'đã thông quan' },
  'Arrived at the delivery depot': { en: 'arrived at the delivery depot', vi: 'đã đến trạm giao hàng' },
  Delivered: { en: 'delivered', vi: 'đã giao' },
};

export const LOOK_UP_ORDER_HINTS: ToolHints = {
  intents: [
    {
      all: [
        'status|details|detail|look up|lookup|check|show|find|see|info|information',
        `my order|my purchase|my parcel|order status|this order|the order|{orderId}`,
      ],
    },
    {
      all: [
        'what did i order|what i ordered|what is in my order|whats in my order|how much did i pay|' +
          'order status|status of my order|state of my order|status of order|has my order been|is my order confirmed|' +
          'what is the status of',
      ],
      form: 'any',
    },
    {
      all: [
        'kiểm tra|xem|tra cứu|tình trạng|trạng thái|thông tin',
        'đơn hàng của tôi|đơn của tôi|đơn hàng này|đơn này|đơn hàng|đơn|{orderId}',
      ],
    },
    {
      all: [
        'tôi đã đặt gì|tình trạng đơn|trạng thái đơn|đơn hàng của tôi thế nào|đơn của tôi thế nào|thế nào rồi|sao rồi',
        AN_ORDER,
      ],
      form: 'any',
    },
  ],
  slots: { orderId, email },
  reply: {
    done: {
      en:
        'Order {orderId} is {status}. It was placed on {placedOn}: {items}, {total} in total.' +
        '[ Carrier: {carrier}, tracking number {trackingNumber}.][ It is expected by {expectedOn}.]' +
        '[ It was delivered on {deliveredOn}.][ It was cancelled on {cancelledOn}.][ Refund: {refund}.]',
      vi:
        'Đơn hàng {orderId} {status}. Đơn được đặt ngày {placedOn}: {items}, tổng cộng {total}.' +
        '[ Đơn vị vận chuyển: {carrier}, mã vận đơn {trackingNumber}.][ Dự kiến giao trước ngày {expectedOn}.]' +
        '[ Đã giao ngày {deliveredOn}.][ Đã hủy ngày {cancelledOn}.][ Hoàn tiền: {refund}.]',
    },
    refusals,
    words,
  },
};

export const TRACK_PARCEL_HINTS: ToolHints = {
  intents: [
    {
      all: [
        'where is|wheres|where are|where has|when will|when does|when is|when can i expect|' +
          'not arrived|hasnt arrived|hasnt come|hasnt been delivered|havent received|have not received|not here yet|' +
          'didnt arrive|still waiting|waiting for|never arrived|not received|arrived yet|shipped yet|any news on',
        'my order|my orders|my parcel|my package|my delivery|my shipment|my stuff|my kettle|my flask|my tea|' +
          'my stove|my pack|my fleece|the parcel|the package|the order|order|it arrive|{orderId}',
      ],
      none: 'refund|invoice|receipt|points|charged|money|my order number|order number|email',
      form: 'any',
    },
    {
      all: ['track~|tracking|locate|trace|follow', `${AN_ORDER}|it`],
      none: 'shows nothing|tracking number shows|says delivered',
    },
    {
      all: [
        'ở đâu|đâu rồi|đâu|đến đâu|tới đâu|bao giờ|khi nào|chưa nhận|chưa đến|chưa tới|chưa giao|chưa thấy|giao chưa|đến chưa|tới chưa|sao lâu',
        'đơn hàng|đơn của tôi|hàng của tôi|kiện hàng|gói hàng|bưu kiện|nhận được hàng|nhận hàng|{orderId}',
      ],
      none: 'hoàn tiền|tiền hoàn|trả hàng|đổi trả|hóa đơn|mã đơn|địa chỉ|hủy',
      form: 'any',
    },
    {
      all: [
        'theo dõi|tra vận đơn|tra cứu vận đơn|xem vận đơn',
        'đơn hàng|đơn|kiện hàng|gói hàng|bưu kiện|vận đơn|{orderId}',
      ],
    },
  ],
  slots: { orderId, email },
  reply: {
    done: {
      en:
        'Order {orderId} is {status}.[ {carrier} carries it under the tracking number {trackingNumber}.]' +
        '[ Last news on {lastOn}: {lastEvent} ({lastPlace}).][ It is expected by {expectedOn}.]' +
        '[ It was delivered on {deliveredOn}.]',
      vi:
        'Đơn hàng {orderId} {status}.[ {carrier} vận chuyển với mã vận đơn {trackingNumber}.]' +
        '[ Tin mới nhất ngày {lastOn}: {lastEvent} ({lastPlace}).][ Dự kiến giao trước ngày {expectedOn}.]' +
        '[ Đã giao ngày {deliveredOn}.]',
    },
    refusals,
    words: { ...words, ...eventWords },
  },
};

export const LIST_ORDERS_HINTS: ToolHints = {
  intents: [
    {
      all: [
        'list|show|see|all|recent|past|previous|history|which',
        'my orders|my purchases|orders of mine|my past orders|my recent orders|my previous orders|all orders|' +
          'order history|my order history|orders do i have',
      ],
      form: 'any',
    },
    {
      all: [
        'liệt kê|xem|danh sách|lịch sử|tất cả|các',
        'các đơn hàng|các đơn|đơn đã đặt|tất cả đơn|lịch sử đơn|lịch sử mua|danh sách đơn|những đơn',
      ],
      form: 'any',
    },
  ],
  slots: { email },
  reply: {
    done: {
      en: 'These are your latest orders:\n{list}',
      vi: 'Đây là các đơn hàng gần nhất của bạn:\n{list}',
    },
    empty: {
      en: 'There are no orders with this e-mail address.',
      vi: 'Không có đơn hàng nào với địa chỉ e-mail này.',
    },
    list: {
      path: 'orders',
      line: {
        en: '{orderId} of {placedOn}, {total}: {status}',
        vi: '{orderId} ngày {placedOn}, {total}: {status}',
      },
    },
    refusals,
    words,
  },
};
